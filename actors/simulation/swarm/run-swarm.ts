import { once } from "node:events"
import { Worker } from "node:worker_threads"
import type { SwarmMode, SwarmScenario } from "./action.ts"
import { keepScenario } from "./kept-scenario.ts"
import { runShare, type SeedResult, type SeedShare } from "./seed-share.ts"
import { shrinkSeed } from "./shrink-seed.ts"
import { swarmCases } from "./swarm-case.ts"
import type { SwarmRunOptions } from "./swarm-run.ts"

/** How far a swarm is. */
export interface SwarmProgress {
  readonly done: number
  readonly seeds: number
  /** Seeds that have broken something so far. */
  readonly violations: number
  /** Once all seeds are done: the one whose scenario is being made smaller, and how many smaller ones were tried. */
  readonly shrinking?: { readonly seed: number; readonly tried: number }
}

export interface SwarmOptions extends Pick<SwarmRunOptions, "prepare"> {
  readonly mode: SwarmMode
  /** The first seed. Default 1. `seed: 17, seeds: 1` runs again what the seed 17 ran in any swarm of the mode. */
  readonly seed?: number
  /** How many seeds. Default 200. */
  readonly seeds?: number
  /** Threads that share the seeds; the result is the same. Default 1: this one alone. */
  readonly jobs?: number
  /** Where scenarios that break something are kept as files. Left out: nowhere. */
  readonly keep?: string
  readonly onProgress?: (progress: SwarmProgress) => void
}

export interface SwarmFailure {
  readonly seed: number
  /** What did not hold, a line each: the promise, and how it is broken. */
  readonly message: string
  /** What was asked and what befell it, as few steps as were found. */
  readonly story: ReadonlyArray<string>
  /** The shrunk scenario, as plain data; for `replay`. */
  readonly scenario: SwarmScenario
  readonly file?: string
}

export interface SwarmResult {
  readonly id: "swarm"
  readonly mode: SwarmMode
  readonly seed: number
  readonly seeds: number
  /** Seeds that broke a promise. */
  readonly violations: number
  /** The first few of them, shrunk. */
  readonly failures: ReadonlyArray<SwarmFailure>
  /** Seeds that came across each hard case. */
  readonly reached: Readonly<Record<string, number>>
  /** Commands of a scenario, median. */
  readonly medianCommands: number
}

/** Failures that are shrunk: that takes its time, and many seeds break by the same fault. */
const shrunkAtMost = 3

const entry = new URL(`./swarm.worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

async function* runOnThread(share: SeedShare): AsyncGenerator<SeedResult> {
  const thread = new Worker(entry, { workerData: share })
  const results: Array<SeedResult> = []
  thread.on("message", (result: SeedResult) => results.push(result))
  const ended = once(thread, "exit")
  const gone = ended.then(() => undefined)
  try {
    for (let isOver = false; !isOver; ) {
      isOver = await Promise.race([once(thread, "message").then(() => false), gone.then(() => true)])
      yield* results.splice(0)
    }
  } finally {
    await thread.terminate()
  }
}

const medianOf = (numbers: ReadonlyArray<number>): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0

/**
 * Runs many scenarios, one a seed, each with its own runtime in its own simulated world, and looks whether the promises
 * I1–I8 hold. `safety`: any fault at any time. `liveness`: faults stop after a while, and then everything must end.
 */
export const runSwarm = async (options: SwarmOptions): Promise<SwarmResult> => {
  const { mode, seed = 1, seeds = 200, jobs = 1, keep, onProgress, prepare } = options
  const reached: Record<string, number> = Object.fromEntries(swarmCases.map((what) => [what, 0]))
  const broken: Array<number> = []
  const commands: Array<number> = []
  const tell = (now: Pick<SwarmProgress, "shrinking"> = {}): void =>
    onProgress?.({ done: commands.length, seeds, violations: broken.length, ...now })
  const note = (result: SeedResult): void => {
    commands.push(result.commands)
    for (const what of result.reached) reached[what] = 1 + (reached[what] ?? 0)
    if (result.message !== undefined) broken.push(result.seed)
    tell()
  }
  const follow = async (results: AsyncGenerator<SeedResult>): Promise<void> => {
    for await (const result of results) note(result)
  }
  // What is to be prepared is a function, and stays on this thread.
  const step = prepare === undefined ? Math.max(1, Math.min(jobs, seeds)) : 1
  const shares = Array.from({ length: step }, (_, at) => ({ mode, from: seed + at, step, end: seed + seeds }))
  const preparing = prepare === undefined ? {} : { prepare }
  await Promise.all(shares.map((share) => follow(step === 1 ? runShare(share, preparing) : runOnThread(share))))
  if (commands.length < seeds)
    throw new Error(`${seeds - commands.length} of ${seeds} seeds were lost with their thread`)

  const failures: Array<SwarmFailure> = []
  for (const of of broken.toSorted((a, b) => a - b).slice(0, shrunkAtMost)) {
    const onTry = (tried: number): void => tell({ shrinking: { seed: of, tried } })
    const shrunk = await shrinkSeed(mode, of, { ...preparing, onTry })
    // The same seed always gives the same; were it otherwise, that would be worth knowing.
    if (shrunk === undefined) throw new Error(`seed ${of} broke a promise, and does not again`)
    const { scenario, message, story } = shrunk
    const file = keep === undefined ? {} : { file: keepScenario(keep, of, scenario, message) }
    failures.push({ seed: of, message, story, scenario, ...file })
  }
  return {
    id: "swarm",
    mode,
    seed,
    seeds,
    violations: broken.length,
    failures,
    reached,
    medianCommands: medianOf(commands)
  }
}
