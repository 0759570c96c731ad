import type { Millis, PowerModel, WorkerId } from "../../model/index.ts"
import { Efficiency } from "./efficiency.ts"

/** A worker as consolidation sees it. */
export interface PooledWorker {
  readonly workerId: WorkerId
  /** Whether it takes work; otherwise it rests. Whoever does neither is left out. */
  readonly isAwake: boolean
  /** Nobody else has a claim on it: it is not kept free for a task, and the pool is done with starting it. */
  readonly mayRest: boolean
  /** As declared or measured. Left out: it is not known what it draws, so it never rests for that. */
  readonly power?: PowerModel
  readonly slots: number
  /** Work a second in one slot; 1 is ordinary. */
  readonly speed: number
  /** The share of what it has in use, 0–1, by whatever of it is scarcest. */
  readonly fullness: number
}

/** What one kind of task asks for, and how much of it there is. */
export interface ShapeInUse {
  /** Work a second that runs for it now. */
  readonly work: number
  /** Whether the worker could ever run it. */
  readonly isAble: (workerId: WorkerId) => boolean
}

export interface WorkDemand {
  /** Work a second: what runs now or, if that is more, what is expected. */
  readonly work: number
  /** Whether something waits for room: then nobody goes to rest. */
  readonly isWaiting: boolean
  readonly shapes: ReadonlyArray<ShapeInUse>
}

export interface ConsolidationSettings {
  /** The share of the workers that are awake up to which the demand is to fill them. */
  readonly target: number
  /** By how much the demand may grow without anybody being woken, as a share of it. */
  readonly margin: number
  /** How long a worker must have been superfluous before it rests. */
  readonly restAfter: Millis
  /** Workers that stay awake whatever the load. */
  readonly minAwake: number
  /** A worker slower than this share of the pool's mean speed is kept awake only where no faster one will do. */
  readonly pace: number
  /** The most of the pool that goes to rest at one time, as a share; one always may. */
  readonly atOnce: number
}

export const consolidationDefaults: ConsolidationSettings = {
  target: 0.9,
  margin: 0.1,
  restAfter: 120_000,
  minAwake: 1,
  pace: 0.75,
  atOnce: 0.25
}

/** Since when each worker has been superfluous. */
export type Superfluous = ReadonlyMap<WorkerId, Millis>

export interface Change {
  readonly workerId: WorkerId
  readonly because: string
}

export interface Consolidation {
  readonly rest: ReadonlyArray<Change>
  readonly wake: ReadonlyArray<Change>
  /** For the next time. */
  readonly superfluous: Superfluous
  /** Work a second that those kept awake can do up to the target, and what is needed of it. */
  readonly kept: number
  readonly needed: number
}

const figure = (work: number): string => work.toFixed(work < 10 ? 1 : 0)

/**
 * Who rests at this load, and who is awake (G10).
 *
 * Of those that are awake are kept so all of which it is not known what they draw and, of the others, those that do the
 * most work for a joule, until `target` of what they can do covers the demand and its margin, in all and for each shape
 * in use by those that are able: no shape is left without a worker that is awake. Whoever else has been superfluous for
 * `restAfter` rests, a few at a time, and never while something waits.
 *
 * Those that rest are woken, the ones that do most for a joule first, once all that are awake would be full. Between the
 * two shares nothing changes.
 *
 * Cost: O(workers · (log workers + shapes)).
 */
export const consolidate = (
  workers: ReadonlyArray<PooledWorker>,
  demand: WorkDemand,
  settings: ConsolidationSettings,
  before: Superfluous,
  now: Millis
): Consolidation => {
  const { target, margin, restAfter, minAwake, atOnce } = settings
  const needed = demand.work * (1 + margin)
  const ranked = new Efficiency(workers, settings).ranked(workers.filter(({ power }) => power !== undefined))
  const awake = workers.filter(({ isAwake }) => isAwake)
  const optional = ranked.filter(({ isAwake, mayRest }) => isAwake && mayRest)
  const kept = new Kept(awake.filter(({ power, mayRest }) => power === undefined || !mayRest))
  kept.cover(optional, demand.shapes, needed, target, settings)
  const missed = new Kept(awake)
  missed.cover(
    ranked.filter(({ isAwake }) => !isAwake),
    demand.shapes,
    needed,
    1,
    settings
  )
  const wake = workers
    .filter(({ isAwake, workerId }) => !isAwake && missed.has(workerId))
    .map(({ workerId }) => ({ workerId, because: `those awake are too few for ${figure(needed)} of work a second` }))
  const superfluous = new Map<WorkerId, Millis>()
  for (const { workerId } of optional) {
    if (!kept.has(workerId)) superfluous.set(workerId, Math.min(now, before.get(workerId) ?? now))
  }
  // As long as somebody is missing, nobody who could stand in goes.
  const most = wake.length > 0 || demand.isWaiting ? 0 : Math.max(1, Math.floor(awake.length * atOnce))
  const because =
    `${figure(kept.capacity)} of work a second by those that stay awake cover the ${figure(needed)} that are needed ` +
    `at ${Math.round(target * 100)} %`
  const rest = optional
    .filter(({ workerId }) => now - (superfluous.get(workerId) ?? Number.POSITIVE_INFINITY) >= restAfter)
    .reverse()
    .slice(0, Math.max(0, Math.min(most, awake.length - minAwake)))
    .map(({ workerId }) => ({ workerId, because }))
  return { rest, wake, superfluous, kept: kept.capacity * target, needed }
}

/** Those that are to be awake, as they are chosen. */
class Kept {
  readonly #workers = new Map<WorkerId, PooledWorker>()
  capacity = 0

  /** Those about whom there is no choice. */
  constructor(workers: ReadonlyArray<PooledWorker>) {
    for (const worker of workers) this.#keep(worker)
  }

  has(workerId: WorkerId): boolean {
    return this.#workers.has(workerId)
  }

  /** Keeps as many more, in their order, as it takes to do what is needed, of all and of each shape, at that share of them. */
  cover(
    more: ReadonlyArray<PooledWorker>,
    shapes: ReadonlyArray<ShapeInUse>,
    needed: number,
    share: number,
    { margin, minAwake }: ConsolidationSettings
  ): void {
    for (const worker of more) {
      if (this.capacity * share >= needed && this.#workers.size >= minAwake) break
      this.#keep(worker)
    }
    for (const { work, isAble } of shapes) {
      const able = [...this.#workers.values()].filter(({ workerId }) => isAble(workerId))
      let capacity = able.reduce((sum, worker) => sum + capacityOf(worker), 0)
      let some = able.length > 0
      for (const worker of more) {
        if (some && capacity * share >= work * (1 + margin)) break
        if (this.has(worker.workerId) || !isAble(worker.workerId)) continue
        this.#keep(worker)
        capacity += capacityOf(worker)
        some = true
      }
    }
  }

  #keep(worker: PooledWorker): void {
    this.#workers.set(worker.workerId, worker)
    this.capacity += capacityOf(worker)
  }
}

/** Work a second that it can do. */
export const capacityOf = ({ slots, speed }: Pick<PooledWorker, "slots" | "speed">): number => slots * speed

/** Work a second that runs on these. */
export const workOn = (workers: ReadonlyArray<PooledWorker>): number =>
  workers.reduce((total, worker) => total + capacityOf(worker) * Math.min(1, Math.max(0, worker.fullness)), 0)
