import type { ResourceLimits } from "node:worker_threads"

/** Node's own limits for a thread, in MB: `maxOldGenerationSizeMb`, `maxYoungGenerationSizeMb`, `codeRangeSizeMb`, `stackSizeMb`. */
export type { ResourceLimits }

/** What a thread runs, beside this file, from source and compiled. */
export const hostFile: URL = new URL(`./host${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

/** The `--conditions` of an argument list, in each of the ways they may be written: a thread resolves as we do. */
export const conditionsIn = (args: ReadonlyArray<string>): ReadonlyArray<string> =>
  args.flatMap((arg, index) => {
    if (arg.startsWith("--conditions=") || arg.startsWith("-C=")) return [arg]
    const value = args[index + 1]
    return (arg === "--conditions" || arg === "-C") && value !== undefined ? [`--conditions=${value}`] : []
  })
