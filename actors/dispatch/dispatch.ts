import type { Ledger, TaskRecord, WorkerRecord } from "../../src/ledger/index.ts"
import { asksForSlotOnly } from "../../src/ledger/index.ts"
import type { Assignment, LedgerEvent, Millis, Requirements, TaskId, WorkerId } from "../../src/model/index.ts"
import type { EndedRun, Judgement, Placement, PlacementView, ScoreRunner } from "../../src/placement/index.ts"
import type { Aheads } from "../aheads.ts"
import { AheadPath } from "./ahead-path.ts"
import { Backfill } from "./backfill.ts"
import { BatchPath } from "./batch-path.ts"
import { Bottlenecks } from "./bottlenecks.ts"
import { Explanations } from "./explanations.ts"
import { Holds } from "./holds.ts"
import { type HomeWait, HomeWaits } from "./home-waits.ts"
import { KeptFree } from "./kept-free.ts"
import type { DispatchListener } from "./listener.ts"
import { Parking, type RequeueOptions } from "./parking.ts"
import { type Cause, PassedOver } from "./passed-over.ts"
import { Prospects } from "./prospects.ts"
import { QuickPath } from "./quick-path.ts"
import { Resting } from "./resting.ts"
import { Scene } from "./scene.ts"
import { WhyWaiting } from "./why-waiting.ts"

export interface DispatchOptions {
  readonly ledger: Ledger
  readonly placement: Placement
  readonly view: Omit<PlacementView, "workers" | "pool">
  readonly aheads: Aheads
  readonly listener: DispatchListener
  /** Where batches are scored: inline, or above a break-even in a pool of threads. */
  readonly runner: ScoreRunner
  /** Waiting time from which a worker is kept free for a task that fits nowhere. */
  readonly reserveAfter: Millis
  /** Whether others may begin there where they do not delay it. */
  readonly backfill: boolean
  /** What becomes of tasks that no worker of the pool could ever take. */
  readonly requeue: RequeueOptions
  /** Of several workers that rest and could take a task, the one that is worth most is woken. Left out: the first. */
  readonly worthOf?: (worker: WorkerRecord) => number
  /** Explanations kept. */
  readonly retain: number
}

/** Passes made anew because another worker is kept free than before; should plans go to and fro, there is an end to it. */
const holdMoves = 4

/**
 * Gives waiting tasks to workers: the first in order, then the next, until none that waits fits anywhere. A shape for
 * which no worker has room is passed over until something changes that could make room.
 */
export class Dispatch {
  readonly #scene: Scene
  readonly #passedOver: PassedOver
  readonly #prospects: Prospects
  readonly #resting: Resting
  readonly #parking: Parking
  readonly #holds: Holds
  /** Absent where room is kept at once: there the first in order goes first. */
  readonly #bottlenecks: Bottlenecks | undefined
  readonly #keptFree = new KeptFree()
  readonly #reserveAfter: Millis
  readonly #explanations: Explanations
  readonly #why: WhyWaiting
  readonly #aheads: AheadPath
  readonly #quick: QuickPath
  readonly #batch: BatchPath
  readonly #homeWaits: HomeWaits
  /** Where room is held for tasks on their way, by migration. */
  readonly #targets = new Map<number, WorkerId>()

  constructor(options: DispatchOptions) {
    const { ledger, placement, view, aheads, listener, runner, reserveAfter, backfill, requeue, retain } = options
    this.#scene = new Scene(ledger, placement, listener, view)
    this.#passedOver = new PassedOver(ledger)
    this.#prospects = new Prospects(this.#scene)
    this.#resting = new Resting(this.#scene, this.#passedOver, options.worthOf ?? (() => 0))
    this.#reserveAfter = reserveAfter
    this.#bottlenecks = reserveAfter > 0 ? new Bottlenecks(this.#scene) : undefined
    this.#parking = new Parking(this.#scene, this.#passedOver, requeue)
    this.#explanations = new Explanations(this.#scene, retain)
    this.#homeWaits = new HomeWaits(this.#scene, this.#passedOver)
    this.#why = new WhyWaiting(this.#scene, this.#passedOver, this.#parking, this.#homeWaits)
    this.#holds = new Holds(this.#scene, this.#passedOver, {
      after: reserveAfter,
      backfill: backfill ? new Backfill(this.#scene, this.#explanations) : undefined
    })
    this.#aheads = new AheadPath(this.#scene, this.#explanations, aheads, this.#homeWaits, this.#resting)
    this.#quick = new QuickPath(this.#scene, this.#explanations, this.#aheads, this.#homeWaits)
    this.#batch = new BatchPath(this.#scene, this.#explanations, this.#passedOver, runner)
  }

  /** Keeps what is known of the workers true, and notices what could make room. */
  readonly onEvent = (event: LedgerEvent, task: TaskRecord | undefined): void => {
    if (this.#keptFree.size > 0 || event._tag === "WorkerHeld") {
      for (const workerId of this.#keptFree.onEvent(event)) this.#mayTakeMore(workerId)
      this.#passedOver.kept(this.#keptFree.size)
    }
    this.#explanations.onEvent(event, task)
    this.#homeWaits.onEvent(event, task)
    this.#resting.onEvent(event)
    if (task?.status === "queued" && event._tag !== "TaskParked") {
      this.#parking.queued(task)
      this.#passedOver.arrived(task)
    }
    switch (event._tag) {
      case "WorkerAdded":
        this.#poolChanged(event.worker.id)
        return this.#parking.joined(event.worker)
      case "WorkerRemoved":
        return this.#left(event.workerId)
      case "WorkerPhaseChanged":
      case "WorkerAsked":
      case "WorkerLimited":
      case "WorkerUnheld":
      case "AssignmentReleased":
        return this.#changed(event.workerId)
      case "TaskPlaced":
        // Less room than before: nothing that was passed over fits now.
        if (event.migrationId !== undefined) this.#targets.delete(event.migrationId)
        return this.#scene.changed(event.reservation.workerId)
      case "MigrationOffered":
        this.#targets.set(event.migrationId, event.reservation.workerId)
        return this.#scene.changed(event.reservation.workerId)
      case "MigrationAborted": {
        const target = this.#targets.get(event.migrationId)
        this.#targets.delete(event.migrationId)
        return target === undefined ? this.#passedOver.stir() : this.#changed(target)
      }
      case "TaskAccepted":
        // The more there is to do, the sooner a slow worker is worth it.
        return this.#passedOver.reconsider()
      case "TaskCheckpointed":
      case "TaskParked":
      case "WorkerHeld":
        return
      default: {
        if (task?.left === undefined) return this.#passedOver.stir()
        this.#changed(task.left.workerId)
        this.#aheads.ended(task.left.workerId)
      }
    }
  }

  /** The worker will not come back. One that has been removed meanwhile is forgotten. */
  lose(workerId: WorkerId): void {
    if (this.#scene.ledger.worker(workerId) === undefined) return
    this.#prospects.lose(workerId)
    this.#passedOver.wakeAll()
    this.#homeWaits.wakeAll()
  }

  /** It has come back after all. */
  regain(workerId: WorkerId): void {
    const worker = this.#scene.ledger.worker(workerId)
    if (this.#prospects.regain(workerId) && worker !== undefined) this.#parking.regained(worker.spec)
  }

  /** When something is to be looked at again, whatever happens until then. */
  get nextDue(): Millis {
    return Math.min(this.#passedOver.reconsiderAt, this.#resting.reconsiderAt, this.#parking.due, this.#homeWaits.due)
  }

  /** What has come due: tasks whose faster worker is not free by the time it was expected to be, and further tries. */
  due(now: Millis): void {
    if (this.#passedOver.reconsiderAt <= now) this.#passedOver.reconsider()
    if (this.#resting.reconsiderAt <= now) this.#resting.reconsider()
    this.#parking.tryAgain(now)
    this.#homeWaits.tryAgain(now)
  }

  /** Something was learned of the worker, or of its health, that may count in a decision. */
  learned(workerId: WorkerId): void {
    this.#scene.pool.learned(workerId)
  }

  /** A run has ended by itself: the strategy may learn from it. */
  ended(run: EndedRun, now: Millis): void {
    const { placement, view } = this.#scene
    placement.ended(run, view, now)
  }

  /** What parked tasks ask for: nobody of the pool can ever take them. */
  get parked(): ReadonlyArray<Requirements> {
    return this.#parking.requirements
  }

  /** Tasks that could be placed and wait for a busy worker, by worker, in order. */
  get homeWaits(): ReadonlyMap<WorkerId, ReadonlyArray<HomeWait>> {
    return this.#homeWaits.lines
  }

  /** Whether there may be any. */
  get hasHomeWaits(): boolean {
    return this.#homeWaits.any
  }

  /** These tasks wait for no certain worker any longer: whoever is free will do. */
  giveUpHomes(taskIds: ReadonlyArray<TaskId>, now: Millis): void {
    this.#homeWaits.giveUp(taskIds, now)
  }

  /** Whether some worker that takes work has a slot free. */
  get hasFreeSlot(): boolean {
    return this.#scene.pool.hasRoom
  }

  /** Places all that can be placed now. */
  pass(now: Millis): void {
    this.#parking.meetNewcomers(now)
    let moved = 0
    do this.#passOnce(now)
    while (this.#holds.settle(now) || (this.#passedOver.hasChanged && moved++ < holdMoves) || this.#resting.wake(now))
  }

  #passOnce(now: Millis): void {
    this.#bottlenecks?.lookAgain()
    this.#keepRoom(now)
    this.#aheads.askAnew()
    for (let task = this.#next(now); task !== undefined; task = this.#next(now)) {
      if (!this.#passedOver.isWorthTrying(task)) this.#passOver(task, "room")
      else if (!this.#placeQuickly(task, now) && !this.#batch.place(task, now, this.#place)) this.#place(task, now)
    }
    this.#passedOver.endPass()
  }

  /** The task is to move at its next checkpoint. `reason`: what for, in words. */
  moves(migrationId: number, reason: string): void {
    this.#explanations.moves(migrationId, reason)
  }

  /** Why the task is where it is, in words. */
  explain(task: TaskRecord, now: Millis): string {
    return this.#explanations.of(task, (waiting) => this.#why.of(waiting, now))
  }

  /** One that sleeps has waited long enough by now: a worker is kept free for it, before others take their room. */
  #keepRoom(now: Millis): void {
    this.#passedOver.wakeChanged()
    const overdue = this.#keptFree.size === 0 ? this.#passedOver.overdue(now - this.#reserveAfter) : undefined
    if (overdue !== undefined) this.#holds.consider(overdue, now)
  }

  #next(now: Millis): TaskRecord | undefined {
    this.#passedOver.wakeChanged()
    this.#homeWaits.wakeChanged()
    this.#holds.lead(now)
    return this.#bottlenecks === undefined ? this.#scene.ledger.first : this.#bottlenecks.first
  }

  #placeQuickly(task: TaskRecord, now: Millis): boolean {
    const outcome = this.#quick.place(task, now)
    if (outcome === "placed") return true
    if (outcome === "aside") {
      this.#aheads.askAnew()
      return true
    }
    if (outcome === "unsuited") return false
    if (outcome !== "nobody") {
      this.#place(task, now, outcome)
      return true
    }
    if (!this.#prospects.has(task.spec)) return false
    this.#passOver(task, this.#causeFor(task))
    this.#holds.consider(task, now)
    return true
  }

  /** The ordinary way. */
  readonly #place = (task: TaskRecord, now: Millis, judgement?: Judgement): void => {
    const { ledger, placement, listener, view } = this.#scene
    const { spec } = task
    let assignment: Assignment | undefined
    const commit = (workerId: WorkerId, devices?: ReadonlyArray<number>) => {
      const placed = ledger.place(spec.id, workerId, now, devices)
      if (!placed.ok) return placed.refusal
      assignment = placed.value
      return undefined
    }
    const since = this.#homeWaits.sinceOf(task, now)
    const proposal = placement.place(spec, view, commit, now, { since, ...(judgement && { judgement }) })
    if (proposal._tag === "Wait" && proposal.home !== undefined) {
      this.#aheads.askAnew()
      return this.#homeWaits.stepAside(task, proposal.home, now)
    }
    this.#explanations.remember(spec.id, proposal.explanation)
    if (assignment !== undefined) return listener.placed(task, assignment)
    if (proposal._tag === "Never" && view.workers.length > 0) {
      if (!this.#parking.mayHope(task)) return listener.unschedulable(task, proposal.unmet)
      return this.#parking.park(task, proposal.unmet, now)
    }
    if (this.#prospects.isStranded(spec)) {
      if (!this.#parking.mayCome(spec.requirements)) return listener.stranded(task)
      return this.#parking.park(task, this.#parking.nearest(spec.requirements), now)
    }
    this.#passOver(task, this.#causeFor(task))
    if (proposal._tag === "Wait" && proposal.reconsiderAt !== undefined) {
      // It has a worker to come: nothing need be kept free for it.
      return this.#passedOver.addPatient(task, proposal.reconsiderAt)
    }
    this.#holds.consider(task, now)
  }

  /** One that asks for nothing but a slot may be sent ahead, as soon as a run has ended somewhere. */
  #causeFor({ spec }: TaskRecord): Cause {
    return asksForSlotOnly(spec.requirements) ? "anything" : "room"
  }

  /** Whoever is sent ahead from now on must not take a slot that this one waits for: it is asked anew who may. */
  #passOver(task: TaskRecord, cause: Cause): void {
    this.#passedOver.add(task, cause)
    this.#aheads.askAnew()
  }

  #left(workerId: WorkerId): void {
    const worker = this.#scene.view.workers.find(({ spec }) => spec.id === workerId)
    if (worker !== undefined && !this.#prospects.isLost(workerId)) this.#parking.left(worker.spec)
    this.#poolChanged(workerId)
  }

  /** Somebody has joined or left. Those that wait may have nobody left to wait for, or somebody for the first time. */
  #poolChanged(workerId: WorkerId): void {
    // Whoever joins under the id of one that was lost is another.
    this.#prospects.regain(workerId)
    this.#prospects.meetWorkers()
    this.#scene.meetWorkers()
    this.#bottlenecks?.meetWorkers()
    this.#scene.changed(workerId)
    this.#passedOver.wakeAll()
    this.#homeWaits.wakeAll()
  }

  #changed(workerId: WorkerId): void {
    this.#scene.changed(workerId)
    this.#mayTakeMore(workerId)
  }

  #mayTakeMore(workerId: WorkerId): void {
    this.#passedOver.changed(workerId)
    this.#homeWaits.changed(workerId)
  }
}
