import type { Measured } from "./report.ts"
import type { Target } from "./targets.ts"

/** What may be said on the command line; each benchmark takes of it what its usage names. */
export interface Options {
  /** A form that takes seconds: the same workloads, smaller. Its figures say nothing. */
  readonly quick: boolean
  readonly rounds?: number
  readonly burst?: number
  readonly rows?: ReadonlyArray<string>
  readonly only?: ReadonlyArray<string>
  readonly strategy?: string
  readonly peers: string
  /** Told what is being measured, for whoever waits. */
  readonly onProgress: (what: string) => void
}

export interface Outcome {
  readonly measured: ReadonlyArray<Measured>
  /** What a reader is shown of them; left out: a line for each contender, a column for each row. */
  readonly table?: string
  readonly targets: ReadonlyArray<Target>
  /** How contenders were set up, who stood out of what, and what else a reader should know. */
  readonly notes: ReadonlyArray<string>
  /** What must never be and was, such as lost tasks: the command fails for it. */
  readonly failure?: string
}

/** One benchmark of the command, with the id of its scenario. */
export interface Benchmark {
  readonly id: string
  readonly name: string
  /** The options it takes, as the usage shows them. */
  readonly usage: string
  readonly run: (options: Options) => Promise<Outcome>
}
