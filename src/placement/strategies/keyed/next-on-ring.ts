import { hash32 } from "../../../hashing/index.ts"
import type { WorkerRecord } from "../../../ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../../../model/index.ts"
import type { Filter } from "../../pipeline/filter.ts"
import { couldEver, type WaitFor, willFit } from "../../pipeline/homing.ts"
import type { PlacementView } from "../../view.ts"
import { leastLoaded } from "../by-load/least-loaded.ts"
import type { Directory } from "./directory.ts"
import type { Seat } from "./roster.ts"

/** Misses after which it is asked whether anybody fits at all. */
export const soon = 8
/** Workers that could run the task and have no room now, after which the least loaded is taken. */
export const farthest = 64
/** Members whose order counts in a preference. */
const ranked = 8

/** One decision: a task, its place on the ring, and whom it may go to. */
export interface Search {
  readonly task: TaskSpec
  readonly hash: number
  readonly view: PlacementView
  readonly filter: Filter
  readonly now: Millis
}

/**
 * The first worker that fits, from the key's place on. Where the 64 next that could run it have no room, the least loaded:
 * in a pool as full as that nothing is left of a key's place, and the walk would become long.
 */
export const nextThatFits = (directory: Directory, search: Search): WorkerRecord | undefined => {
  const { task, hash, view, filter, now } = search
  let misses = 0
  let full = 0
  let spare: WorkerRecord | undefined
  const ends = ({ worker }: Seat): boolean => {
    if (filter.fits(worker)) return true
    misses += 1
    if (couldEver(task, worker)) full += 1
    if (misses === soon) {
      spare = leastLoaded(task, view, filter, now)
      return spare === undefined
    }
    return full === farthest
  }
  const seat = directory.walk(hash, ends)
  if (seat === undefined) return undefined
  if (misses < soon || (full < farthest && spare !== undefined)) return seat.worker
  return spare
}

/** By the order from the key's place on: its home 1, the next ½, then ⅓; from the ninth on all the same. */
export const preferNearest = (
  directory: Directory,
  hash: number,
  candidates: ReadonlyArray<WorkerRecord>,
  into: Float64Array
): void => {
  const places = new Map(candidates.map(({ spec }, index) => [spec.id, index]))
  into.fill(0)
  let rank = 0
  directory.walk(hash, ({ name }) => {
    const index = places.get(name)
    if (index === undefined) return false
    rank += 1
    into[index] = 1 / rank
    return rank === Math.min(ranked, candidates.length)
  })
}

/** The home of a task that has a key of its own: the first from its place on that could run it. */
export const homeOnRing = (directory: Directory, key: string, task: TaskSpec): WorkerId | undefined =>
  key === task.id ? undefined : directory.walk(hash32(key), ({ worker }) => willFit(task, worker))?.worker.spec.id

/** Waits up to `waitMs` for the key's home: the first from its place on that could run the task. */
export const waitForHome = (
  directory: Directory,
  hash: number,
  task: TaskSpec,
  fits: (worker: WorkerRecord) => boolean,
  until: Millis
): WaitFor | undefined => {
  const home = directory.walk(hash, ({ worker }) => willFit(task, worker))?.worker
  return home === undefined || fits(home) ? undefined : { workerId: home.spec.id, until }
}
