import { type Millis, priorityRank, type TaskSpec, type WorkerSpec } from "../../model/index.ts"
import { Burst } from "./burst.ts"
import type { Order } from "./order.ts"

/**
 * A task that takes at least this share of the time which the whole pool needs for all that waits decides when the last
 * one ends, whatever the others turn out to take. Half or twice as much orders suites of tests about as well.
 */
const decisiveShare = 1 / 2

/** Parts of the head start: the decisive have more than the first, the unknown have it, the others at most the second. */
const unknownPart = 3 / 4
const othersPart = 2 / 3

/** Beyond this all tasks are equally long. */
const longestTold: Millis = 30 * 24 * 3_600_000

/** 0 to 1, by the logarithm: a task twice as long is as far ahead whatever it takes. */
const lengthOf = (ms: Millis): number => Math.min(1, Math.log1p(ms) / Math.log1p(longestTold))

class Longest implements Order {
  readonly id = "longest"
  readonly #ageing: Millis
  readonly #burst = new Burst()

  constructor(ageing: Millis) {
    this.#ageing = ageing
  }

  rank(task: TaskSpec, acceptedAt: Millis): number {
    return priorityRank[task.priority] * this.#ageing + acceptedAt - this.#ageing * this.#headStartOf(task)
  }

  lowered(rank: number): number {
    return rank + this.#ageing
  }

  entered(task: TaskSpec): void {
    this.#burst.entered(task)
  }

  left(task: TaskSpec): void {
    this.#burst.left(task)
  }

  poolChanged(workers: Iterable<WorkerSpec>): void {
    this.#burst.poolChanged(workers)
  }

  /** A share of the ageing span. */
  #headStartOf(task: TaskSpec): number {
    const { expectedDuration } = task
    if (expectedDuration === undefined) return unknownPart
    const length = lengthOf(expectedDuration)
    const isDecisive = expectedDuration >= decisiveShare * this.#burst.mostWith(task)
    return isDecisive ? unknownPart + (1 - unknownPart) * length : othersPart * length
  }
}

/**
 * The longest first, for bursts that are done when the last of them is: a suite of tests, a build, a nightly run.
 *
 * Tasks go by what they declare to take. Those that declare nothing go after the ones that take half of what the whole
 * pool needs for the burst as far as it is there, and before all others: what nobody has timed yet may be anything, and begun last it would be
 * what everybody waits for; begun early it costs nothing if it is short. Where nobody declares anything it is first come,
 * first served.
 *
 * Formula: priority × ageing + time of acceptance − ageing × h, where h is ¾ + ¼ l for a task of at least half of the
 * burst, ¾ for one that declares nothing, ⅔ l for others; l = ln(1 + duration in ms) ÷ ln(1 + 30 days), at most 1. The
 * burst is the most that waited at once since the queue was last empty, or in the burst before if that was more:
 * durations × dominant shares of the pool. So no task passes one of higher priority that was accepted at the same time,
 * and none is passed by what is accepted more than an ageing span after it, and as much again for each step of priority.
 * Source: longest processing time first (Graham, 1969), with a caution for what is unknown.
 * Cost: O(1). Not for streams that never end, in which every short task would wait for long ones that came later: see
 * `byAge`.
 */
export const longest = (ageing: Millis): Order => new Longest(ageing)
