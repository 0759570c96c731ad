import { type TaskRecord, unmetEver } from "../../src/ledger/index.ts"
import type { Millis, Requirements, TaskSpec, Unmet, WorkerId, WorkerSpec } from "../../src/model/index.ts"
import type { PassedOver } from "./passed-over.ts"
import type { Scene } from "./scene.ts"

/** What becomes of tasks that no worker of the pool could ever take, where one that can may come. */
export interface RequeueOptions {
  /** `age`: they rise with time, like all that wait. `demote`: with each try they go one priority lower. */
  readonly requeue: "age" | "demote"
  /** Tries in vain after which such a task fails; 0: it fails at once. */
  readonly maxRequeueAttempts: number
  /** What a worker would be like that may still be started. Default: none will be. */
  readonly comers?: () => ReadonlyArray<WorkerSpec>
}

/** Time from parking to the first try, at least; it doubles with each. */
const firstPause = 1_000
const longestPause = 60_000
/** Workers named by an event: those that come nearest. */
const named = 8
/** Workers remembered that have left. */
const remembered = 256
const never = Number.POSITIVE_INFINITY

/** The tasks of one shape that wait for somebody to come. */
interface Lot {
  readonly requirements: Requirements
  /** Tries so far. */
  tries: number
  /** Not tried again before this. */
  notBefore: Millis
  /** Whether somebody has come since the last try. */
  hasNews: boolean
}

/**
 * Tasks that no worker of the pool could ever take, even when empty, but that somebody who may come could: a worker that
 * was here and has left, or, for a task of an earlier run, one that was there then.
 *
 * Whoever comes and could take them, wakes them at once. Whoever comes and could not is the occasion of a try: it counts
 * for each of them, once for all who came since the last, and not before a pause of one second that doubles with each try,
 * up to a minute. After `maxRequeueAttempts` tries in vain a task fails, with what each worker lacks. To wait for room is
 * no try; nor is the time that passes while nobody comes.
 */
export class Parking {
  readonly #scene: Scene
  readonly #passedOver: PassedOver
  readonly #options: RequeueOptions
  readonly #lots = new Map<string, Lot>()
  /** The latest to leave last. */
  readonly #left = new Map<WorkerId, WorkerSpec>()
  /** Tasks that have come to a parked shape since. */
  #newcomers: Array<TaskRecord> = []
  #due = never

  constructor(scene: Scene, passedOver: PassedOver, options: RequeueOptions) {
    this.#scene = scene
    this.#passedOver = passedOver
    this.#options = options
  }

  /** When the next try is due. */
  get due(): Millis {
    return this.#due
  }

  /** A task of a parked shape fails after so many tries. */
  get limit(): number {
    return this.#options.maxRequeueAttempts
  }

  isParked(task: TaskSpec): boolean {
    return this.#lots.has(task.requirements.shape)
  }

  /** Whether a worker that could take it may still be started. */
  mayCome(requirements: Requirements): boolean {
    return this.#options.comers?.().some((comer) => unmetEver(requirements, comer).length === 0) ?? false
  }

  /** Whether somebody may come that could take it. */
  mayHope({ spec: { requirements }, isRestored }: TaskRecord): boolean {
    if (this.mayCome(requirements)) return true
    if (this.#options.maxRequeueAttempts === 0) return false
    if (isRestored) return true
    for (const left of this.#left.values()) if (unmetEver(requirements, left).length === 0) return true
    return false
  }

  /** The worker has joined: those that it could take are to be placed again, the others tried. */
  joined(spec: WorkerSpec): void {
    this.#left.delete(spec.id)
    this.regained(spec)
    for (const lot of this.#lots.values()) {
      lot.hasNews = true
      this.#due = Math.min(this.#due, lot.notBefore)
    }
  }

  /** The worker is back that was given up on: those that it could take are to be placed again. */
  regained(spec: WorkerSpec): void {
    for (const [shape, { requirements }] of this.#lots) {
      if (unmetEver(requirements, spec).length > 0) continue
      this.#lots.delete(shape)
      this.#passedOver.wake(shape)
    }
  }

  left(spec: WorkerSpec): void {
    this.#left.delete(spec.id)
    this.#left.set(spec.id, spec)
    if (this.#left.size <= remembered) return
    const [oldest] = this.#left.keys()
    if (oldest !== undefined) this.#left.delete(oldest)
  }

  /** The task has begun to wait, be it accepted or queued again. */
  queued(task: TaskRecord): void {
    if (this.#lots.size > 0 && this.isParked(task.spec)) this.#newcomers.push(task)
  }

  /** All tasks of its shape are parked, until somebody comes. */
  park(task: TaskRecord, unmet: ReadonlyArray<Unmet>, now: Millis): void {
    const { requirements } = task.spec
    const { shape } = requirements
    this.#lots.set(shape, { requirements, tries: 0, notBefore: now + firstPause, hasNews: false })
    this.#passedOver.add(task, "somebody")
    for (const each of this.#all(shape)) this.#parkOne(each, unmet, now)
  }

  /** Those that have come to a parked shape are parked, too. */
  meetNewcomers(now: Millis): void {
    if (this.#newcomers.length === 0) return
    const newcomers = this.#newcomers
    this.#newcomers = []
    for (const task of newcomers) {
      if (task.status !== "queued" || !this.isParked(task.spec)) continue
      this.#parkOne(task, this.#unmetBy(task.spec.requirements), now)
    }
  }

  /** Tries those again whose time has come: nobody who came since could take them. */
  tryAgain(now: Millis): void {
    if (this.#due > now) return
    this.#due = never
    for (const [shape, lot] of this.#lots) {
      if (!lot.hasNews) continue
      if (lot.notBefore > now) {
        this.#due = Math.min(this.#due, lot.notBefore)
        continue
      }
      const tasks = this.#all(shape)
      if (tasks.length === 0) {
        this.#lots.delete(shape)
        continue
      }
      lot.hasNews = false
      // It is to come: whoever else has come is no reason to despair.
      if (this.mayCome(lot.requirements)) continue
      lot.tries += 1
      lot.notBefore = now + Math.min(longestPause, firstPause * 2 ** lot.tries)
      const unmet = this.#unmetBy(lot.requirements)
      for (const task of tasks) this.#try(task, unmet, now)
    }
  }

  /** Another of its shape may hope where it may not. */
  #parkOne(task: TaskRecord, unmet: ReadonlyArray<Unmet>, now: Millis): void {
    if (this.mayHope(task)) this.#note(task, task.requeues, nearest(unmet), now)
    else this.#scene.listener.unschedulable(task, unmet)
  }

  #try(task: TaskRecord, unmet: ReadonlyArray<Unmet>, now: Millis): void {
    const requeues = task.requeues + 1
    if (requeues >= this.limit) this.#scene.listener.unschedulable(task, unmet, requeues)
    else this.#note(task, requeues, nearest(unmet), now, this.#options.requeue === "demote")
  }

  #note({ spec }: TaskRecord, requeues: number, unmet: ReadonlyArray<Unmet>, now: Millis, lower = false): void {
    this.#scene.ledger.park(spec.id, { requeues, unmet, lower }, now)
  }

  /** What those ask for that nobody of the pool can ever take. */
  get requirements(): ReadonlyArray<Requirements> {
    return [...this.#lots.values()].map(({ requirements }) => requirements)
  }

  /** The workers of the pool that lack least of it, and what. */
  nearest(requirements: Requirements): ReadonlyArray<Unmet> {
    return nearest(this.#unmetBy(requirements))
  }

  #all(shape: string): ReadonlyArray<TaskRecord> {
    return this.#scene.ledger.upcoming(shape, never)
  }

  #unmetBy(requirements: Requirements): ReadonlyArray<Unmet> {
    return this.#scene.view.workers.map(({ spec }) => ({ workerId: spec.id, reasons: unmetEver(requirements, spec) }))
  }
}

/** Those that lack least. */
const nearest = (unmet: ReadonlyArray<Unmet>): ReadonlyArray<Unmet> =>
  unmet.toSorted((a, b) => a.reasons.length - b.reasons.length).slice(0, named)
