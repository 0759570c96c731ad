import { backoffDelay } from "../src/actor/index.ts"
import type { RunCommand } from "../src/execution/index.ts"
import type { Ledger, TaskRecord, ToStop } from "../src/ledger/index.ts"
import {
  type Assignment,
  defaultRetryBackoff,
  type Epoch,
  type ErrorData,
  endsTask,
  type LedgerEvent,
  type Millis,
  type Problem,
  type TaskId,
  type WorkerId
} from "../src/model/index.ts"
import { Aheads } from "./aheads.ts"
import type { EventBus } from "./event-bus.ts"
import { givenDevices } from "./given-devices.ts"
import type { Submission } from "./intake.ts"
import type { OutputGate } from "./output-gate.ts"
import type { RunRecord } from "./run-record.ts"
import type { Transfer } from "./transfer.ts"
import { endsRun, type NodeRef, type RunOrder, type RunReport } from "./worker-node.ts"

/** Where a worker runs: its actor, and which of its threads has told that it is ready. */
export interface Node {
  readonly node: NodeRef
  readonly thread: number
}

export interface RunTrafficOptions {
  readonly ledger: Ledger
  readonly runs: RunRecord
  readonly bus: EventBus
  /** What is kept of results beyond this process; absent where nothing is. */
  readonly durable?: Pick<OutputGate, "problemIn">
}

/** Between the ledger and the workers' actors: runs on their way there, what they report, and those to be stopped. */
export class RunTraffic {
  readonly aheads = new Aheads()
  readonly #options: RunTrafficOptions
  readonly #ledger: Ledger
  readonly #nodes = new Map<WorkerId, Node>()
  /** Runs placed in the turn in hand: those of one worker travel together. */
  readonly #outgoing = new Map<WorkerId, Array<RunOrder>>()
  /** What is to be moved with a payload when its task is placed. */
  readonly #transfers = new Map<TaskId, Transfer>()
  /** Tasks whose payload was moved: it cannot be sent again. */
  readonly #handedOver = new Set<TaskId>()

  constructor(options: RunTrafficOptions) {
    this.#options = options
    this.#ledger = options.ledger
  }

  get nodes(): ReadonlyMap<WorkerId, Node> {
    return this.#nodes
  }

  join(workerId: WorkerId, node: Node): void {
    this.#nodes.set(workerId, node)
  }

  leave(workerId: WorkerId): void {
    this.#nodes.delete(workerId)
  }

  readonly onEvent = (event: LedgerEvent): void => {
    if (this.#transfers.size + this.#handedOver.size === 0 || !endsTask(event)) return
    this.#transfers.delete(event.taskId)
    this.#handedOver.delete(event.taskId)
  }

  accepting({ spec, transfer }: Submission): void {
    if (transfer !== undefined) this.#transfers.set(spec.id, transfer)
  }

  /** Whether something is moved with its payload, or has been. */
  hasTransfer(taskId: TaskId): boolean {
    return this.#transfers.has(taskId) || this.#handedOver.has(taskId)
  }

  // To the workers

  /** A turn begins. What is left here is of one that failed: the nodes are asked what they have, and it is not among it. */
  begin(): void {
    this.#outgoing.clear()
  }

  /** The turn is over: the runs placed in it leave. */
  sendAll(): void {
    for (const [workerId, orders] of this.#outgoing) this.#send(workerId, orders)
    this.#outgoing.clear()
  }

  placed(task: TaskRecord, { taskId, workerId, epoch, attempt }: Assignment, now: Millis): void {
    const { type, payload, timeout, deadline } = task.spec
    if (this.#handedOver.has(taskId)) return this.#beyondRecovery(taskId, epoch, now)
    const { state, reservation } = task
    const ahead = reservation?.ahead === true
    if (ahead) this.aheads.sent(workerId, now)
    const timed = timeout !== undefined || deadline !== undefined
    const plain: RunCommand =
      ahead || timed
        ? { epoch, taskId, type, payload, attempt, state, ahead, timed }
        : { epoch, taskId, type, payload, attempt, state }
    const devices = this.#devicesOf(task, workerId)
    const command = devices === undefined ? plain : { ...plain, devices }
    const transfer = this.#transfers.size === 0 ? undefined : this.#toMove(taskId, workerId)
    if (transfer !== undefined) {
      // What is moved to a worker is gone from here: such a payload travels once.
      this.#transfers.delete(taskId)
      this.#handedOver.add(taskId)
    }
    const order = { command, timeout, transfer }
    const orders = this.#outgoing.get(workerId)
    if (orders === undefined) this.#outgoing.set(workerId, [order])
    else orders.push(order)
  }

  #devicesOf({ reservation }: TaskRecord, workerId: WorkerId): ReturnType<typeof givenDevices> | undefined {
    if (reservation === undefined || reservation.devices.length === 0) return undefined
    const worker = this.#ledger.worker(workerId)
    return worker && givenDevices(reservation, worker)
  }

  /** Nothing can be moved to a worker outside: what it is given stays here as well. */
  #toMove(taskId: TaskId, workerId: WorkerId): Transfer | undefined {
    return this.#ledger.worker(workerId)?.spec.isolation === "remote" ? undefined : this.#transfers.get(taskId)
  }

  stop({ workerId, epoch }: ToStop, reason: string): void {
    this.#nodeOf(workerId)?.node.tell("Cancel", { epoch, reason })
  }

  yieldAt(workerId: WorkerId, epoch: Epoch): void {
    this.#nodeOf(workerId)?.node.tell("YieldAt", { epoch })
  }

  /** A worker that is busy with something longer than was expected gives back what it was sent ahead. */
  recallStuck(now: Millis, besideIdle: boolean): void {
    for (const workerId of this.aheads.stuck(now, besideIdle)) this.recallAhead(workerId)
  }

  /** It gives back what it was sent ahead, as far as that has not begun. */
  recallAhead(workerId: WorkerId): void {
    const epochs = (this.#ledger.worker(workerId)?.ahead ?? []).flatMap(({ assignment }) => assignment?.epoch ?? [])
    if (epochs.length > 0) this.#nodeOf(workerId)?.node.tell("Recall", { epochs })
  }

  // From the workers

  reports(workerId: WorkerId, batch: ReadonlyArray<RunReport>, now: Millis, random: () => number): void {
    const worker = this.#ledger.worker(workerId)
    if (worker === undefined) return
    let gotOn = false
    for (const report of batch) {
      if (report._tag !== "Recalled" && endsRun(report)) gotOn = true
      const run = worker.running.get(report.epoch)
      if (run !== undefined) this.#report(workerId, run.taskId, report, now, random)
      // Its task has ended meanwhile: cancelled, expired. The worker is free of it now.
      else if (endsRun(report)) this.#ledger.released(workerId, report.epoch, now)
    }
    if (gotOn) this.aheads.gotOn(worker, now)
  }

  /** After a restart of the coordinator: runs the ledger knows and the worker does not have were lost on the way. */
  reconcile(workerId: WorkerId, epochs: ReadonlySet<Epoch>, latest: Epoch, now: Millis): void {
    for (const { taskId, epoch } of [...(this.#ledger.worker(workerId)?.running.values() ?? [])]) {
      if (epoch > latest || epochs.has(epoch) || this.#isExternal(taskId)) continue
      this.#ledger.requeue(taskId, epoch, "worker-lost", now)
    }
    for (const epoch of [...(this.#ledger.worker(workerId)?.stopping.keys() ?? [])]) {
      if (epoch <= latest && !epochs.has(epoch)) this.#ledger.released(workerId, epoch, now)
    }
  }

  /** Whether it was never sent to the worker. */
  #isExternal(taskId: TaskId): boolean {
    return this.#ledger.task(taskId)?.spec.requirements.demand.external === true
  }

  #report(workerId: WorkerId, taskId: TaskId, report: RunReport, now: Millis, random: () => number): void {
    const { bus } = this.#options
    switch (report._tag) {
      case "Checkpointed":
        this.#ledger.checkpoint(taskId, report.epoch, report.state, now)
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
        return this.#endRun(workerId, taskId, report, now, random)
    }
  }

  #endRun(workerId: WorkerId, taskId: TaskId, report: RunReport, now: Millis, random: () => number): void {
    const { epoch } = report
    const task = this.#ledger.task(taskId)
    if (task === undefined) return
    const { retries, retryBackoff = defaultRetryBackoff, timeout = 0 } = task.spec
    const delay = retries > task.failures ? backoffDelay(retryBackoff, task.failures + 1, random()) : 0
    // A payload that was moved cannot be sent again.
    const final = this.#handedOver.has(taskId)
    const { runs, durable } = this.#options
    switch (report._tag) {
      case "Completed": {
        const problem = durable?.problemIn(report.value, "result")
        if (problem !== undefined) return this.#invalid(taskId, epoch, [problem], now)
        runs.completed(task, workerId, report.ms, now)
        this.#ledger.complete(taskId, epoch, report.value, now)
        return
      }
      case "Failed":
        runs.failed(task, workerId, report.ms, now)
        this.#ledger.fail(taskId, epoch, { reason: "error", error: report.error, final }, delay, now)
        return
      case "TimedOut":
        runs.failed(task, workerId, timeout, now)
        this.#ledger.fail(taskId, epoch, { reason: "timeout", error: timeoutError, final }, delay, now)
        return
      case "Rejected":
        return this.#invalid(taskId, epoch, report.problems, now)
      case "UnknownHandler": {
        const error: ErrorData = { name: "UnknownHandler", message: "", fields: { known: report.known } }
        this.#ledger.fail(taskId, epoch, { reason: "unknown-handler", error, final: true }, 0, now)
        return
      }
      case "Yielded":
        return this.#yielded(task, epoch, report.state, now)
      case "Recalled":
        this.#ledger.requeue(taskId, epoch, "recalled", now)
        return
      case "Stopped":
        // Nobody cancelled the task: its run was stopped for the worker's sake, and it goes on elsewhere.
        this.#ledger.requeue(taskId, epoch, "worker-drained", now)
        return
    }
  }

  /** Payload, result or state cannot cross, or the result cannot be kept. */
  #invalid(taskId: TaskId, epoch: Epoch, problems: ReadonlyArray<Problem>, now: Millis): void {
    const error: ErrorData = { name: "InvalidPayload", message: "", fields: { problems } }
    this.#ledger.fail(taskId, epoch, { reason: "invalid-payload", error, final: true }, 0, now)
  }

  /** The source has let go. With its migration still on, the task goes on at the target; otherwise from the queue. */
  #yielded({ spec, migration }: TaskRecord, epoch: Epoch, state: unknown, now: Millis): void {
    if (migration === undefined) {
      if (state !== undefined) this.#ledger.checkpoint(spec.id, epoch, state, now)
      this.#ledger.requeue(spec.id, epoch, "yielded", now)
      return
    }
    this.#ledger.releaseMigration(migration.id, state, now)
    const moved = this.#ledger.commitMigration(migration.id, now)
    const task = this.#ledger.task(spec.id)
    if (moved.ok && task !== undefined) this.placed(task, moved.value, now)
  }

  /** Its payload went down with the worker it was moved to. */
  #beyondRecovery(taskId: TaskId, epoch: Epoch, now: Millis): void {
    const message = "its payload was moved to a worker that is lost"
    const error: ErrorData = { name: "WorkerLost", message, fields: { workerId: "it was moved to" } }
    this.#ledger.fail(taskId, epoch, { reason: "worker-lost", error, final: true }, 0, now)
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
}

const timeoutError: ErrorData = { name: "TaskTimeout", message: "the run took longer than the task's timeout" }
