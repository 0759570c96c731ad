import * as Schema from "effect/Schema"
import type { Millis } from "../../../src/model/index.ts"
import { Count, Positive, Quantity, Share, Text } from "./quantity.ts"
import { meanOf, ServiceTime } from "./service-time.ts"
import { Options } from "./task.ts"

/** A kind of task. */
export const TaskKind = Schema.Struct({
  /** The handler that would run it. Several kinds may have the same, as of short and long tasks. Default `work`. */
  type: Schema.optionalKey(Text),
  /** How many of the tasks are of this kind, against the others' share. Default 1. */
  share: Schema.optionalKey(Quantity),
  work: ServiceTime,
  /**
   * Tasks declare how long they take, and are wrong by at most such a share (0–1) of it, either way, each error as
   * likely. Default: they don't.
   */
  declared: Schema.optionalKey(Schema.Struct({ error: Share })),
  /** How each is submitted. What `declared` and `keys` say of a task goes before. */
  options: Schema.optionalKey(Options),
  /** A share (0–1) of the tasks carries one of so many concurrency keys; of each, `limit` run at a time. Default 1. */
  keys: Schema.optionalKey(Schema.Struct({ share: Share, count: Count, limit: Schema.optionalKey(Count) })),
  /** Milliseconds of work between two checkpoints. Default: there are none. */
  checkpointEvery: Schema.optionalKey(Positive),
  /** What a checkpoint weighs when it is moved, in bytes. */
  stateBytes: Schema.optionalKey(Quantity)
})
export type TaskKind = typeof TaskKind.Type

/** How much work a task of these kinds is on average, in milliseconds. NaN of no kinds. */
export const meanWork = (kinds: ReadonlyArray<TaskKind>): Millis => {
  const shares = kinds.reduce((sum, { share = 1 }) => sum + share, 0)
  return kinds.reduce((sum, { work, share = 1 }) => sum + meanOf(work) * share, 0) / shares
}
