import {
  fitsNow,
  goesBefore,
  type TaskRecord,
  takesWork,
  unmetEver,
  type WorkerRecord
} from "../../src/ledger/index.ts"
import type { Millis, Passage, TaskSpec, WorkerId } from "../../src/model/index.ts"
import { expectedEnd, type Occupant, type Occupied, plannedStart } from "../../src/placement/index.ts"
import type { Backfill } from "./backfill.ts"
import type { PassedOver } from "./passed-over.ts"
import type { Scene } from "./scene.ts"

/** Workers of a large pool that are looked at for one that is to be kept free. */
const looks = 64
/** A run of which only its type is known is expected to take longer than this share of them. */
const caution = 0.9

/** Where room is not kept at once, plans are made anew after so much of the time until they come true. */
const lookAgain = 1 / 8

export interface HoldsOptions {
  /** Waiting time from which on a worker is kept free. */
  readonly after: Millis
  /** Lets others begin there where they do not delay it; left out, nothing may. */
  readonly backfill?: Backfill | undefined
}

const same = (a: Passage, b: Passage): boolean =>
  a.until === b.until &&
  a.pace === b.pace &&
  a.spare.slots === b.spare.slots &&
  a.spare.resources.cpu === b.spare.resources.cpu &&
  a.spare.resources.memory === b.spare.resources.memory &&
  a.spare.resources.network === b.spare.resources.network &&
  a.spare.resources.storage === b.spare.resources.storage

/**
 * Keeps a worker free for the first task in order where it fits nowhere and has waited long enough: smaller ones must not
 * pass it by for ever (D8). Where it is known how long runs take, the worker is the one on which it can begin first, and
 * what does not delay it may begin there before.
 */
export class Holds {
  readonly #scene: Scene
  readonly #passedOver: PassedOver
  readonly #after: Millis
  readonly #backfill: Backfill | undefined
  #workerId: WorkerId | undefined
  /** Before then what was planned for the task it is kept for is good enough. */
  #planAgainAt: Millis = 0
  /** The task that was last woken because it could go after all. */
  #woken: TaskRecord | undefined

  constructor(scene: Scene, passedOver: PassedOver, { after, backfill }: HoldsOptions) {
    this.#scene = scene
    this.#passedOver = passedOver
    this.#after = after
    this.#backfill = backfill
  }

  /**
   * The task is first of its shape and found no worker. One that is to run alone has a worker kept for it at once, since
   * a busy worker with several slots is never empty by chance.
   */
  consider(task: TaskRecord, now: Millis): void {
    if (!task.suspect && now - task.acceptedAt < this.#after) return
    const { ledger } = this.#scene
    const held = this.#held
    const holder = held?.heldFor === undefined ? undefined : ledger.task(held.heldFor)
    if (holder !== undefined && holder !== task && !goesBefore(task, holder)) return
    if (holder === task && now < this.#planAgainAt) return
    const planned = this.#plan(task, held, now)
    this.#planAgainAt = this.#after > 0 ? now + ((planned?.passage.until ?? now) - now) * lookAgain : now
    const workerId = planned?.workerId ?? (holder === task ? held?.spec.id : this.#leastUsed(task))
    if (workerId === undefined) return
    const isKept = held !== undefined && holder === task && held.spec.id === workerId
    if (isKept && isUnchanged(held.passage, planned?.passage)) return
    if (held !== undefined && (!isKept || planned === undefined)) ledger.unhold(held.spec.id, now)
    ledger.hold(workerId, task.spec.id, now, planned?.passage)
    this.#workerId = workerId
  }

  /** Where room is kept at once: the first in order is not passed by what fits, though it sleeps because it does not. */
  lead(now: Millis): void {
    if (this.#after > 0 || this.#scene.ledger.queued === 0) return
    const first = this.#firstInNeed()
    if (first === undefined || this.#held?.heldFor === first.spec.id || this.#canGo(first)) return
    this.consider(first, now)
  }

  /**
   * All that could be placed has been. Keeps the room for whoever is first by now, and lets others begin there where they
   * do not delay it. `true`: somebody can go after all, and another pass is to be made.
   */
  settle(now: Millis): boolean {
    if (this.#after > 0 && this.#held === undefined) return false
    const first = this.#firstInNeed()
    if (first !== undefined) {
      if (this.#wakes(first)) return true
      this.consider(first, now)
    }
    const held = this.#held
    if (held !== undefined) this.#backfill?.behind(held, now)
    return false
  }

  get #held(): WorkerRecord | undefined {
    const worker = this.#workerId === undefined ? undefined : this.#scene.ledger.worker(this.#workerId)
    return worker?.heldFor === undefined ? undefined : worker
  }

  /**
   * The first in order that waits for room, and not for a better worker, for its scores or for somebody to come;
   * `undefined` also where the first is awake: the pass comes to it by itself.
   */
  #firstInNeed(): TaskRecord | undefined {
    let first: TaskRecord | undefined
    let isAwake = false
    for (const head of this.#scene.ledger.heads()) {
      if (first !== undefined && !goesBefore(head, first)) continue
      const cause = this.#passedOver.causeOf(head.spec.requirements.shape)
      if (cause !== undefined && cause !== "room" && cause !== "anything") continue
      first = head
      isAwake = cause === undefined
    }
    return isAwake ? undefined : first
  }

  /** Its shape sleeps, but as the order is now it may go where the one before it might not. */
  #wakes(task: TaskRecord): boolean {
    if (task === this.#woken || !this.#canGo(task)) return false
    this.#woken = task
    this.#passedOver.wake(task.spec.requirements.shape)
    return true
  }

  #canGo({ spec: { id, requirements } }: TaskRecord): boolean {
    const { ledger, view } = this.#scene
    return view.workers.some(
      (worker) => fitsNow(requirements, worker) && ledger.refusalToPlace(id, worker.spec.id) === undefined
    )
  }

  /** Where it can begin first. In a large pool a worker that is kept already stays the one. */
  #plan(task: TaskRecord, held: WorkerRecord | undefined, now: Millis) {
    if (this.#backfill === undefined) return undefined
    const { requirements } = task.spec
    const { workers } = this.#scene.view
    const isLarge = workers.length > looks
    const own = held?.heldFor === task.spec.id ? held : undefined
    const some = !isLarge ? workers : own !== undefined ? [own] : this.#able(task).slice(0, looks)
    return plannedStart(requirements, this.#occupied(some, now), now)
  }

  *#occupied(workers: ReadonlyArray<WorkerRecord>, now: Millis): Iterable<Occupied> {
    const ordinary = this.#ordinarySpeed()
    for (const worker of workers) {
      const pace = Math.max(1, ordinary / this.#speedOf(worker.spec.id))
      yield { worker, occupants: this.#occupants(worker, pace, now), pace }
    }
  }

  #occupants(worker: WorkerRecord, pace: number, now: Millis): ReadonlyArray<Occupant> {
    const { ledger } = this.#scene
    const occupants: Array<Occupant> = []
    for (const { taskId, startedAt } of worker.running.values()) {
      const task = ledger.task(taskId)
      if (task?.reservation === undefined) continue
      const endsAt = expectedEnd(startedAt, this.#expectedMs(task.spec, worker.spec.id, pace), now)
      occupants.push({ reservation: task.reservation, endsAt })
    }
    for (const { reservation } of worker.stopping.values()) occupants.push({ reservation, endsAt: now })
    return occupants
  }

  #expectedMs({ expectedDuration, type }: TaskSpec, workerId: WorkerId, pace: number): Millis | undefined {
    if (expectedDuration !== undefined) return expectedDuration * pace
    const work = this.#scene.view.times?.workQuantile(type, caution)
    return work === undefined ? undefined : work / this.#speedOf(workerId)
  }

  /**
   * A declaration is what a run takes at most on an ordinary worker. One that is slower than the others takes longer; that
   * all of them seem fast says that people declare too much, and is nothing to promise room by.
   */
  #ordinarySpeed(): number {
    const some = this.#scene.view.workers.slice(0, looks)
    return some.reduce((sum, { spec }) => sum + this.#speedOf(spec.id), 0) / Math.max(1, some.length)
  }

  #speedOf(workerId: WorkerId): number {
    return this.#scene.view.times?.speedOf(workerId) ?? 1
  }

  #leastUsed(task: TaskRecord): WorkerId | undefined {
    return this.#able(task)[0]?.spec.id
  }

  /** Those that could ever take it, the least used first. */
  #able({ spec: { requirements } }: TaskRecord): ReadonlyArray<WorkerRecord> {
    return this.#scene.view.workers
      .filter((worker) => takesWork(worker.phase) && unmetEver(requirements, worker.spec).length === 0)
      .sort((a, b) => a.slots / a.spec.limits.slots - b.slots / b.spec.limits.slots)
  }
}

const isUnchanged = (before: Passage | undefined, after: Passage | undefined): boolean =>
  before === undefined || after === undefined ? before === after : same(before, after)
