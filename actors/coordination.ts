import { backoffDelay } from "../src/actor/index.ts"
import type { PerformanceBook } from "../src/adaptation/index.ts"
import type { RunCommand, WorkerExit, WorkerInfo } from "../src/execution/index.ts"
import {
  type Commit,
  isEmpty,
  type Ledger,
  type Legacy,
  type MigrationRecord,
  outranks,
  type TaskRecord,
  type ToStop,
  takesWork,
  unmetEver,
  type WorkerEnd
} from "../src/ledger/index.ts"
import {
  type Assignment,
  Cancelled,
  defaultRetryBackoff,
  type Epoch,
  type ErrorData,
  endsTask,
  InvalidPayload,
  type LedgerEvent,
  type Millis,
  type Problem,
  QueueFull,
  ShuttingDown,
  type TaskError,
  TaskFailed,
  type TaskId,
  type Unmet,
  Unschedulable,
  type WorkerId,
  type WorkerSpec
} from "../src/model/index.ts"
import { Patience, type Placement, type ScoreRunner } from "../src/placement/index.ts"
import { Aheads } from "./aheads.ts"
import { Dispatch, type DispatchListener } from "./dispatch.ts"
import type { EventBus } from "./event-bus.ts"
import { Intake, type Submission } from "./intake.ts"
import type { OutputGate } from "./output-gate.ts"
import type { RunRecord } from "./run-record.ts"
import { Shedding } from "./shedding.ts"
import type { Transfer } from "./transfer.ts"
import type { Vitals } from "./vitals.ts"
import { endsRun, type NodeRef, type RunOrder, type RunReport } from "./worker-node.ts"

/** Where a worker runs: its actor, and which of its threads has told that it is ready. */
export interface Node {
  readonly node: NodeRef
  readonly thread: number
}

/** The end of a worker that none of its tasks is to blame for. */
const noFault: WorkerEnd = { reason: "terminated", culprits: [] }

export interface CoordinationOptions {
  readonly ledger: Ledger
  readonly placement: Placement
  readonly performance: PerformanceBook
  readonly runs: RunRecord
  readonly health: Vitals
  readonly bus: EventBus
  readonly runner: ScoreRunner
  /** Has the coordinator call back on a turn of its own. */
  readonly onTurn: (resume: (now: Millis) => void) => void
  readonly maxQueue: number
  /** The load from which less urgent waiting tasks are shed for more urgent ones; infinite where none ever is. */
  readonly sheddingFrom: number
  /** How long a waiting task, or submission, takes to rise by one priority. */
  readonly ageing: Millis
  readonly reserveAfter: Millis
  readonly retain: number
  /** What is kept of tasks beyond this process; absent where nothing is. */
  readonly durable?: Pick<OutputGate, "problemIn" | "isBehind">
  /** A task that is not accepted. */
  readonly refuse: (taskId: TaskId, error: TaskError) => void
}

/**
 * What the coordinator knows and does. It outlives the actor around it: should that fail and be restarted, nothing
 * here is lost. `now` is an argument throughout, in milliseconds of the system's monotonic clock.
 */
export class Coordination implements DispatchListener {
  readonly ledger: Ledger
  readonly dispatch: Dispatch
  readonly #options: CoordinationOptions
  readonly #aheads = new Aheads()
  readonly #durable: CoordinationOptions["durable"]
  readonly #nodes = new Map<WorkerId, Node>()
  /** Runs placed in the turn in hand: those of one worker travel together. */
  readonly #outgoing = new Map<WorkerId, Array<RunOrder>>()
  /** What is to be moved with a payload when its task is placed. */
  readonly #transfers = new Map<TaskId, Transfer>()
  /** Tasks whose payload was moved: it cannot be sent again. */
  readonly #handedOver = new Set<TaskId>()
  /** Submissions that wait for room in the queue, in order. */
  readonly #intake: Intake
  readonly #shedding: Shedding
  /** Workers that take no more work, and who waits until they have none. */
  readonly #draining = new Map<WorkerId, Array<() => void>>()
  readonly #givenUp = new Set<WorkerId>()
  /** What each worker's thread ended with last. */
  readonly #exitCodes = new Map<WorkerId, number>()
  #closing = false
  #handlers: ReadonlyArray<string> = []

  constructor(options: CoordinationOptions) {
    this.#options = options
    this.#durable = options.durable
    this.ledger = options.ledger
    this.#intake = new Intake(options.ageing)
    this.#shedding = new Shedding(options.ledger, options.maxQueue, options.sheddingFrom)
    const { ledger, placement, performance, runs, health, reserveAfter, retain, runner } = options
    const patience = new Patience({
      times: performance.times,
      waiting: () => ledger.waitingWork,
      task: (taskId) => ledger.task(taskId),
      busy: (workerId) => runs.busy(workerId)
    })
    this.dispatch = new Dispatch({
      ledger,
      placement,
      view: { performance, health, patience },
      aheads: this.#aheads,
      listener: this,
      runner,
      reserveAfter,
      retain
    })
  }

  /** The handlers that workers have loaded. */
  get handlers(): ReadonlyArray<string> {
    return this.#handlers
  }

  get intake(): number {
    return this.#intake.size
  }

  /** Whether it waits for room in the queue. */
  waitsOutside(taskId: TaskId): boolean {
    return this.#intake.has(taskId)
  }

  readonly onEvent = (event: LedgerEvent, task: TaskRecord | undefined): void => {
    this.dispatch.onEvent(event, task)
    const { _tag } = event
    if (_tag === "TaskAccepted" || _tag === "TaskRequeued") return this.#shedding.waits(task)
    if (_tag === "WorkerPhaseChanged" || _tag === "WorkerAdded" || _tag === "WorkerRemoved") {
      return this.#shedding.workersChanged()
    }
    if (!endsTask(event)) return
    this.#transfers.delete(event.taskId)
    this.#handedOver.delete(event.taskId)
  }

  // Tasks

  /** One that fails takes no other with it; the first failure is thrown once all have been dealt with. */
  submitAll(submissions: ReadonlyArray<Submission>, now: Millis): void {
    const failures: Array<unknown> = []
    for (const submission of submissions) {
      try {
        this.submit(submission, now)
      } catch (cause) {
        this.lost(submission, cause)
        failures.push(cause)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  submit(submission: Submission, now: Millis): void {
    const { id } = submission.spec
    if (this.#closing) return this.#options.refuse(id, new ShuttingDown({ taskId: id }))
    const problem = this.#durable?.problemIn(submission.spec.payload, "payload")
    if (problem !== undefined) {
      return this.#options.refuse(id, new InvalidPayload({ taskId: id, problems: [problem] }))
    }
    // Where the journal is behind, a place in the queue is not what is wanting.
    const mayPush = this.#durable?.isBehind !== true && this.#shedding.isOverloaded
    if (mayPush && this.#pushIn(submission, now)) return
    const full = this.#intake.size > 0 || this.#isFull
    if (!full) return this.#accept(submission, now)
    if (submission.wait) this.#intake.add(submission, now)
    else this.#options.refuse(id, new QueueFull({ taskId: id, limit: this.#options.maxQueue }))
  }

  /** The turn that was to take it in has failed: whoever waits for it is told, unless it was taken in after all. */
  lost({ spec }: Submission, cause: unknown): void {
    const { id: taskId, type } = spec
    if (this.ledger.task(taskId) !== undefined || this.#intake.has(taskId)) return
    this.#options.refuse(taskId, new TaskFailed({ taskId, type, attempts: 0, cause }))
  }

  /** Takes over what earlier runs have left. What has run out of time meanwhile ends before anything is placed. */
  restore(legacy: Legacy, restored: (tasks: Iterable<TaskRecord>) => void, now: Millis): void {
    this.ledger.restore(legacy, now)
    restored(this.ledger.tasks.values())
    this.due(now)
  }

  cancel(taskId: TaskId, reason: string, now: Millis): void {
    if (this.#intake.remove(taskId)) return this.#options.refuse(taskId, new Cancelled({ taskId, reason }))
    const cancelled = this.ledger.cancel(taskId, reason, now)
    if (cancelled.ok && cancelled.value !== undefined) this.#stop(cancelled.value, reason)
  }

  /** The next time at which `due` would do something. */
  nextDue(): Millis | undefined {
    const { reconsiderAt } = this.dispatch
    const { due: lookAt } = this.#aheads
    const due = Math.min(this.ledger.nextDue() ?? Number.POSITIVE_INFINITY, this.#intake.due, reconsiderAt, lookAt)
    return due === Number.POSITIVE_INFINITY ? undefined : due
  }

  /** Everything whose time has come: expiries, retries. */
  due(now: Millis): void {
    for (const expired of this.#intake.expire(now)) this.#options.refuse(expired.taskId, expired)
    for (const toStop of this.ledger.expire(now)) this.#stop(toStop, "its time has run out")
    this.ledger.due(now)
    this.dispatch.due(now)
    this.#recallStuck(now)
  }

  /** After whatever happened: takes in what waits outside, places what can be placed. */
  settle(now: Millis): void {
    this.dispatch.pass(now)
    while (this.#intake.size > 0 && !this.#isFull) this.#takeFromOutside(now)
    for (const [workerId, orders] of this.#outgoing) this.#send(workerId, orders)
    this.#outgoing.clear()
    if (this.#aheads.any && this.dispatch.hasFreeSlot) this.#aheads.hurry(now)
    for (const [workerId, waiting] of this.#draining) {
      const worker = this.ledger.worker(workerId)
      if (waiting.length === 0 || (worker !== undefined && !isEmpty(worker))) continue
      for (const onEmpty of waiting.splice(0)) onEmpty()
    }
  }

  /** No more is taken in; what waits outside is turned away. */
  close(): void {
    this.#closing = true
    for (const taskId of this.#intake.takeAll()) this.#options.refuse(taskId, new ShuttingDown({ taskId }))
  }

  // Workers

  addWorker(spec: WorkerSpec, now: Millis): boolean {
    const added = this.ledger.addWorker(spec, now)
    if (added.ok) this.#options.runs.joined(added.value)
    return added.ok
  }

  nodeReady(workerId: WorkerId, node: Node, { bootMs, handlers }: WorkerInfo, now: Millis): void {
    // Its new thread has begun empty: what still stands here was lost with a message of the old one's end.
    const known = this.ledger.worker(workerId)
    if (known !== undefined && !isEmpty(known)) this.ledger.workerLost(workerId, noFault, "starting", now)
    this.#nodes.set(workerId, node)
    this.#handlers = handlers
    this.dispatch.regain(workerId)
    this.#options.bus.publish({ _tag: "WorkerReady", at: now, workerId, bootMs })
    const phase = this.ledger.worker(workerId)?.phase
    if (phase !== "starting" && phase !== "failed") return
    this.ledger.setPhase(workerId, this.#draining.has(workerId) ? "draining" : "up", now)
  }

  /** Its thread is being ended: a task placed there now would only be started again elsewhere. */
  nodeClosing(workerId: WorkerId, now: Millis): void {
    const phase = this.ledger.worker(workerId)?.phase
    if (phase !== undefined && takesWork(phase)) this.ledger.setPhase(workerId, "starting", now)
  }

  nodeGone(workerId: WorkerId, exit: WorkerExit, now: Millis): void {
    this.#nodes.delete(workerId)
    const lost = this.ledger.workerLost(workerId, exit, "starting", now)
    if (!lost.ok) return
    if (exit.code !== undefined) this.#exitCodes.set(workerId, exit.code)
    const { requeued } = lost.value
    this.#options.bus.publish({
      _tag: "WorkerExited",
      at: now,
      workerId,
      reason: exit.reason,
      failedOver: requeued,
      ...(exit.error !== undefined && { error: exit.error })
    })
  }

  /** The worker's supervisor has given up on it; kept until a turn has dealt with it. */
  giveUpOn(workerId: WorkerId): void {
    this.#givenUp.add(workerId)
  }

  /** After a restart of the coordinator: what no node can tell again. */
  recover(now: Millis): void {
    for (const workerId of this.#givenUp) this.workerFailed(workerId, now)
    this.due(now)
  }

  /** Its supervisor has given up on it: what only it could run fails. */
  workerFailed(workerId: WorkerId, now: Millis): void {
    this.#nodes.delete(workerId)
    this.ledger.workerLost(workerId, noFault, "failed", now)
    this.dispatch.lose(workerId)
    this.#givenUp.delete(workerId)
  }

  /** Gives the worker no more work; `onEmpty` once it has none. */
  drain(workerId: WorkerId, onEmpty: () => void, now: Millis): void {
    const phase = this.ledger.worker(workerId)?.phase
    // One that is gone, or was given up on, has nothing left to do.
    if (phase === undefined || phase === "failed") return onEmpty()
    this.ledger.setPhase(workerId, "draining", now)
    const waiting = this.#draining.get(workerId)
    if (waiting === undefined) this.#draining.set(workerId, [onEmpty])
    else waiting.push(onEmpty)
  }

  removeWorker(workerId: WorkerId, now: Millis): boolean {
    const removed = this.ledger.removeWorker(workerId, now)
    if (!removed.ok) return false
    this.#nodes.delete(workerId)
    this.#draining.delete(workerId)
    this.#exitCodes.delete(workerId)
    this.#options.performance.forget(workerId)
    this.#options.health.reset(workerId)
    return true
  }

  /** The latest run given to anybody: what a node says when asked now is no news about later ones. */
  get latestEpoch(): Epoch {
    return this.ledger.state.epoch
  }

  /** After a restart of the coordinator: runs the ledger knows and the worker does not have were lost on the way. */
  reconcile(workerId: WorkerId, epochs: ReadonlySet<Epoch>, latest: Epoch, now: Millis): void {
    for (const { taskId, epoch } of [...(this.ledger.worker(workerId)?.running.values() ?? [])]) {
      if (epoch > latest || epochs.has(epoch)) continue
      this.ledger.requeue(taskId, epoch, "worker-lost", now)
    }
    for (const epoch of [...(this.ledger.worker(workerId)?.stopping.keys() ?? [])]) {
      if (epoch <= latest && !epochs.has(epoch)) this.ledger.released(workerId, epoch, now)
    }
  }

  get nodes(): ReadonlyMap<WorkerId, Node> {
    return this.#nodes
  }

  // Migration (D6, G6)

  migrate(taskId: TaskId, epoch: Epoch, target: WorkerId, now: Millis): Commit<MigrationRecord> {
    const offered = this.ledger.offerMigration(taskId, epoch, target, now)
    if (offered.ok) this.#nodeOf(offered.value.source)?.node.tell("YieldAt", { epoch })
    return offered
  }

  abandonMigration(migrationId: number, reason: string, now: Millis): void {
    this.ledger.abortMigration(migrationId, reason, now)
  }

  /** A worker that is busy with something longer than was expected gives back what it was sent ahead. */
  #recallStuck(now: Millis): void {
    for (const workerId of this.#aheads.stuck(now, this.dispatch.hasFreeSlot)) {
      const epochs = (this.ledger.worker(workerId)?.ahead ?? []).flatMap(({ assignment }) => assignment?.epoch ?? [])
      if (epochs.length > 0) this.#nodeOf(workerId)?.node.tell("Recall", { epochs })
    }
  }

  // Runs

  reports(workerId: WorkerId, batch: ReadonlyArray<RunReport>, now: Millis): void {
    const worker = this.ledger.worker(workerId)
    if (worker === undefined) return
    for (const report of batch) {
      const run = worker.running.get(report.epoch)
      if (run !== undefined) this.#report(workerId, run.taskId, report, now)
      // Its task has ended meanwhile: cancelled, expired. The worker is free of it now.
      else if (endsRun(report)) this.ledger.released(workerId, report.epoch, now)
    }
    this.#aheads.heard(worker, now)
  }

  #report(workerId: WorkerId, taskId: TaskId, report: RunReport, now: Millis): void {
    const { epoch } = report
    const { bus } = this.#options
    switch (report._tag) {
      case "Checkpointed":
        this.ledger.checkpoint(taskId, epoch, report.state, now)
        return
      case "Progress": {
        const { fraction, note } = report
        return bus.publish({ _tag: "TaskProgressed", at: now, taskId, fraction, ...(note !== undefined && { note }) })
      }
      case "Log": {
        const { level, message, fields } = report
        return bus.publish({ _tag: "TaskLogged", at: now, taskId, level, message, fields })
      }
      default:
        this.#endRun(workerId, taskId, report, now)
    }
  }

  #endRun(workerId: WorkerId, taskId: TaskId, report: RunReport, now: Millis): void {
    const { epoch } = report
    const task = this.ledger.task(taskId)
    if (task === undefined) return
    const { retries, retryBackoff = defaultRetryBackoff } = task.spec
    const delay = retries > task.failures ? backoffDelay(retryBackoff, task.failures + 1, this.#random()) : 0
    const { runs } = this.#options
    switch (report._tag) {
      case "Completed": {
        const problem = this.#durable?.problemIn(report.value, "result")
        if (problem !== undefined) return this.#unwritable(taskId, epoch, problem, now)
        runs.completed(task, workerId, report.ms, now)
        this.ledger.complete(taskId, epoch, report.value, now)
        return
      }
      case "Failed":
        runs.failed(task, workerId, report.ms, now)
        this.ledger.fail(
          taskId,
          epoch,
          { reason: "error", error: report.error, final: this.#handedOver.has(taskId) },
          delay,
          now
        )
        return
      case "TimedOut":
        runs.failed(task, workerId, task.spec.timeout ?? 0, now)
        this.ledger.fail(
          taskId,
          epoch,
          { reason: "timeout", error: timeoutError, final: this.#handedOver.has(taskId) },
          delay,
          now
        )
        return
      case "Rejected": {
        const error: ErrorData = { name: "InvalidPayload", message: "", fields: { problems: report.problems } }
        this.ledger.fail(taskId, epoch, { reason: "invalid-payload", error, final: true }, 0, now)
        return
      }
      case "UnknownHandler": {
        const error: ErrorData = { name: "UnknownHandler", message: "", fields: { known: report.known } }
        this.ledger.fail(taskId, epoch, { reason: "unknown-handler", error, final: true }, 0, now)
        return
      }
      case "Yielded":
        return this.#yielded(task, epoch, report.state, now)
      case "Recalled":
        this.ledger.requeue(taskId, epoch, "recalled", now)
        return
      case "Stopped":
        // Nobody cancelled the task: its run was stopped for the worker's sake, and it goes on elsewhere.
        this.ledger.requeue(taskId, epoch, "worker-drained", now)
        return
    }
  }

  /** The source has let go. With its migration still on, the task goes on at the target; otherwise from the queue. */
  #yielded({ spec, migration }: TaskRecord, epoch: Epoch, state: unknown, now: Millis): void {
    if (migration === undefined) {
      if (state !== undefined) this.ledger.checkpoint(spec.id, epoch, state, now)
      this.ledger.requeue(spec.id, epoch, "yielded", now)
      return
    }
    this.ledger.releaseMigration(migration.id, state, now)
    const moved = this.ledger.commitMigration(migration.id, now)
    const task = this.ledger.task(spec.id)
    if (moved.ok && task !== undefined) this.placed(task, moved.value)
  }

  // What dispatch found

  placed(task: TaskRecord, { taskId, workerId, epoch, attempt }: Assignment): void {
    const { type, payload, timeout } = task.spec
    if (this.#handedOver.has(taskId)) return this.#beyondRecovery(taskId, epoch)
    const command: RunCommand = { epoch, taskId, type, payload, attempt, state: task.state }
    const ahead = task.reservation?.ahead === true
    if (ahead) this.#aheads.sent(workerId, this.#now)
    const transfer = this.#transfers.size === 0 ? undefined : this.#transfers.get(taskId)
    if (transfer !== undefined) {
      // What is moved to a worker is gone from here: such a payload travels once.
      this.#transfers.delete(taskId)
      this.#handedOver.add(taskId)
    }
    const order = { command: ahead ? { ...command, ahead } : command, timeout, transfer }
    const orders = this.#outgoing.get(workerId)
    if (orders === undefined) this.#outgoing.set(workerId, [order])
    else orders.push(order)
  }

  #send(workerId: WorkerId, orders: ReadonlyArray<RunOrder>): void {
    const at = this.#nodes.get(workerId)
    at?.node.tell("Run", { thread: at.thread, orders })
  }

  /** The node, once it has been told of every run that was placed there so far. */
  #nodeOf(workerId: WorkerId): Node | undefined {
    const orders = this.#outgoing.get(workerId)
    this.#outgoing.delete(workerId)
    if (orders !== undefined) this.#send(workerId, orders)
    return this.#nodes.get(workerId)
  }

  /** Its payload went down with the worker it was moved to. */
  #beyondRecovery(taskId: TaskId, epoch: Epoch): void {
    const message = "its payload was moved to a worker that is lost"
    const error: ErrorData = { name: "WorkerLost", message, fields: { workerId: "it was moved to" } }
    this.ledger.fail(taskId, epoch, { reason: "worker-lost", error, final: true }, 0, this.#now)
  }

  unschedulable({ spec }: TaskRecord, unmet: ReadonlyArray<Unmet>): void {
    const { message } = new Unschedulable({ taskId: spec.id, unmet })
    this.ledger.giveUp(spec.id, "unschedulable", { name: "Unschedulable", message, fields: { unmet } }, this.#now)
  }

  scored(resume: (now: Millis) => void): void {
    this.#options.onTurn(resume)
  }

  stranded({ spec }: TaskRecord): void {
    const able = [...this.ledger.workers.values()].filter(
      (worker) => unmetEver(spec.requirements, worker.spec).length === 0
    )
    const workerId = able.map((worker) => worker.spec.id).join(", ")
    const exitCode = able.map((worker) => this.#exitCodes.get(worker.spec.id)).findLast((code) => code !== undefined)
    const fields = { workerId, ...(exitCode !== undefined && { exitCode }) }
    const error: ErrorData = { name: "WorkerLost", message: `worker ${workerId} is lost`, fields }
    this.ledger.giveUp(spec.id, "worker-lost", error, this.#now)
  }

  // Within

  /** The time and the chance of the turn in hand; the actor sets them before each. */
  turn(now: Millis, random: () => number): void {
    // Left by a turn that failed: the nodes are asked what they have, and these are not among it.
    this.#outgoing.clear()
    this.#now = now
    this.#random = random
  }
  #now: Millis = 0
  #random: () => number = () => 0.5

  /** The submission takes the place of a less urgent one that waits; those outside that are as urgent do so first. */
  #pushIn(submission: Submission, now: Millis): boolean {
    for (let first = this.#intake.mostUrgent; first !== undefined; first = this.#intake.mostUrgent) {
      if (outranks(submission.spec.priority, first.spec.priority) || !this.#makeRoomFor(first, now)) break
      this.#takeIn(this.#intake.takeMostUrgent(now), now)
    }
    if (!this.#makeRoomFor(submission, now)) return false
    this.#accept(submission, now)
    return true
  }

  #makeRoomFor({ spec: { id: taskId, priority } }: Submission, now: Millis): boolean {
    const victim = this.#shedding.victimFor(priority)
    if (victim === undefined) return false
    return this.ledger.shed(victim.spec.id, this.#shedding.load, now, { taskId, priority }).ok
  }

  #takeFromOutside(now: Millis): void {
    this.#takeIn(this.#intake.take(now), now)
    this.dispatch.pass(now)
  }

  /** Whoever waits for one that came from outside is told where it cannot be taken in. */
  #takeIn(submission: Submission | undefined, now: Millis): void {
    if (submission === undefined) return
    try {
      this.#accept(submission, now)
    } catch (cause) {
      this.lost(submission, cause)
      throw cause
    }
  }

  /** As many wait as may, or the journal does not keep up. */
  get #isFull(): boolean {
    return this.ledger.queued >= this.#options.maxQueue || this.#durable?.isBehind === true
  }

  /** The result cannot be kept, so it is none. */
  #unwritable(taskId: TaskId, epoch: Epoch, problem: Problem, now: Millis): void {
    const error: ErrorData = { name: "InvalidPayload", message: "", fields: { problems: [problem] } }
    this.ledger.fail(taskId, epoch, { reason: "invalid-payload", error, final: true }, 0, now)
  }

  #accept({ spec, transfer, ticket }: Submission, now: Millis): void {
    if (transfer !== undefined) this.#transfers.set(spec.id, transfer)
    this.ledger.accept(spec, now, ticket)
  }

  #stop({ workerId, epoch }: ToStop, reason: string): void {
    this.#nodeOf(workerId)?.node.tell("Cancel", { epoch, reason })
  }
}

const timeoutError: ErrorData = { name: "TaskTimeout", message: "the run took longer than the task's timeout" }
