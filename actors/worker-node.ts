import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { Actor, type ActorContext, type ActorRef } from "../src/actor/index.ts"
import type {
  Heartbeat,
  RunCommand,
  WorkerConnection,
  WorkerDriver,
  WorkerExit,
  WorkerInfo,
  WorkerReport
} from "../src/execution/index.ts"
import type { Epoch, Millis, WorkerId, WorkerSpec } from "../src/model/index.ts"
import type { Transfer } from "./transfer.ts"

/** What a node tells of its runs: the worker's own reports, runs that overran their timeout, and runs taken back. */
export type RunReport = WorkerReport | { readonly _tag: "TimedOut" | "Recalled"; readonly epoch: Epoch }

/** A run for a node to begin. */
export interface RunOrder {
  readonly command: RunCommand
  readonly timeout: Millis | undefined
  readonly transfer: Transfer | undefined
}

/**
 * Reports on their way to the node. What arrives before it gets to them comes along: many cost their owner little more
 * than one.
 */
class ReportBatch {
  readonly #reports: Array<WorkerReport>
  #isOpen = true

  constructor(reports: ReadonlyArray<WorkerReport>) {
    this.#reports = [...reports]
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  add(reports: ReadonlyArray<WorkerReport>): void {
    for (const report of reports) this.#reports.push(report)
  }

  /** From now on nothing comes along. */
  take(): ReadonlyArray<WorkerReport> {
    this.#isOpen = false
    return this.#reports
  }
}

/** Whom a node tells what. Called from within its turns. */
export interface NodeListener {
  ready(workerId: WorkerId, node: NodeRef, thread: number, info: WorkerInfo): void
  reports(workerId: WorkerId, batch: ReadonlyArray<RunReport>): void
  /** Its thread is about to be ended: nothing more should be sent there. */
  closing(workerId: WorkerId): void
  /** Its thread is gone, and every run on it. */
  gone(workerId: WorkerId, exit: WorkerExit): void
  heartbeat(workerId: WorkerId, beat: Heartbeat): void
  /** It pulls, and asks for so many runs, beside those it has; `seen`: the latest of them. Called outside of its turns. */
  asks(workerId: WorkerId, open: number, seen: number): void
}

export const nodeProtocol = {
  /** For this thread and no other: a run that reaches the node after its thread has ended has failed over already. */
  Run: Actor.message<{ readonly thread: number; readonly orders: ReadonlyArray<RunOrder> }>(),
  /** Stop the run; where it does not within the grace time, its thread is ended. */
  Cancel: Actor.message<{ readonly epoch: Epoch; readonly reason: string }>(),
  /** Hand the run over at its next checkpoint. */
  YieldAt: Actor.message<{ readonly epoch: Epoch }>(),
  /** Take back those of the runs sent ahead that have not begun. */
  Recall: Actor.message<{ readonly epochs: ReadonlyArray<Epoch> }>(),
  /** End the thread at once and start anew; nobody is blamed. */
  Restart: Actor.message<Record<never, never>>(),
  /** The runs that are on it now. */
  Runs: Actor.ask<Record<never, never>, ReadonlyArray<Epoch>>(),
  // From its own thread and timers
  Ready: Actor.message<{ readonly thread: number; readonly info: WorkerInfo }>(),
  Reports: Actor.message<{ readonly thread: number; readonly arrived: ReportBatch }>(),
  Beat: Actor.message<{ readonly beat: Heartbeat }>(),
  Exited: Actor.message<{ readonly thread: number; readonly exit: WorkerExit }>(),
  Timeout: Actor.message<{ readonly epoch: Epoch }>(),
  GraceOver: Actor.message<{ readonly epoch: Epoch }>()
}

export type NodeRef = ActorRef<typeof nodeProtocol>
type NodeContext = ActorContext<typeof nodeProtocol>

/** A node's thread has ended; its supervisor decides whether there will be another. */
export class WorkerExited extends Data.TaggedError("WorkerExited")<{
  readonly workerId: WorkerId
  readonly exit: WorkerExit
  /** Whether tasks ran there: then the crash is charged to them, not to the worker. */
  readonly busy: boolean
}> {
  override get message(): string {
    const why = this.exit.error === undefined ? "" : `: ${this.exit.error.message}`
    return `worker ${this.workerId} ended: ${this.exit.reason}${why}`
  }
}

/** Whether a node's failure counts toward its restart intensity (S1): not where a task, or we, ended its thread. */
export const countsAgainstWorker = (cause: unknown): boolean =>
  !(cause instanceof WorkerExited) || (cause.exit.reason !== "terminated" && !cause.busy)

interface Run {
  /** Asked to stop, because its task ended meanwhile or because it took too long. */
  readonly stopping: "cancelled" | "timed-out" | undefined
  /** It did not stop in time: its thread is being ended for it. */
  readonly overran: boolean
  readonly timed: boolean
}

/** Most runs are never asked to stop: they share their entry. */
const undisturbed: Run = { stopping: undefined, overran: false, timed: false }
const timed: Run = { stopping: undefined, overran: false, timed: true }

interface NodeState {
  /** Which of the node's threads this is: mail of an earlier one may still come. */
  readonly thread: number
  readonly connection: WorkerConnection
  readonly runs: Map<Epoch, Run>
  /** What to tell once the thread is gone, where it is ended for its node's sake. */
  farewell: WorkerExit | undefined
}

export interface NodeOptions {
  readonly spec: WorkerSpec
  readonly driver: WorkerDriver
  readonly listener: NodeListener
  /** How long a run that is to stop may take before its thread is ended. */
  readonly grace: Millis
}

/** Whether nothing of the run follows. */
export const endsRun = ({ _tag }: RunReport): boolean =>
  _tag !== "Checkpointed" && _tag !== "Progress" && _tag !== "Log"

/** One worker: its thread, what runs there, its timeouts, its heartbeat. The thread lives as long as one incarnation. */
export const workerNode = ({ spec, driver, listener, grace }: NodeOptions) => {
  let threads = 0

  const connect = (context: NodeContext): { readonly state: NodeState; readonly release: () => Promise<void> } => {
    let released = false
    threads += 1
    const thread = threads
    let arrived: ReportBatch | undefined
    const connection = driver.open(spec, {
      ready: (info) => context.self.tell("Ready", { thread, info }),
      reports: (batch) => {
        if (arrived?.isOpen === true) return arrived.add(batch)
        arrived = new ReportBatch(batch)
        context.self.tell("Reports", { thread, arrived })
      },
      heartbeat: (beat) => context.self.tell("Beat", { beat }),
      asks: (open, seen) => listener.asks(spec.id, open, seen),
      exit: (exit) => {
        if (!released) context.self.tell("Exited", { thread, exit })
      }
    })
    const state: NodeState = { thread, connection, runs: new Map(), farewell: undefined }
    const release = async (): Promise<void> => {
      released = true
      await connection.terminate([])
      // Not before the thread is gone: until then its runs hold what they took.
      if (state.farewell !== undefined) listener.gone(spec.id, state.farewell)
    }
    return { state, release }
  }

  const open = (context: NodeContext): Effect.Effect<NodeState, never, Scope.Scope> =>
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => connect(context)),
        ({ release }) => Effect.promise(release)
      ),
      ({ state }) => state
    )

  const settle = (state: NodeState, report: RunReport, context: NodeContext): RunReport => {
    const run = endsRun(report) ? state.runs.get(report.epoch) : undefined
    if (run === undefined) return report
    state.runs.delete(report.epoch)
    if (run.timed) context.timers.cancel(`timeout:${report.epoch}`)
    if (run.stopping === undefined) return report
    context.timers.cancel(`grace:${report.epoch}`)
    // A handler that was told to stop because of the time it took ends by that, whatever it says on its way out.
    const timedOut = run.stopping === "timed-out" && report._tag !== "Completed"
    return timedOut ? { _tag: "TimedOut", epoch: report.epoch } : report
  }

  const stopRun = (
    state: NodeState,
    epoch: Epoch,
    why: "cancelled" | "timed-out",
    reason: string,
    context: NodeContext
  ) => {
    const run = state.runs.get(epoch)
    if (run === undefined || run.stopping !== undefined) return
    state.runs.set(epoch, { ...run, stopping: why })
    state.connection.cancel(epoch, reason)
    if (grace !== Number.POSITIVE_INFINITY) context.timers.after(`grace:${epoch}`, grace, "GraceOver", { epoch })
  }

  return Actor.make("WorkerNode", {
    protocol: nodeProtocol,
    initial: open,
    handlers: {
      Run: (state, { thread, orders }, context) => {
        if (thread !== state.thread) return state
        for (const { command, timeout, transfer } of orders) {
          state.runs.set(command.epoch, timeout === undefined ? undisturbed : timed)
          state.connection.run(command, transfer)
          if (timeout === undefined) continue
          context.timers.after(`timeout:${command.epoch}`, timeout, "Timeout", { epoch: command.epoch })
        }
        return state
      },
      Cancel: (state, { epoch, reason }, context) => {
        stopRun(state, epoch, "cancelled", reason, context)
        return state
      },
      YieldAt: (state, { epoch }) => {
        state.connection.yieldAt(epoch)
        return state
      },
      Recall: (state, { epochs }) => {
        const recalled = state.connection.recall(epochs.filter((epoch) => state.runs.has(epoch)))
        for (const epoch of recalled) state.runs.delete(epoch)
        if (recalled.length > 0)
          listener.reports(
            spec.id,
            recalled.map((epoch) => ({ _tag: "Recalled", epoch }))
          )
        return state
      },
      Restart: (state) => {
        listener.closing(spec.id)
        void state.connection.terminate([])
        return state
      },
      Runs: (state, _, context) => {
        context.reply([...state.runs.keys()])
        return state
      },
      Ready: (state, { thread, info }, context) => {
        if (thread === state.thread) listener.ready(spec.id, context.self, thread, info)
        return state
      },
      Reports: (state, { thread, arrived }, context) => {
        const batch = arrived.take()
        if (thread !== state.thread) return state
        listener.reports(
          spec.id,
          batch.map((report) => settle(state, report, context))
        )
        return state
      },
      Beat: (state, { beat }) => {
        listener.heartbeat(spec.id, beat)
        return state
      },
      Exited: (state, { thread, exit }) => {
        if (thread !== state.thread) return state
        const busy = [...state.runs.values()].some(({ overran }) => !overran)
        for (const [epoch, { overran, stopping }] of state.runs) {
          if (!overran) continue
          listener.reports(spec.id, [{ _tag: stopping === "timed-out" ? "TimedOut" : "Stopped", epoch }])
        }
        listener.gone(spec.id, exit)
        throw new WorkerExited({ workerId: spec.id, exit, busy })
      },
      Timeout: (state, { epoch }, context) => {
        stopRun(state, epoch, "timed-out", "the task's timeout has passed", context)
        return state
      },
      GraceOver: (state, { epoch }) => {
        const run = state.runs.get(epoch)
        if (run === undefined) return state
        // It does not yield: only the end of its thread ends it. The others there are not to blame.
        state.runs.set(epoch, { ...run, overran: true })
        listener.closing(spec.id)
        void state.connection.terminate([])
        return state
      }
    },
    // A failure of its own, or an orderly stop: the thread goes with it, and the coordinator must know.
    stopping: (state) => {
      if (state.runs.size > 0) state.farewell = { reason: "terminated", culprits: [] }
    },
    beforeRestart: (state, _context, cause) => {
      if (!(cause instanceof WorkerExited)) state.farewell = { reason: "crashed", culprits: [] }
    }
  })
}
