import { migrationMemoryDefaults, type PerformanceBook } from "../src/adaptation/index.ts"
import type { WorkerExit, WorkerInfo } from "../src/execution/index.ts"
import {
  type Commit,
  isEmpty,
  type Legacy,
  type Loss,
  type MigrationRecord,
  type TaskRecord,
  type ToStop,
  takesWork,
  unmetEver,
  type WorkerEnd,
  type WorkerRecord
} from "../src/ledger/index.ts"
import {
  type Assignment,
  Cancelled,
  type Epoch,
  type ErrorData,
  type ForecastView,
  type LedgerEvent,
  type Millis,
  type PhaseEvent,
  type ProfilesView,
  type TaskId,
  type Unmet,
  Unschedulable,
  type WeightView,
  type WorkerId,
  type WorkerSpec
} from "../src/model/index.ts"
import { Inflow, Patience, type Placement, type ScoreRunner } from "../src/placement/index.ts"
import type { Vitals } from "./adaptation/index.ts"
import { Admission, type AdmissionOptions } from "./admission.ts"
import { Dispatch, type DispatchListener, type RequeueOptions } from "./dispatch/index.ts"
import { ExternalRuns } from "./external-runs.ts"
import { Handovers } from "./handovers.ts"
import type { Submission } from "./intake.ts"
import { type Node, RunTraffic, type RunTrafficOptions } from "./run-traffic.ts"
import { WaitOutlook } from "./wait-outlook.ts"
import type { RunReport } from "./worker-node.ts"

/** With which a worker begins to take work that took none before: a new thread, or one that may not be what it was. */
const begins: ReadonlySet<PhaseEvent> = new Set(["ready", "return", "resume"])

/** The end of a worker that none of its tasks is to blame for. */
const noFault: WorkerEnd = { reason: "terminated", culprits: [] }

export interface CoordinationOptions
  extends Omit<AdmissionOptions, "accepting" | "waits" | "durable">,
    RunTrafficOptions {
  readonly placement: Placement
  readonly performance: PerformanceBook
  readonly profiles?: ProfilesView
  readonly forecast?: ForecastView
  /** Which of the workers that rest is best woken: the one that is worth most. Left out: the first. */
  readonly worthOf?: (worker: WorkerRecord) => number
  readonly weights?: WeightView
  readonly health: Vitals
  readonly runner: ScoreRunner
  /** Has the coordinator call back on a turn of its own. */
  readonly onTurn: (resume: (now: Millis) => void) => void
  readonly reserveAfter: Millis
  readonly backfill: boolean
  readonly requeue: RequeueOptions
  readonly retain: number
  /** How long a task may take to let go once it is to move. Default 60 s. */
  readonly handoverTimeout?: Millis
  /** How many slots one may take at first that begins to take work now; `undefined`: all of them. Default: all. */
  readonly slowStart?: (worker: WorkerRecord, now: Millis) => number | undefined
  /** What is kept of tasks beyond this process; absent where nothing is. */
  readonly durable?: NonNullable<AdmissionOptions["durable"]>
}

/**
 * What the coordinator knows and does. It outlives the actor around it: should that fail and be restarted, nothing
 * here is lost. `now` is an argument throughout, in milliseconds of the system's monotonic clock.
 */
export class Coordination implements DispatchListener {
  readonly ledger: AdmissionOptions["ledger"]
  readonly dispatch: Dispatch
  /** How long tasks wait. */
  readonly waits: WaitOutlook
  readonly #options: CoordinationOptions
  readonly #admission: Admission
  readonly #traffic: RunTraffic
  /** Workers that take no more work, and who waits until they have none. */
  readonly #draining = new Map<WorkerId, Array<() => void>>()
  readonly #givenUp = new Set<WorkerId>()
  /** What each worker's thread ended with last. */
  readonly #exitCodes = new Map<WorkerId, number>()
  readonly #inflow = new Inflow()
  readonly #handovers: Handovers
  /** Runs that are in the hands of those who selected a worker for them. */
  readonly #external: ExternalRuns
  #handlers: ReadonlyArray<string> = []
  #isHalted = false

  constructor(options: CoordinationOptions) {
    this.#options = options
    this.ledger = options.ledger
    this.#traffic = new RunTraffic(options)
    this.#handovers = new Handovers(options.ledger, options.handoverTimeout ?? migrationMemoryDefaults.timeout)
    this.#external = new ExternalRuns(options.ledger, options.runs)
    const { times } = options.performance
    this.waits = new WaitOutlook({ ledger: options.ledger, runs: options.runs, meanWork: () => times.meanWorkMs })
    this.#admission = new Admission({
      ...options,
      waits: this.waits,
      accepting: (submission) => this.#traffic.accepting(submission)
    })
    const {
      ledger,
      placement,
      performance,
      profiles,
      forecast,
      weights,
      runs,
      health,
      reserveAfter,
      backfill,
      requeue,
      retain,
      runner
    } = options
    const patience = new Patience({
      times: performance.times,
      waiting: () => ledger.waitingWork,
      inflow: (now) => this.#inflow.rate(now, performance.times.meanWorkMs),
      task: (taskId) => ledger.task(taskId),
      busy: (workerId) => runs.busy(workerId)
    })
    this.dispatch = new Dispatch({
      ledger,
      placement,
      view: {
        performance,
        health,
        patience,
        times: performance.times,
        ...(profiles !== undefined && { profiles }),
        ...(forecast !== undefined && { forecast }),
        ...(weights !== undefined && { weights })
      },
      aheads: this.#traffic.aheads,
      listener: this,
      runner,
      reserveAfter,
      backfill,
      requeue,
      retain,
      ...(options.worthOf !== undefined && { worthOf: options.worthOf })
    })
    runs.teach(({ spec, acceptedAt }, workerId, { ms, ok }, now) =>
      this.dispatch.ended({ task: spec, workerId, ms, ok, acceptedAt }, now)
    )
  }

  /** The handlers that workers have loaded. */
  get handlers(): ReadonlyArray<string> {
    return this.#handlers
  }

  get intake(): number {
    return this.#admission.outside
  }

  /** Whether it waits for room in the queue. */
  waitsOutside(taskId: TaskId): boolean {
    return this.#admission.waitsOutside(taskId)
  }

  readonly onEvent = (event: LedgerEvent, task: TaskRecord | undefined): void => {
    if (event._tag === "TaskAccepted") this.#inflow.accepted(event.at, event.task.expectedDuration)
    this.dispatch.onEvent(event, task)
    this.waits.onEvent(event, task)
    this.#admission.onEvent(event, task)
    this.#traffic.onEvent(event)
    this.#external.onEvent(event, task)
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
    this.#admission.submit(submission, now)
  }

  /** The turn that was to take it in has failed: whoever waits for it is told, unless it was taken in after all. */
  lost(submission: Submission, cause: unknown): void {
    this.#admission.lost(submission, cause)
  }

  /** Takes over what earlier runs have left. What has run out of time meanwhile ends before anything is placed. */
  restore(legacy: Legacy, restored: (tasks: Iterable<TaskRecord>) => void, now: Millis): void {
    this.ledger.restore(legacy, now)
    this.#external.restored(now)
    restored(this.ledger.tasks.values())
    this.due(now)
  }

  cancel(taskId: TaskId, reason: string, now: Millis): void {
    if (this.#admission.withdraw(taskId, new Cancelled({ taskId, reason }))) return
    const cancelled = this.ledger.cancel(taskId, reason, now)
    if (cancelled.ok && cancelled.value !== undefined) this.#stop(cancelled.value, reason, now)
  }

  #stop(toStop: ToStop, reason: string, now: Millis): void {
    if (!this.#external.released(toStop, now)) this.#traffic.stop(toStop, reason)
  }

  /** Whoever selected a worker for a task has run it there. `false`: that run is not current any more. */
  completeExternal(epoch: Epoch, run: { readonly ok: boolean; readonly ms: Millis }, now: Millis): boolean {
    return this.#external.complete(epoch, run, now)
  }

  /** The next time at which `due` would do something. */
  nextDue(): Millis | undefined {
    const never = Number.POSITIVE_INFINITY
    const due = Math.min(
      this.ledger.nextDue() ?? never,
      this.#admission.due,
      this.dispatch.nextDue,
      this.#handovers.due,
      this.#traffic.aheads.due
    )
    return due === never ? undefined : due
  }

  /** Everything whose time has come: expiries, retries. */
  due(now: Millis): void {
    this.#admission.expire(now)
    for (const toStop of this.ledger.expire(now)) this.#stop(toStop, "its time has run out", now)
    this.#handovers.callOff(now)
    this.ledger.due(now)
    this.dispatch.due(now)
    this.#traffic.recallStuck(now, this.dispatch.hasFreeSlot)
  }

  /** After whatever happened: takes in what waits outside, places what can be placed. */
  settle(now: Millis): void {
    if (!this.#isHalted) this.#begin(now)
    for (const [workerId, waiting] of this.#draining) {
      const worker = this.ledger.worker(workerId)
      if (waiting.length === 0 || (worker !== undefined && !isEmpty(worker))) continue
      for (const onEmpty of waiting.splice(0)) onEmpty()
    }
  }

  #begin(now: Millis): void {
    this.dispatch.pass(now)
    while (this.#admission.takeFromOutside(now)) this.dispatch.pass(now)
    this.#traffic.sendAll()
    if (this.#traffic.aheads.any && this.dispatch.hasFreeSlot) this.#traffic.aheads.hurry(now)
  }

  /** Nothing is begun any more: workers are about to be ended, and what they lose is not to be started anew. */
  halt(): void {
    this.#isHalted = true
  }

  /** No more is taken in; what waits outside is turned away. */
  close(): void {
    this.#admission.close()
  }

  // Workers

  addWorker(spec: WorkerSpec, now: Millis): boolean {
    const added = this.ledger.addWorker(spec, now)
    if (added.ok) this.#options.runs.joined(added.value)
    return added.ok
  }

  /** Something has befallen the worker, or was decided of it. Refused where that means nothing in its phase. */
  changePhase(workerId: WorkerId, event: PhaseEvent, now: Millis): Commit<WorkerRecord> {
    const changed = this.ledger.changePhase(workerId, event, now)
    if (!changed.ok || changed.value.phase !== "up" || !begins.has(event)) return changed
    const slots = this.#options.slowStart?.(changed.value, now)
    if (slots === undefined) return changed
    // In this turn: nothing may be placed before.
    this.ledger.limitWorker(workerId, slots, now)
    return this.ledger.changePhase(workerId, "slow-start", now)
  }

  nodeReady(workerId: WorkerId, node: Node, { bootMs, handlers, benchmark }: WorkerInfo, now: Millis): void {
    // Its new thread has begun empty: what still stands here was lost with a message of the old one's end.
    const known = this.ledger.worker(workerId)
    if (known !== undefined && !isEmpty(known)) this.#lose(workerId, noFault, "starting", now)
    this.#traffic.join(workerId, node)
    // A worker that pulls has told nobody which it knows.
    if (handlers.length > 0) this.#handlers = handlers
    this.dispatch.regain(workerId)
    if (known !== undefined && benchmark !== undefined) this.#options.runs.measured(known, benchmark.speed)
    const speed = benchmark?.speed
    this.#options.bus.publish({ _tag: "WorkerReady", at: now, workerId, bootMs, ...(speed !== undefined && { speed }) })
    this.changePhase(workerId, "ready", now)
  }

  /** A worker that pulls asks for so many runs, beside those it has; `seen`: the latest of them. */
  nodeAsks(workerId: WorkerId, open: number, seen: number, now: Millis): void {
    this.ledger.asked(workerId, open, seen, now)
  }

  /** Its thread is being ended: a task placed there now would only be started again elsewhere. */
  nodeClosing(workerId: WorkerId, now: Millis): void {
    this.changePhase(workerId, "closing", now)
  }

  nodeGone(workerId: WorkerId, exit: WorkerExit, now: Millis): void {
    this.#traffic.leave(workerId)
    const lost = this.#lose(workerId, exit, "starting", now)
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

  /** It gets another chance: it will be started again. */
  revive(workerId: WorkerId, now: Millis): boolean {
    this.#givenUp.delete(workerId)
    const revived = this.changePhase(workerId, "revived", now)
    if (revived.ok) this.dispatch.regain(workerId)
    return revived.ok
  }

  /** After a restart of the coordinator: what no node can tell again. */
  recover(now: Millis): void {
    for (const workerId of this.#givenUp) this.workerFailed(workerId, now)
    for (const { id, phase, reservation } of [...this.ledger.migrations.values()]) {
      const target = this.ledger.worker(reservation.workerId)
      // Its source has let go and the turn that was to begin it has failed; or its target was lost in a turn that failed.
      if (phase === "offered" && target !== undefined && takesWork(target.phase)) continue
      this.ledger.abortMigration(id, "the coordinator failed during the move", now)
    }
    this.due(now)
  }

  /** Its supervisor has given up on it: what only it could run fails. */
  workerFailed(workerId: WorkerId, now: Millis): void {
    if (this.ledger.worker(workerId)?.spec.isolation === "remote") {
      // One from outside may come back as another.
      this.dismiss(workerId, now)
    } else {
      this.#traffic.leave(workerId)
      this.#lose(workerId, noFault, "failed", now)
      this.dispatch.lose(workerId)
    }
    // Not before it is done: should this turn fail, the next does it again.
    this.#givenUp.delete(workerId)
  }

  /** The worker is gone and forgotten; what it had goes on elsewhere. */
  dismiss(workerId: WorkerId, now: Millis): boolean {
    this.#lose(workerId, noFault, "failed", now)
    return this.removeWorker(workerId, now)
  }

  /** What it had goes on elsewhere, but for what somebody runs there by itself. */
  #lose(workerId: WorkerId, end: WorkerEnd, phase: "starting" | "failed", now: Millis): Commit<Loss> {
    const lost = this.ledger.workerLost(workerId, end, phase, now)
    if (lost.ok) this.#external.lost(lost.value.requeued, workerId, now)
    return lost
  }

  /** It may take so many slots from now on, of those it has. */
  limitWorker(workerId: WorkerId, slots: number, now: Millis): void {
    const limited = this.ledger.limitWorker(workerId, slots, now)
    // Its thread would begin what waits there as soon as fewer run than it has slots.
    if (limited.ok && limited.value.limit < limited.value.spec.limits.slots) this.#traffic.recallAhead(workerId)
  }

  /** Gives the worker no more work; `onEmpty` once it has none. */
  drain(workerId: WorkerId, onEmpty: () => void, now: Millis): void {
    const phase = this.ledger.worker(workerId)?.phase
    // One that is gone, or was given up on, has nothing left to do.
    if (phase === undefined || phase === "failed") return onEmpty()
    this.changePhase(workerId, "drain", now)
    const waiting = this.#draining.get(workerId)
    if (waiting === undefined) this.#draining.set(workerId, [onEmpty])
    else waiting.push(onEmpty)
  }

  removeWorker(workerId: WorkerId, now: Millis): boolean {
    const removed = this.ledger.removeWorker(workerId, now)
    if (!removed.ok) return false
    this.#traffic.leave(workerId)
    // One that is gone has nothing left to do.
    for (const onEmpty of this.#draining.get(workerId) ?? []) onEmpty()
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

  /** After a restart of the coordinator: what the worker still has, of the runs up to `latest`. */
  reconcile(workerId: WorkerId, epochs: ReadonlySet<Epoch>, latest: Epoch, now: Millis): void {
    this.#traffic.reconcile(workerId, epochs, latest, now)
  }

  get nodes(): ReadonlyMap<WorkerId, Node> {
    return this.#traffic.nodes
  }

  // Migration (D6, G6)

  /** `reason`: what for, in words, for those who ask where the task ran. */
  migrate(taskId: TaskId, epoch: Epoch, target: WorkerId, now: Millis, reason?: string): Commit<MigrationRecord> {
    const why = this.immovable(taskId)
    if (why !== undefined) return { ok: false, refusal: { _tag: "Immovable", taskId, why } }
    const offered = this.ledger.offerMigration(taskId, epoch, target, now)
    if (!offered.ok) return offered
    if (reason !== undefined) this.dispatch.moves(offered.value.id, reason)
    this.#traffic.yieldAt(offered.value.source, epoch)
    return offered
  }

  /** Idle workers take what waits for busier ones. */
  steal(taskIds: ReadonlyArray<TaskId>, now: Millis): void {
    this.dispatch.giveUpHomes(taskIds, now)
  }

  /** Why the task can go on nowhere but where it runs; `undefined` where it could. */
  immovable(taskId: TaskId): string | undefined {
    if (this.#traffic.hasTransfer(taskId)) return "its payload was moved to its worker"
    const isExternal = this.ledger.task(taskId)?.spec.requirements.demand.external === true
    return isExternal ? "it runs in other hands" : undefined
  }

  abandonMigration(migrationId: number, reason: string, now: Millis): void {
    this.ledger.abortMigration(migrationId, reason, now)
  }

  // Runs

  reports(workerId: WorkerId, batch: ReadonlyArray<RunReport>, now: Millis): void {
    this.#traffic.reports(workerId, batch, now, this.#random)
  }

  // What dispatch found

  placed(task: TaskRecord, assignment: Assignment): void {
    // It is sent to nobody.
    if (task.spec.requirements.demand.external === true) return
    this.#traffic.placed(task, assignment, this.#now)
  }

  staysAtHand({ spec }: TaskRecord): boolean {
    return this.#traffic.hasTransfer(spec.id)
  }

  unschedulable({ spec }: TaskRecord, unmet: ReadonlyArray<Unmet>, tries?: number): void {
    const fields = { unmet, ...(tries !== undefined && { tries }) }
    const { message } = new Unschedulable({ taskId: spec.id, ...fields })
    this.ledger.giveUp(spec.id, "unschedulable", { name: "Unschedulable", message, fields }, this.#now)
  }

  woken({ spec: { id: workerId } }: WorkerRecord, { spec }: TaskRecord): void {
    this.#options.bus.publish({
      _tag: "WorkerWoken",
      at: this.#now,
      workerId,
      reason: `${spec.id} found no room elsewhere`
    })
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
    this.#traffic.begin()
    this.#now = now
    this.#random = random
  }
  #now: Millis = 0
  #random: () => number = () => 0.5
}
