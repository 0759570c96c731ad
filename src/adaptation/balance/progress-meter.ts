import type { Epoch, Millis, TaskId, WorkerId } from "../../model/index.ts"

/** A running task says how far it is. */
export interface ProgressReport {
  readonly taskId: TaskId
  readonly epoch: Epoch
  readonly workerId: WorkerId
  /** Share of its work that is done, 0–1. */
  readonly fraction: number
  readonly at: Millis
  /** Work in a millisecond that each task there gets at this time, of a worker of speed 1. */
  readonly rate: number
}

/** How far a task is. */
export interface Progress {
  readonly fraction: number
  /** Share of its work over which it was watched, and what it took of work at speed 1 meanwhile. */
  readonly share: number
  readonly workMs: Millis
}

interface Track {
  epoch: Epoch
  fraction: number
  share: number
  workMs: Millis
  clock: number
}

/** What each task on a worker has got of it so far. */
interface Clock {
  at: Millis
  rate: number
  workMs: Millis
}

/**
 * What the work of tasks is that say how far they are: what they got of their worker between one word and the next, over
 * how far that brought them. What others took of the worker meanwhile is left out, wherever the task ran.
 */
export class ProgressMeter {
  readonly #tracks = new Map<TaskId, Track>()
  readonly #clocks = new Map<WorkerId, Clock>()

  get size(): number {
    return this.#tracks.size
  }

  heard({ taskId, epoch, workerId, fraction, at, rate }: ProgressReport): void {
    if (!(fraction >= 0 && fraction <= 1)) return
    const clock = this.#advance(workerId, at, rate)
    const track = this.#tracks.get(taskId)
    if (track === undefined) {
      this.#tracks.set(taskId, { epoch, fraction, share: 0, workMs: 0, clock })
      return
    }
    if (track.epoch === epoch && fraction > track.fraction) {
      track.share += fraction - track.fraction
      track.workMs += clock - track.clock
      track.clock = clock
    } else if (track.epoch !== epoch) {
      track.epoch = epoch
      track.clock = clock
    }
    track.fraction = fraction
  }

  of(taskId: TaskId): Progress | undefined {
    return this.#tracks.get(taskId)
  }

  forget(taskId: TaskId): void {
    this.#tracks.delete(taskId)
  }

  forgetWorker(workerId: WorkerId): void {
    this.#clocks.delete(workerId)
  }

  #advance(workerId: WorkerId, at: Millis, rate: number): number {
    const clock = this.#clocks.get(workerId)
    if (clock === undefined) {
      this.#clocks.set(workerId, { at, rate, workMs: 0 })
      return 0
    }
    // Between two words the rate has gone from the one to the other.
    clock.workMs += (Math.max(0, at - clock.at) * (clock.rate + rate)) / 2
    clock.at = at
    clock.rate = rate
    return clock.workMs
  }
}

/** What is expected of a task counts as much as having watched it over so much of its work. */
const expectation = 0.05
/** What is expected of a task is off by so much of it, in the mean; what it was watched to need, by so much. */
const doubt = { expected: 0.3, watched: 0.1 }

/**
 * Work that is left of a task, and the standard deviation of that, at speed 1, from how far it is and from what was
 * expected of the whole of it. `undefined` where it was not watched and nothing was expected.
 */
export const leftOf = (
  { fraction, share, workMs }: Progress,
  expectedMs: Millis | undefined
): { readonly leftMs: Millis; readonly spreadMs: Millis } | undefined => {
  const weight = expectedMs === undefined ? 0 : expectation
  if (share + weight === 0) return undefined
  const wholeMs = (workMs + weight * (expectedMs ?? 0)) / (share + weight)
  const leftMs = wholeMs * (1 - fraction)
  const unwatched = expectation / (expectation + share)
  return { leftMs, spreadMs: leftMs * (doubt.watched + (doubt.expected - doubt.watched) * unwatched) }
}
