import * as Schema from "effect/Schema"
import type { SubmitOptions } from "../../../src/config/index.ts"
import type { Millis } from "../../../src/model/index.ts"
import { Quantity, Text } from "./quantity.ts"

/** What a task is called whose kind has no name. */
export const defaultType = "work"

/** The options of a submit; `submitProblems` says what is wrong with them. */
export const Options = Schema.declare(
  (input): input is SubmitOptions => typeof input === "object" && input !== null && !Array.isArray(input),
  { expected: "the options of a submit" }
)

/** A task of the simulated world. */
export interface SimulatedTask {
  /** When it arrives, in milliseconds from the beginning. */
  readonly at: Millis
  readonly type: string
  /** Milliseconds on a worker of speed 1. */
  readonly work: Millis
  readonly options: SubmitOptions
  /** Milliseconds of work between two checkpoints; left out where it makes none. */
  readonly checkpointEvery?: Millis
  /** What a checkpoint weighs when it is moved, in bytes. */
  readonly stateBytes?: number
}

/** A task as a trace has it. What it leaves open is as the kind of its type has it, where there is one. */
export const RecordedTask = Schema.Struct({
  /** Milliseconds from the beginning. */
  at: Quantity,
  /** Milliseconds on a worker of speed 1. */
  work: Quantity,
  /** Default `work`. */
  type: Schema.optionalKey(Text),
  options: Schema.optionalKey(Options)
})
export type RecordedTask = typeof RecordedTask.Type
