import { findPackageJSON } from "node:module"
import { dirname } from "node:path"
import { defineCommand } from "../command.ts"
import type { ExitCode } from "../exit-code.ts"
import { quantityOption } from "../numbers.ts"
import { ensureFolder, existingFolder } from "../paths.ts"
import { UsageError } from "../usage-error.ts"

const about = `Every source file below the folder is a task: read, compressed chunk by chunk, digested. Four unequal workers
share them, one of them throttled; in the middle one worker's thread is taken down. The same is then done by round
robin, and the results are read again and checked. Without a folder: the files of the installed package "effect".`

const defaultSeconds = 7

const installedPackage = (): string => {
  const found = findPackageJSON("effect", import.meta.url)
  if (found !== undefined) return dirname(found)
  throw new UsageError("BALLAST_NO_SUCH_FOLDER", "the package effect is not installed", "name a folder, or npm install")
}

export const demo = defineCommand({
  name: "demo",
  usage: "[folder]",
  about,
  positionals: [0, 1],
  options: {
    output: { type: "string", value: "folder", help: "where results and metrics go (default: out)" },
    seconds: { type: "string", value: "n", help: `how long one pass should take, about (default: ${defaultSeconds})` }
  },
  async run({ options, json, positionals: [given] }): Promise<ExitCode> {
    const seconds = quantityOption("seconds", options.seconds) ?? defaultSeconds
    const folder = given === undefined ? installedPackage() : existingFolder(given)
    const output = ensureFolder(options.output ?? "out")
    const { runDemo } = await import("./demo.ts")
    return runDemo({ folder, output, seconds, json })
  }
})
