import { type Millis, priorityRank, type TaskId, type TaskSpec, type WorkerSpec } from "../../model/index.ts"
import type { Order } from "./order.ts"
import { PoolSize } from "./pool-size.ts"
import { RunLengths } from "./run-lengths.ts"

export interface ShortestOptions {
  /** How many times its own duration a task gives way to what comes after it, if it takes the whole pool. Default 200. */
  readonly stretch?: number
  /**
   * How much the share of the pool that a task takes counts, 0–1. At 0 the shortest goes first, at 1 the one of the
   * smallest area (duration × share). Default 0.5.
   */
  readonly width?: number
  /**
   * How many times the longest backlog there was so far a task gives way at most, beside the ageing span. Default: it is
   * not asked. With 2.5 the longest wait stays below twice that by age, in the logs of batch systems it was tried on.
   */
  readonly patience?: number
}

/** Chosen on sequences of two batch logs under several loads; half or twice the stretch does about as well. */
export const shortestDefaults: Required<ShortestOptions> = {
  stretch: 200,
  width: 0.5,
  patience: Number.POSITIVE_INFINITY
}

/** The time that the whole pool would need for all that waits. */
class Backlog {
  readonly #areas = new Map<TaskId, Millis>()
  #sum = 0

  get sum(): Millis {
    return this.#sum
  }

  add(taskId: TaskId, area: Millis): void {
    this.#areas.set(taskId, area)
    this.#sum += area
  }

  remove(taskId: TaskId): void {
    this.#sum -= this.#areas.get(taskId) ?? 0
    this.#areas.delete(taskId)
    // Sums of fractions drift; with none left there is nothing.
    if (this.#areas.size === 0) this.#sum = 0
  }
}

class Shortest implements Order {
  readonly id = "shortest"
  readonly #ageing: Millis
  readonly #options: Required<ShortestOptions>
  readonly #lengths = new RunLengths()
  readonly #backlog = new Backlog()
  #longest = 0
  #pool = new PoolSize()

  constructor(ageing: Millis, options: Required<ShortestOptions>) {
    this.#ageing = ageing
    this.#options = options
  }

  rank(task: TaskSpec, acceptedAt: Millis): number {
    const { stretch, width, patience } = this.#options
    const share = this.#pool.dominantShare(task.requirements)
    const duration = this.#lengths.expected(task)
    this.#longest = Math.max(this.#longest, this.#backlog.sum + duration * share)
    const wanted = stretch * duration * share ** width
    if (wanted === 0) return priorityRank[task.priority] * this.#ageing + acceptedAt
    const most = Math.min(this.#ageing, patience * this.#longest)
    // Hardly less than the smaller of the two, and the longer of two tasks always gives way for longer.
    const gives = (wanted * most) / Math.hypot(wanted, most)
    return priorityRank[task.priority] * this.#ageing + acceptedAt + gives
  }

  lowered(rank: number): number {
    return rank + this.#ageing
  }

  entered(task: TaskSpec): void {
    this.#backlog.add(task.id, this.#lengths.expected(task) * this.#pool.dominantShare(task.requirements))
  }

  left(task: TaskSpec): void {
    this.#backlog.remove(task.id)
  }

  poolChanged(workers: Iterable<WorkerSpec>): void {
    this.#pool = new PoolSize(workers)
  }

  completed(task: TaskSpec, ms: Millis): void {
    this.#lengths.learn(task, ms)
  }
}

/**
 * Short and narrow tasks first, for queues whose waiting is to be in proportion to what is waited for.
 *
 * Each task gives way to what is accepted within a time after it that grows with its duration and its share of the pool.
 * That time is less than the ageing span, so nothing starves: the span is the patience of those who wait longest, and is
 * to be long where tasks are, days in a batch system.
 *
 * `patience` bounds it by what waits, too: by so many times the time that the whole pool would have needed for the most
 * that waited at once. That is about what the last in line waits where the first come is served first, so those who wait
 * longest wait about as long as they would by age; where little waits the order is nearly that of age.
 *
 * Formula: priority × ageing + time of acceptance + w·m ÷ √(w² + m²), where w = stretch × duration × share^width is what
 * the task would give and m = min(ageing, patience × longest backlog) the most it may; duration is what is expected by
 * `RunLengths`, share the dominant one.
 * Source: shortest job first and smallest area first of the batch systems, with a time of acceptance instead of the
 * logarithms of F1 (Carastan-Santos and de Camargo, SC '17), so that the order depends on no beginning of time.
 * Cost: O(1). Not for work whose submitters expect it in the order in which they sent it.
 */
export const shortest =
  (options: ShortestOptions = {}) =>
  (ageing: Millis): Order =>
    new Shortest(ageing, { ...shortestDefaults, ...options })
