import { type Ranked, RankHeap } from "../../src/collections/index.ts"
import { fitsNow, goesBefore, type TaskRecord, takesWork, type WorkerRecord } from "../../src/ledger/index.ts"
import type { LedgerEvent, Millis, TaskId, WorkerId } from "../../src/model/index.ts"
import type { WaitFor } from "../../src/placement/index.ts"
import type { PassedOver } from "./passed-over.ts"
import type { Scene } from "./scene.ts"

const never = Number.POSITIVE_INFINITY

/** A task that has stepped aside at least once since it was queued. */
interface Wait extends Ranked {
  readonly task: TaskRecord
  /** When it could have been placed for the first time. */
  readonly since: Millis
  /** Whatever it is told later: no later than it was told first. */
  until: Millis
  /** What it waits for now, and where it stands for that; none while it stands in its lane. */
  home: WaitFor | undefined
  stands: ReadonlyArray<Stand>
}

/** A task that waits for a worker. */
export interface HomeWait {
  readonly taskId: TaskId
  readonly workerId: WorkerId
  /** From when it could have been placed for the first time: what the worker is worth to it. */
  readonly patienceMs: Millis
}

/** A place in the line before a worker. */
interface Stand extends Ranked {
  readonly wait: Wait
  readonly line: Line
}

const isOverBefore = (a: Wait, b: Wait): boolean => a.until < b.until

/** Those that wait for one worker, by what they ask for: of each shape the first in order is the next. */
class Line {
  readonly workerId: WorkerId
  readonly #byShape = new Map<string, RankHeap<Stand>>()

  constructor(workerId: WorkerId) {
    this.workerId = workerId
  }

  get isEmpty(): boolean {
    return this.#byShape.size === 0
  }

  enter(wait: Wait): Stand {
    const { shape } = wait.task.spec.requirements
    const stand = { wait, line: this, heapIndex: -1 }
    let heap = this.#byShape.get(shape)
    if (heap === undefined) {
      heap = new RankHeap<Stand>((a, b) => goesBefore(a.wait.task, b.wait.task))
      this.#byShape.set(shape, heap)
    }
    heap.push(stand)
    return stand
  }

  leave(stand: Stand): void {
    const { shape } = stand.wait.task.spec.requirements
    const heap = this.#byShape.get(shape)
    heap?.remove(stand)
    if (heap?.size === 0) this.#byShape.delete(shape)
  }

  /** The first in order that the worker, which is kept free for nobody, can take now. */
  nextFor(worker: WorkerRecord): Wait | undefined {
    let next: Wait | undefined
    for (const { first } of this.#byShape.values()) {
      if (first === undefined || !fitsNow(first.wait.task.spec.requirements, worker)) continue
      if (next === undefined || goesBefore(first.wait.task, next.task)) next = first.wait
    }
    return next
  }

  /** All that stand in it, in no order. */
  get waits(): ReadonlyArray<Wait> {
    return [...this.#byShape.values()].flatMap(({ items }) => items.map(({ wait }) => wait))
  }
}

const isOpenTo = (worker: WorkerRecord, { spec }: TaskRecord): boolean =>
  fitsNow(spec.requirements, worker) && (worker.heldFor === undefined || worker.heldFor === spec.id)

/**
 * Tasks that could be placed and had better wait for a worker that is busy, as their strategy says: delay scheduling. Each
 * steps aside by itself, so that those behind it in its lane go on. It steps back as soon as that worker can take it, in
 * order; when that worker stops taking work; when somebody joins or leaves; and when its time is over, at the latest by
 * when it was told first.
 *
 * Memory: what waits in the queue and has stepped aside.
 */
export class HomeWaits {
  readonly #scene: Scene
  readonly #passedOver: PassedOver
  readonly #waits = new Map<TaskId, Wait>()
  readonly #lines = new Map<WorkerId, Line>()
  readonly #over = new RankHeap<Wait>(isOverBefore)
  /** Workers that may be able by now to take those that wait for them, and whom they have called last. */
  readonly #changed = new Map<WorkerId, Wait | undefined>()

  constructor(scene: Scene, passedOver: PassedOver) {
    this.#scene = scene
    this.#passedOver = passedOver
  }

  /** When the first of the waits is over. */
  get due(): Millis {
    return this.#over.first?.until ?? never
  }

  /** When the task, which can be placed now, could have been placed for the first time; `undefined`: it has waited enough. */
  sinceOf({ spec }: TaskRecord, now: Millis): Millis | undefined {
    const wait = this.#waits.size === 0 ? undefined : this.#waits.get(spec.id)
    if (wait === undefined) return now
    return wait.until > now ? wait.since : undefined
  }

  /** What the task waits for, where it stands aside. */
  of(taskId: TaskId): WaitFor | undefined {
    return this.#scene.ledger.isAside(taskId) ? this.#waits.get(taskId)?.home : undefined
  }

  /** Whether somebody waits for the worker: what is sent ahead to it would take the slot. */
  areFor(workerId: WorkerId): boolean {
    return this.#lines.has(workerId)
  }

  /** Whether anybody waits for a certain worker, or did a moment ago. */
  get any(): boolean {
    return this.#waits.size > 0
  }

  /** Who waits for which worker, in order, and for how long at most, all together. */
  get lines(): ReadonlyMap<WorkerId, ReadonlyArray<HomeWait>> {
    const standing = [...this.#waits.values()].flatMap((wait) =>
      wait.home === undefined ? [] : { wait, home: wait.home }
    )
    standing.sort((a, b) => (goesBefore(a.wait.task, b.wait.task) ? -1 : 1))
    const waits = standing.map(({ wait: { task, since, until }, home }) => ({
      taskId: task.spec.id,
      workerId: home.workerId,
      patienceMs: until - since
    }))
    return Map.groupBy(waits, ({ workerId }) => workerId)
  }

  /** They have waited enough: whoever is free will do. */
  giveUp(taskIds: ReadonlyArray<TaskId>, now: Millis): void {
    for (const taskId of taskIds) {
      const wait = this.#waits.get(taskId)
      if (wait?.home === undefined) continue
      this.#over.remove(wait)
      wait.until = now
      this.#stepBack(wait)
    }
  }

  /** The task waits for its home, and nobody for the task. */
  stepAside(task: TaskRecord, home: WaitFor, now: Millis): void {
    const { id } = task.spec
    const wait = this.#waits.get(id) ?? newWait(task, home, now)
    this.#leaveLines(wait)
    this.#waits.set(id, wait)
    wait.home = { ...home, until: Math.min(home.until, wait.until) }
    wait.stands = [home.workerId, ...(home.others ?? [])].map((workerId) => this.#lineOf(workerId).enter(wait))
    if (!this.#over.has(wait)) this.#over.push(wait)
    for (const { line } of wait.stands) this.#heard(wait, line.workerId)
    this.#scene.ledger.stepAside(id)
  }

  /** Forgets what waits no longer. */
  onEvent(event: LedgerEvent, task: TaskRecord | undefined): void {
    if (this.#waits.size === 0 || task === undefined || task.status === "queued") return
    const wait = this.#waits.get(task.spec.id)
    if (wait === undefined || event._tag === "TaskAccepted") return
    this.#leaveLines(wait)
    this.#over.remove(wait)
    this.#waits.delete(task.spec.id)
  }

  /** The worker may take now what it could not take before, or takes nothing any more. */
  changed(workerId: WorkerId): void {
    if (this.#lines.has(workerId) && !this.#changed.has(workerId)) this.#changed.set(workerId, undefined)
  }

  /** The homes of all may be others now. */
  wakeAll(): void {
    for (const wait of this.#waits.values()) this.#stepBack(wait)
    this.#changed.clear()
  }

  /** Of those that wait for a worker that can take them now, the first steps back; the next once that one was tried. */
  wakeChanged(): void {
    for (const [workerId, called] of this.#changed) {
      if (called !== undefined && this.#isToBeTried(called)) continue
      const line = this.#lines.get(workerId)
      const worker = this.#scene.ledger.worker(workerId)
      if (line !== undefined && (worker === undefined || !takesWork(worker.phase))) {
        for (const wait of line.waits) this.#stepBack(wait)
      }
      const next = worker && line && this.#nextFor(worker, line)
      if (next === undefined) this.#changed.delete(workerId)
      else {
        this.#changed.set(workerId, next)
        this.#stepBack(next)
      }
    }
  }

  /** Those whose time is over step back: whoever is free will do. */
  tryAgain(now: Millis): void {
    for (let wait = this.#over.first; wait !== undefined && wait.until <= now; wait = this.#over.first) {
      this.#over.remove(wait)
      this.#stepBack(wait)
    }
  }

  /** It was called by the worker and would rather wait on, though it may come: it is not called again for the same reason. */
  #heard(wait: Wait, workerId: WorkerId): void {
    if (this.#changed.get(workerId) !== wait) return
    const worker = this.#scene.ledger.worker(workerId)
    if (worker !== undefined && isOpenTo(worker, wait.task)) this.#changed.delete(workerId)
    else this.#changed.set(workerId, undefined)
  }

  #nextFor(worker: WorkerRecord, line: Line): Wait | undefined {
    if (worker.heldFor === undefined) return line.nextFor(worker)
    const holder = this.#waits.get(worker.heldFor)
    if (holder === undefined || !holder.stands.some((stand) => stand.line === line)) return undefined
    return isOpenTo(worker, holder.task) ? holder : undefined
  }

  #isToBeTried({ task: { spec } }: Wait): boolean {
    return this.#scene.ledger.isReady(spec.id) && this.#passedOver.causeOf(spec.requirements.shape) === undefined
  }

  #stepBack(wait: Wait): void {
    if (wait.home === undefined) return
    this.#leaveLines(wait)
    const { id, requirements } = wait.task.spec
    this.#scene.ledger.stepBack(id)
    this.#passedOver.wakeWholly(requirements.shape)
  }

  #leaveLines(wait: Wait): void {
    for (const stand of wait.stands) {
      const { line } = stand
      line.leave(stand)
      if (line.isEmpty) this.#lines.delete(line.workerId)
    }
    wait.stands = []
    wait.home = undefined
  }

  #lineOf(workerId: WorkerId): Line {
    let line = this.#lines.get(workerId)
    if (line === undefined) {
      line = new Line(workerId)
      this.#lines.set(workerId, line)
    }
    return line
  }
}

const newWait = (task: TaskRecord, { until }: WaitFor, now: Millis): Wait => ({
  task,
  since: now,
  until,
  home: undefined,
  stands: [],
  heapIndex: -1
})
