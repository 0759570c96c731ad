import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import type { SwarmFailure, SwarmOptions, SwarmProgress, SwarmResult } from "../../../actors/simulation/swarm/index.ts"
import { type ExitCode, exitCode } from "../exit-code.ts"
import { Progress, type ProgressState } from "../progress.ts"
import { UsageError } from "../usage-error.ts"
import { paragraph } from "./prose.ts"

export type SwarmSettings = Required<Pick<SwarmOptions, "mode" | "seed" | "seeds" | "jobs">> & {
  readonly json: boolean
}

/** In the repository itself broken seeds are kept, and are tests from then on. */
const repositorySeeds = fileURLToPath(new URL("../../../properties/seeds", import.meta.url))

const load = async (): Promise<Pick<typeof import("../../../actors/simulation/swarm/index.ts"), "runSwarm">> => {
  try {
    return await import("../../../actors/simulation/swarm/index.ts")
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND"
    if (!isMissing || !error.message.includes("fast-check")) throw error
    throw new UsageError("BALLAST_NO_FAST_CHECK", "the swarm needs fast-check", "npm install --save-dev fast-check")
  }
}

const failureInWords = ({ seed, message, story, file }: SwarmFailure, { mode }: SwarmResult): ReadonlyArray<string> => [
  "",
  `seed ${seed}: ${message}`,
  ...story.map((step) => `  ${step}`),
  ...(file === undefined ? [] : [`  kept in ${file}`]),
  `  again: ballast simulate swarm --mode ${mode} --seed ${seed} --seeds 1`
]

/** What a swarm came to, for a reader. */
export const swarmText = (result: SwarmResult): string => {
  const { mode, seed, seeds, violations, failures, reached } = result
  const share = (count: number): string => `${((100 * count) / seeds).toFixed(1)} %`
  const cases = Object.entries(reached).map(([what, count]) => `${what} ${share(count)}`)
  return [
    `swarm: ${mode}`,
    "",
    paragraph("over", `seeds ${seed} to ${seed + seeds - 1}`),
    paragraph("reached", cases.join(", ")),
    paragraph("broken", violations === 0 ? "nothing that must hold" : `what must hold, by ${violations} seeds`),
    ...failures.flatMap((failure) => failureInWords(failure, result)),
    ...(violations > failures.length ? ["", `and ${violations - failures.length} more seeds`] : []),
    ""
  ].join("\n")
}

/** How far a swarm is, for a reader: making a failure smaller takes long, and no seed is done meanwhile. */
export const swarmProgress = (
  mode: SwarmOptions["mode"],
  { done, seeds, shrinking }: SwarmProgress
): ProgressState => ({
  label: `swarm, ${mode}`,
  done,
  total: seeds,
  ...(shrinking && { note: `shrinking seed ${shrinking.seed}, ${shrinking.tried} tried` })
})

/** Runs the swarm and writes what it came to on standard output. */
export const performSwarm = async ({ json, ...options }: SwarmSettings, from = load): Promise<ExitCode> => {
  const { runSwarm } = await from()
  const started = performance.now()
  const bar = new Progress(process.stderr, () => performance.now())
  const onProgress = (progress: SwarmProgress): void => bar.show(swarmProgress(options.mode, progress))
  onProgress({ done: 0, seeds: options.seeds, violations: 0 })
  const keep = existsSync(repositorySeeds) ? { keep: repositorySeeds } : {}
  const result = await runSwarm({ ...options, ...keep, onProgress }).finally(() => bar.clear())
  process.stdout.write(json ? `${JSON.stringify(result)}\n` : swarmText(result))
  const seconds = (performance.now() - started) / 1_000
  process.stderr.write(
    `${options.seeds} seeds in ${seconds.toFixed(1)} s, ${Math.round(options.seeds / seconds)} a second\n`
  )
  return result.violations === 0 ? exitCode.ok : exitCode.taskFailed
}
