import { Retained } from "../src/collections/index.ts"
import type { Ledger, TaskRecord, WorkerRecord } from "../src/ledger/index.ts"
import { asksForSlotOnly, describeRefusal, fitsNow, takesWork, unmetEver } from "../src/ledger/index.ts"
import type { Assignment, LedgerEvent, Millis, TaskId, TaskSpec, Unmet, WorkerId } from "../src/model/index.ts"
import {
  duration,
  type Explanation,
  explainInWords,
  Filter,
  Glimpses,
  isSwift,
  type Judgement,
  LoadIndex,
  type Placement,
  type PlacementView,
  type Proposal,
  type ScoreRunner,
  type SwiftStrategy
} from "../src/placement/index.ts"
import { AheadTargets } from "./ahead-targets.ts"
import type { Aheads } from "./aheads.ts"

const goesBefore = (a: TaskRecord, b: TaskRecord): boolean =>
  a !== b && (a.rank < b.rank || (a.rank === b.rank && a.seq < b.seq))

/** Workers from which on a pool is large. */
const wide = 64

/** Swift decisions that can still be explained. */
const maxGlimpses = 10_000

/** What a pass over the queue led to; the coordinator carries it out. */
export interface DispatchListener {
  placed(task: TaskRecord, assignment: Assignment): void
  /** Whether it is not to be sent before it can begin: what is moved with it could not be taken back. */
  staysAtHand(task: TaskRecord): boolean
  /** No worker, now or by restart, can ever run it. */
  unschedulable(task: TaskRecord, unmet: ReadonlyArray<Unmet>): void
  /** Those that could run it are lost for good. */
  stranded(task: TaskRecord): void
  /** A batch that went to the score pool is back; `resume` is to be called on a turn of the coordinator. */
  scored(resume: (now: Millis) => void): void
}

/**
 * Gives waiting tasks to workers: the first in order, then the next, until none that waits fits anywhere. A shape for
 * which no worker has room is passed over until something changes that could make room.
 */
export class Dispatch {
  readonly #ledger: Ledger
  readonly #placement: Placement
  readonly #listener: DispatchListener
  readonly #aheadTargets: AheadTargets
  readonly #byLoad: LoadIndex
  readonly #reserveAfter: Millis
  readonly #explained: Retained<TaskId>
  readonly #runner: ScoreRunner
  /** Shapes for which nobody has room, and those whose batch is being scored. */
  readonly #passedOver = new Set<string>()
  readonly #scoring = new Set<string>()
  /** Shapes whose first task waits for a faster worker than those that are free. */
  readonly #patient = new Set<string>()
  #reconsiderAt = Number.POSITIVE_INFINITY
  readonly #explanations = new Map<TaskId, Explanation>()
  /** What ordinary decisions of a swift strategy rested on. */
  readonly #glimpses: Glimpses
  readonly #swift: SwiftStrategy | undefined
  #filter: Filter | undefined
  /** Where the next runs of this type are sent ahead, and how many. */
  #aheadTarget: WorkerRecord | undefined
  #aheadType = ""
  #aheadLeft = 0
  /** Workers whose supervisor has given up on them. */
  readonly #lost = new Set<WorkerId>()
  #view: PlacementView

  constructor(options: {
    readonly ledger: Ledger
    readonly placement: Placement
    readonly view: Omit<PlacementView, "workers" | "byLoad">
    readonly aheads: Aheads
    readonly listener: DispatchListener
    /** Where batches are scored: inline, or above a break-even in a pool of threads. */
    readonly runner: ScoreRunner
    /** Waiting time from which a worker is kept free for a task that fits nowhere. */
    readonly reserveAfter: Millis
    /** Explanations kept. */
    readonly retain: number
  }) {
    this.#ledger = options.ledger
    this.#placement = options.placement
    this.#listener = options.listener
    this.#aheadTargets = new AheadTargets(options.aheads)
    this.#runner = options.runner
    this.#reserveAfter = options.reserveAfter
    this.#explained = new Retained(options.retain, (taskId) => this.#explanations.delete(taskId))
    this.#byLoad = new LoadIndex(options.ledger.workers.values())
    const { strategy } = options.placement
    this.#swift = isSwift(strategy) ? strategy : undefined
    this.#glimpses = new Glimpses(Math.min(options.retain, maxGlimpses))
    this.#view = { ...options.view, workers: [...options.ledger.workers.values()], byLoad: this.#byLoad }
  }

  /** Keeps the index of workers true, and notices what could make room. */
  readonly onEvent = (event: LedgerEvent, task: TaskRecord | undefined): void => {
    switch (event._tag) {
      case "WorkerAdded":
      case "WorkerRemoved":
        // Whoever joins under the id of one that was lost is another.
        this.#lost.delete(event._tag === "WorkerAdded" ? event.worker.id : event.workerId)
        this.#view = { ...this.#view, workers: [...this.#ledger.workers.values()] }
        return this.#changed(event._tag === "WorkerAdded" ? event.worker.id : event.workerId)
      case "WorkerPhaseChanged":
      case "WorkerUnheld":
      case "AssignmentReleased":
        return this.#changed(event.workerId)
      case "TaskPlaced":
        // Less room than before: nothing that was passed over fits now.
        return this.#reindex(event.reservation.workerId)
      case "MigrationOffered":
        return this.#reindex(event.reservation.workerId)
      case "MigrationAborted":
        for (const workerId of this.#ledger.workers.keys()) this.#reindex(workerId)
        return this.#makeRoom()
      case "TaskAccepted":
        // The more there is to do, the sooner a slow worker is worth it.
        return this.#reconsider()
      case "TaskCheckpointed":
      case "WorkerHeld":
        return
      default: {
        // A run may have ended, and a hold with it.
        this.#makeRoom()
        if (task?.left !== undefined) this.#runEnded(task.left.workerId)
      }
    }
  }

  /** The worker will not come back. */
  lose(workerId: WorkerId): void {
    this.#lost.add(workerId)
    this.#makeRoom()
  }

  regain(workerId: WorkerId): void {
    this.#lost.delete(workerId)
  }

  /** When a task that waits for a faster worker should be looked at again, whatever happens until then. */
  get reconsiderAt(): Millis {
    return this.#reconsiderAt
  }

  /** What has come due: tasks whose faster worker is not free by the time it was expected to be. */
  due(now: Millis): void {
    if (this.#reconsiderAt <= now) this.#reconsider()
  }

  #reconsider(): void {
    if (this.#patient.size === 0) return
    for (const shape of this.#patient) if (!this.#scoring.has(shape)) this.#passedOver.delete(shape)
    this.#patient.clear()
    this.#reconsiderAt = Number.POSITIVE_INFINITY
  }

  /** Whether some worker that takes work has a slot free. */
  get hasFreeSlot(): boolean {
    return this.#byLoad.hasRoom
  }

  /** Places all that can be placed now. */
  pass(now: Millis): void {
    this.#aheadLeft = 0
    for (
      let task = this.#ledger.next(this.#passedOver);
      task !== undefined;
      task = this.#ledger.next(this.#passedOver)
    ) {
      if (this.#placeSwiftly(task, now) || this.#placeBatch(task, now)) continue
      this.#place(task, now)
    }
  }

  /** Why the task is where it is, in words. */
  explain(task: TaskRecord, now: Millis): string {
    if (task.status === "queued") {
      const explanation = this.#placement.explain(task.spec, this.#view, now)
      const refusal = explanation.workerId && this.#ledger.refusalToPlace(task.spec.id, explanation.workerId)
      return refusal ? `waits: ${describeRefusal(refusal)}` : explainInWords(explanation)
    }
    const explanation = this.#glimpseOf(task) ?? this.#explanations.get(task.spec.id)
    if (explanation === undefined) return `is ${task.status}`
    const { assignment } = task
    const ms = assignment && this.#view.patience?.expectedMs(task.spec, assignment.workerId)
    const words = explainInWords(explanation)
    return ms === undefined ? words : `${words} It is expected to take about ${duration(ms)} there.`
  }

  #glimpseOf({ spec, assignment, left }: TaskRecord): Explanation | undefined {
    const run = assignment ?? left
    if (run === undefined || this.#swift === undefined) return undefined
    return this.#glimpses.explain(run.epoch, spec, run.workerId, this.#swift, this.#view)
  }

  /**
   * The short way for most tasks: they ask for a slot and nothing else, and the strategy knows at once which worker is
   * next. The same decision as the ordinary way makes. `false`: it is not such a task, or something is out of order.
   */
  #placeSwiftly(task: TaskRecord, now: Millis): boolean {
    const strategy = this.#swift
    const { spec } = task
    if (strategy === undefined || !asksForSlotOnly(spec.requirements)) return false
    const view = this.#view
    const worker = this.#seek(strategy, spec, now)
    if (worker === "fault") return false
    if (worker === undefined) {
      if (this.#sendAhead(task, now)) return true
      if (this.#lost.size > 0 || view.workers.length === 0) return false
      this.#passOver(spec)
      this.#considerHold(task, now)
      return true
    }
    const judgement = view.patience?.judge(spec, view.workers, now)
    if (judgement?.declines(worker) !== undefined) {
      this.#place(task, now, judgement)
      return true
    }
    this.#glimpses.look(view, worker)
    const placed = this.#ledger.place(spec.id, worker.spec.id, now)
    if (!placed.ok) return false
    this.#glimpses.keep(placed.value.epoch, now, view)
    this.#placement.tellProposed(spec, view, worker)
    this.#listener.placed(task, placed.value)
    return true
  }

  /**
   * To the busy worker with the shortest line of its own, where the task is known to be short. Its timeout would begin
   * as it is sent, and where it goes on from a checkpoint it has shown that it is not short.
   */
  #sendAhead(task: TaskRecord, now: Millis): boolean {
    const { spec, state } = task
    if (spec.timeout !== undefined || spec.concurrencyKey !== undefined || state !== undefined) return false
    if (this.#listener.staysAtHand(task)) return false
    if (this.#aheadLeft === 0 || spec.type !== this.#aheadType) this.#chooseAhead(task, now)
    const target = this.#aheadTarget
    if (target === undefined) return false
    this.#aheadLeft -= 1
    this.#glimpses.look(this.#view, target)
    const placed = this.#ledger.placeAhead(spec.id, target.spec.id, now)
    if (!placed.ok) {
      this.#aheadLeft = 0
      return false
    }
    this.#glimpses.keep(placed.value.epoch, now, this.#view, true)
    this.#listener.placed(task, placed.value)
    return true
  }

  /** A few go to the same worker: they travel together. */
  #chooseAhead(task: TaskRecord, now: Millis): void {
    const plenty = this.#ledger.queued > 2 * this.#view.workers.length
    const before = () => [...this.#ledger.heads()].filter((other) => goesBefore(other, task))
    const target = this.#aheadTargets.choose(task, this.#view, plenty, before, now)
    this.#aheadType = task.spec.type
    this.#aheadTarget = target?.worker
    this.#aheadLeft = target?.room ?? 0
  }

  #filterOf(spec: TaskSpec): Filter {
    this.#filter = this.#filter?.renew(spec) ?? new Filter(spec)
    return this.#filter
  }

  /** The ordinary way deals with a fault: it asks again, and reports it. */
  #seek(strategy: SwiftStrategy, spec: TaskSpec, now: Millis): WorkerRecord | undefined | "fault" {
    try {
      const worker = strategy.seek(spec, this.#view, this.#filterOf(spec), now)
      return worker === undefined || fitsNow(spec.requirements, worker) ? worker : "fault"
    } catch {
      return "fault"
    }
  }

  /**
   * Places the task and those behind it in its lane in one go, where the strategy weighs factors and several fit:
   * the same answers as one by one, at a fraction of the cost. `false`: there is no batch to be made.
   */
  #placeBatch({ spec }: TaskRecord, now: Millis): boolean {
    if (!("factors" in this.#placement.strategy)) return false
    // In a large pool it finds one worker sooner than all workers are put into columns.
    if (this.#swift !== undefined && this.#view.workers.length > wide) return false
    const { shape } = spec.requirements
    const room = this.#view.workers.reduce(
      (sum, { phase, slots, spec: { limits } }) => sum + (takesWork(phase) ? limits.slots - slots : 0),
      0
    )
    if (room < 2) return false
    const tasks = this.#ledger.upcoming(shape, room)
    if (tasks.length < 2) return false
    const proposals = this.#placement.proposeBatchOn(
      this.#runner,
      tasks.map((task) => task.spec),
      this.#view,
      now
    )
    if (proposals instanceof Promise) {
      this.#scoring.add(shape)
      this.#passedOver.add(shape)
      void proposals.then((later) =>
        this.#listener.scored((then) => {
          this.#scoring.delete(shape)
          this.#passedOver.delete(shape)
          if (this.#commitBatch(later, then) > 0) return
          // The first of them goes the ordinary way: another batch would only come to the same.
          const [first] = this.#ledger.upcoming(shape, 1)
          if (first !== undefined) this.#place(first, then)
        })
      )
      return true
    }
    return this.#commitBatch(proposals, now) > 0
  }

  /** Commits proposals in order, as far as they still hold. Returns how many did. */
  #commitBatch(proposals: ReadonlyArray<Proposal>, now: Millis): number {
    let committed = 0
    for (const proposal of proposals) {
      if (proposal._tag !== "Worker") break
      const { taskId } = proposal.explanation
      if (this.#isDeclined(taskId, proposal.workerId, now)) break
      const task = this.#ledger.task(taskId)
      const worker = this.#ledger.worker(proposal.workerId)
      if (task === undefined || worker === undefined) break
      const refusal = this.#placement.commit(proposal, task.spec, worker, this.#view, (workerId, devices) => {
        const placed = this.#ledger.place(taskId, workerId, now, devices)
        return placed.ok ? undefined : placed.refusal
      })
      const { assignment } = task
      // The world has moved on since the scores were taken: what is left goes the ordinary way.
      if (refusal !== undefined || assignment === undefined) break
      committed += 1
      this.#remember(taskId, proposal.explanation)
      this.#listener.placed(task, assignment)
    }
    return committed
  }

  /** A batch is scored without patience: whom it would decline ends the batch. */
  #isDeclined(taskId: TaskId, workerId: WorkerId, now: Millis): boolean {
    const { patience, workers } = this.#view
    const task = this.#ledger.task(taskId)
    const worker = this.#ledger.worker(workerId)
    if (patience === undefined || task === undefined || worker === undefined) return false
    return patience.declines(task.spec, worker, workers, now) !== undefined
  }

  /** Something could fit that did not before. */
  #makeRoom(): void {
    if (this.#passedOver.size === 0) return
    this.#passedOver.clear()
    this.#patient.clear()
    this.#reconsiderAt = Number.POSITIVE_INFINITY
    for (const shape of this.#scoring) this.#passedOver.add(shape)
  }

  #place(task: TaskRecord, now: Millis, judgement?: Judgement): void {
    const { spec } = task
    let assignment: Assignment | undefined
    const commit = (workerId: WorkerId, devices?: ReadonlyArray<number>) => {
      const placed = this.#ledger.place(spec.id, workerId, now, devices)
      if (!placed.ok) return placed.refusal
      assignment = placed.value
      return undefined
    }
    const proposal = this.#placement.place(spec, this.#view, commit, now, judgement)
    this.#remember(spec.id, proposal.explanation)
    if (assignment !== undefined) return this.#listener.placed(task, assignment)
    if (proposal._tag === "Never" && this.#view.workers.length > 0) {
      return this.#listener.unschedulable(task, proposal.unmet)
    }
    if (this.#isStranded(task)) return this.#listener.stranded(task)
    this.#passOver(spec)
    if (proposal._tag === "Wait" && proposal.reconsiderAt !== undefined) {
      // It has a worker to come: nothing need be kept free for it.
      this.#patient.add(spec.requirements.shape)
      this.#reconsiderAt = Math.min(this.#reconsiderAt, proposal.reconsiderAt)
      return
    }
    this.#considerHold(task, now)
  }

  /** Whoever is sent ahead from now on must not take a slot that this one waits for: it is asked anew who may. */
  #passOver({ requirements }: TaskSpec): void {
    this.#passedOver.add(requirements.shape)
    this.#aheadLeft = 0
  }

  #isStranded({ spec }: TaskRecord): boolean {
    if (this.#lost.size === 0) return false
    return this.#view.workers.every(
      (worker) => this.#lost.has(worker.spec.id) || unmetEver(spec.requirements, worker.spec).length > 0
    )
  }

  /**
   * A task that has waited too long gets a worker kept free for it: smaller ones must not pass it by for ever (D8). One
   * that is to run alone gets it at once, since a busy worker with several slots is never empty by chance.
   */
  #considerHold(task: TaskRecord, now: Millis): void {
    if (!task.suspect && now - task.acceptedAt < this.#reserveAfter) return
    if (this.#view.workers.some(({ heldFor }) => heldFor !== undefined)) return
    const able = this.#view.workers.filter(
      (worker) => takesWork(worker.phase) && unmetEver(task.spec.requirements, worker.spec).length === 0
    )
    const [least] = able.toSorted((a, b) => a.slots / a.spec.limits.slots - b.slots / b.spec.limits.slots)
    if (least !== undefined) this.#ledger.hold(least.spec.id, task.spec.id, now)
  }

  #changed(workerId: WorkerId): void {
    this.#makeRoom()
    this.#reindex(workerId)
  }

  #reindex(workerId: WorkerId): void {
    const worker = this.#ledger.worker(workerId)
    if (worker === undefined) this.#byLoad.removed(workerId)
    else this.#byLoad.changed(worker)
  }

  #runEnded(workerId: WorkerId): void {
    this.#reindex(workerId)
    const worker = this.#ledger.worker(workerId)
    if (worker !== undefined) this.#aheadTargets.ended(worker)
  }

  #remember(taskId: TaskId, explanation: Explanation): void {
    if (!this.#explanations.has(taskId)) this.#explained.add(taskId)
    this.#explanations.set(taskId, explanation)
  }
}
