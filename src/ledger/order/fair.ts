import {
  type Millis,
  type Priority,
  priorityRank,
  type TaskId,
  type TaskSpec,
  type WorkerSpec
} from "../../model/index.ts"
import type { Order } from "./order.ts"
import { PoolSize } from "./pool-size.ts"
import { RunLengths } from "./run-lengths.ts"

export interface FairOptions {
  /** How much of the pool each tenant gets against the others while all of them have work waiting. Left out: 1 each. */
  readonly weights?: Readonly<Record<string, number>>
}

/** The least a task costs: so many tasks that take no time are still shared out. */
const leastCost: Millis = 1e-3
/** Tenants of a priority above which those that are owed nothing are forgotten. */
const crowd = 256

/** One priority: the tags of its tenants, and how far their turn has come. */
class Turn {
  /** The start tag of the latest placed. */
  virtual = 0
  /** The tag at which each tenant's latest task will have had its share. */
  readonly #finishes = new Map<string, number>()
  #sweepAt = crowd

  /** The start tag of the tenant's next task, which costs so much of its share. */
  next(tenant: string, cost: number): number {
    const start = Math.max(this.virtual, this.#finishes.get(tenant) ?? 0)
    this.#finishes.set(tenant, start + cost)
    if (this.#finishes.size > this.#sweepAt) this.#sweep()
    return start
  }

  /** The tenant is not charged for a task that it has taken back. */
  refund(tenant: string, cost: number): void {
    const finish = this.#finishes.get(tenant)
    if (finish !== undefined) this.#finishes.set(tenant, Math.max(this.virtual, finish - cost))
  }

  #sweep(): void {
    for (const [tenant, finish] of this.#finishes) if (finish <= this.virtual) this.#finishes.delete(tenant)
    this.#sweepAt = Math.max(crowd, 2 * this.#finishes.size)
  }
}

class Fair implements Order {
  readonly id = "fair"
  readonly #ageing: Millis
  readonly #weights: ReadonlyMap<string, number>
  readonly #lengths = new RunLengths()
  readonly #turns: Readonly<Record<Priority, Turn>> = {
    critical: new Turn(),
    high: new Turn(),
    normal: new Turn(),
    low: new Turn(),
    minimal: new Turn()
  }
  /** How far the furthest of the priorities has come. */
  #virtual = 0
  #pool = new PoolSize()
  /** What tasks that have never been placed were charged. */
  readonly #charges = new Map<TaskId, number>()

  constructor(ageing: Millis, { weights = {} }: FairOptions) {
    this.#ageing = ageing
    this.#weights = new Map(Object.entries(weights))
  }

  rank(task: TaskSpec, _acceptedAt: Millis, othersWait: boolean): number {
    const { priority, tenant = "", requirements } = task
    const turn = this.#turns[priority]
    if (!othersWait) turn.virtual = this.#virtual
    const cost = Math.max(leastCost, this.#lengths.expected(task) * this.#pool.dominantShare(requirements))
    const charge = cost / (this.#weights.get(tenant) ?? 1)
    this.#charges.set(task.id, charge)
    return this.#base(priority) + turn.next(tenant, charge)
  }

  poolChanged(workers: Iterable<WorkerSpec>): void {
    this.#pool = new PoolSize(workers)
  }

  placed({ id, priority }: TaskSpec, rank: number): void {
    this.#charges.delete(id)
    const start = rank - this.#base(priority)
    const turn = this.#turns[priority]
    turn.virtual = Math.max(turn.virtual, start)
    this.#virtual = Math.max(this.#virtual, start)
  }

  withdrawn({ id, priority, tenant = "" }: TaskSpec): void {
    const charge = this.#charges.get(id)
    if (charge === undefined) return
    this.#charges.delete(id)
    this.#turns[priority].refund(tenant, charge)
  }

  completed(task: TaskSpec, ms: Millis): void {
    this.#lengths.learn(task, ms)
  }

  #base(priority: Priority): number {
    return priorityRank[priority] * this.#ageing
  }
}

/**
 * Shares the pool out between tenants, within each priority: weighted fair queueing. A tenant with a thousand tasks
 * waiting does not keep another's single one from going next; what a tenant does not use the others get.
 *
 * Formula: start tag S = max(V, F of the tenant's task before), F = S + duration × dominant share ÷ weight; the smallest
 * priority × ageing + S goes first. V is the start tag of the latest placed task. Ageing is counted in that virtual time:
 * with n equal tenants waiting, a less urgent task rises n times more slowly than by the clock, and still always does.
 * Tasks of one tenant and one priority go first come, first served. Tasks that name no tenant are one tenant together.
 * Of two tenants whose work waits all the while, neither gets more than the other by more than one task of each
 * (divided by its weight).
 *
 * What a tenant takes back before it has run is not charged.
 *
 * A task that is to go one priority lower keeps its place: its tag is what its tenant is charged by.
 *
 * Source: start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM '96); the dominant share from Ghodsi et al., NSDI 2011.
 * Cost: O(1). Not for tenants that are to be kept below their share when nobody else has work.
 */
export const fair =
  (options: FairOptions = {}) =>
  (ageing: Millis): Order =>
    new Fair(ageing, options)
