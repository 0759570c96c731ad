import { Aheads } from "../../../actors/aheads.ts"
import { Dispatch, type RequeueOptions } from "../../../actors/dispatch/index.ts"
import type { RunTimes } from "../../../src/adaptation/index.ts"
import { Ledger, type TaskRecord, type WorkerRecord } from "../../../src/ledger/index.ts"
import type {
  Assignment,
  LedgerEvent,
  LedgerEventOf,
  Millis,
  TaskSpec,
  Unmet,
  WorkerSpec
} from "../../../src/model/index.ts"
import {
  inlineRunner,
  Patience,
  Placement,
  type ScoreRunner,
  type Strategy,
  type StrategyId
} from "../../../src/placement/index.ts"
import { done, theTask } from "../../ledger/given.ts"
import { allSound, nothingKnown } from "../../placement/pool.ts"

interface Given {
  readonly strategy?: Strategy | StrategyId
  readonly requeue?: Partial<RequeueOptions>
  /** Waiting time from which a worker is kept free. Default: never. */
  readonly reserveAfter?: Millis
  readonly backfill?: boolean
  /** What is known of speeds. Default: nothing, and no free worker is declined. */
  readonly times?: RunTimes
  readonly runner?: ScoreRunner
  readonly worthOf?: (worker: WorkerRecord) => number
  /** Told each event as it happens. */
  readonly onEvent?: (event: LedgerEvent, task: TaskRecord | undefined) => void
}

const patienceOf = (ledger: Ledger, times: RunTimes): Patience =>
  new Patience({
    times,
    waiting: () => ledger.waitingWork,
    inflow: () => 0,
    task: (taskId) => ledger.task(taskId),
    busy: () => 1
  })

/** The real ledger and dispatch, and nobody who runs anything: a test says when what ends. */
export const desk = (given: Given = {}) => {
  const events: Array<LedgerEvent> = []
  const unschedulable: Array<{ taskId: string; unmet: ReadonlyArray<Unmet>; tries: number | undefined }> = []
  const resumed: Array<(now: Millis) => void> = []
  let now = 0
  const ledger: Ledger = new Ledger({
    onEvent: (event, task) => {
      events.push(event)
      dispatch.onEvent(event, task)
      given.onEvent?.(event, task)
    }
  })
  const dispatch = new Dispatch({
    ledger,
    placement: new Placement({ strategy: given.strategy ?? "least_connections" }),
    view: {
      performance: nothingKnown,
      health: allSound,
      ...(given.times !== undefined && { patience: patienceOf(ledger, given.times), times: given.times })
    },
    aheads: new Aheads(),
    listener: {
      placed: () => {},
      staysAtHand: () => false,
      unschedulable: ({ spec: { id: taskId } }, unmet, tries) => {
        unschedulable.push({ taskId, unmet, tries })
        done(ledger.giveUp(taskId, "unschedulable", { name: "Unschedulable", message: "nobody can" }, now))
      },
      stranded: ({ spec }) =>
        void done(ledger.giveUp(spec.id, "worker-lost", { name: "WorkerLost", message: "lost" }, now)),
      scored: (resume) => void resumed.push(resume)
    },
    runner: given.runner ?? inlineRunner,
    reserveAfter: given.reserveAfter ?? Number.POSITIVE_INFINITY,
    backfill: given.backfill ?? false,
    requeue: { requeue: "age", maxRequeueAttempts: 5, ...given.requeue },
    retain: 1_000,
    ...(given.worthOf !== undefined && { worthOf: given.worthOf })
  })
  /** As the coordinator does after whatever happened. */
  const settle = (): void => {
    for (const toStop of ledger.expire(now)) ledger.released(toStop.workerId, toStop.epoch, now)
    ledger.due(now)
    dispatch.due(now)
    dispatch.pass(now)
  }
  const assignmentOf = (taskId: string): Assignment => {
    const { assignment } = theTask(ledger, taskId)
    if (assignment === undefined) throw new Error(`task ${taskId} does not run`)
    return assignment
  }
  return {
    ledger,
    dispatch,
    events,
    unschedulable,
    resumed,
    settle,
    get now() {
      return now
    },
    /** Time passes, and whatever comes due then is dealt with. */
    at(time: Millis): void {
      now = time
      settle()
    },
    join(...workers: ReadonlyArray<WorkerSpec>): void {
      for (const worker of workers) {
        done(ledger.addWorker(worker, now))
        done(ledger.setPhase(worker.id, "up", now))
      }
      settle()
    },
    leave(workerId: string): void {
      done(ledger.removeWorker(workerId, now))
      settle()
    },
    submit(...tasks: ReadonlyArray<TaskSpec>): void {
      for (const task of tasks) done(ledger.accept(task, now))
      settle()
    },
    complete(taskId: string): void {
      done(ledger.complete(taskId, assignmentOf(taskId).epoch, 1, now))
      settle()
    },
    fail(taskId: string, message: string, delay = 0): void {
      const failure = { reason: "error" as const, error: { name: "Error", message } }
      done(ledger.fail(taskId, assignmentOf(taskId).epoch, failure, delay, now))
      settle()
    },
    assignmentOf,
    workerOf: (taskId: string): string | undefined => theTask(ledger, taskId).assignment?.workerId,
    explain: (taskId: string): string => dispatch.explain(theTask(ledger, taskId), now),
    of: <Tag extends LedgerEvent["_tag"]>(tag: Tag): ReadonlyArray<LedgerEventOf<Tag>> =>
      events.filter((event): event is LedgerEventOf<Tag> => event._tag === tag),
    task: (taskId: string): TaskRecord => theTask(ledger, taskId)
  }
}

export type Desk = ReturnType<typeof desk>
