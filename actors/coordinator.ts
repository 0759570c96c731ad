import { Actor, type ActorContext, type ActorRef } from "../src/actor/index.ts"
import type { WorkerExit, WorkerInfo } from "../src/execution/index.ts"
import type { Commit, Legacy, MigrationRecord, TaskRecord, WorkerRecord } from "../src/ledger/index.ts"
import type { Epoch, Millis, PhaseEvent, TaskId, WorkerId, WorkerSpec } from "../src/model/index.ts"
import type { Coordination } from "./coordination.ts"
import type { SubmissionBatch } from "./submission-batch.ts"
import type { NodeRef, RunReport } from "./worker-node.ts"

export const coordinatorProtocol = {
  Submit: Actor.message<{ readonly batch: SubmissionBatch }>(),
  /** `again`: the coordinator failed in it before. */
  Cancel: Actor.message<{ readonly taskId: TaskId; readonly reason: string; readonly again?: boolean }>(),
  AddWorker: Actor.ask<{ readonly spec: WorkerSpec }, boolean>(),
  /** It may take so many slots from now on. */
  LimitWorker: Actor.message<{ readonly workerId: WorkerId; readonly slots: number }>(),
  /** Answered with the worker as it is then, or with why that means nothing now. */
  ChangePhase: Actor.ask<{ readonly workerId: WorkerId; readonly event: PhaseEvent }, Commit<WorkerRecord>>(),
  /** One that was given up on is about to be started again. Answered with whether it was given up on. */
  ReviveWorker: Actor.ask<{ readonly workerId: WorkerId }, boolean>(),
  /** Answered once the worker has nothing left to do. */
  DrainWorker: Actor.ask<{ readonly workerId: WorkerId }, void>(),
  RemoveWorker: Actor.ask<{ readonly workerId: WorkerId }, boolean>(),
  /** Whatever it has: that goes on elsewhere. */
  DismissWorker: Actor.ask<{ readonly workerId: WorkerId }, boolean>(),
  WorkerFailed: Actor.message<{ readonly workerId: WorkerId }>(),
  Migrate: Actor.ask<
    { readonly taskId: TaskId; readonly epoch: Epoch; readonly target: WorkerId; readonly reason?: string },
    Commit<MigrationRecord>
  >(),
  /** These tasks wait for busy workers while others have nothing to do: they need wait no longer. */
  Steal: Actor.message<{ readonly taskIds: ReadonlyArray<TaskId> }>(),
  AbandonMigration: Actor.message<{ readonly migrationId: number; readonly reason: string }>(),
  /** What earlier runs have left; `restored` is given all of it as it stands now. */
  Restore: Actor.ask<{ readonly legacy: Legacy; readonly restored: (tasks: Iterable<TaskRecord>) => void }, void>(),
  /** Take in no more. */
  Close: Actor.message<Record<never, never>>(),
  /** Answered once everything that was said before has been dealt with, and what could be placed has been. */
  Settled: Actor.ask<Record<never, never>, void>(),
  /** Whoever selected a worker for a task has run it. Answered with whether the run was current. */
  Complete: Actor.ask<{ readonly epoch: Epoch; readonly ok: boolean; readonly ms: Millis }, boolean>(),
  // From the nodes
  NodeReady: Actor.message<{
    readonly workerId: WorkerId
    readonly node: NodeRef
    readonly thread: number
    readonly info: WorkerInfo
  }>(),
  NodeReports: Actor.message<{ readonly workerId: WorkerId; readonly batch: ReadonlyArray<RunReport> }>(),
  /** A worker that pulls asks for so many runs, beside those it has; `seen`: the latest of them. */
  NodeAsks: Actor.message<{ readonly workerId: WorkerId; readonly open: number; readonly seen: number }>(),
  NodeClosing: Actor.message<{ readonly workerId: WorkerId }>(),
  NodeGone: Actor.message<{ readonly workerId: WorkerId; readonly exit: WorkerExit }>(),
  NodeRuns: Actor.message<{
    readonly workerId: WorkerId
    readonly epochs: ReadonlyArray<Epoch>
    /** The latest there was when the node was asked. */
    readonly latest: Epoch
  }>(),
  /** Scores that went to the pool are back. */
  Scored: Actor.message<{ readonly resume: (now: number) => void }>(),
  /** Something is due: an expiry, a retry. */
  Due: Actor.message<Record<never, never>>()
}

export type CoordinatorRef = ActorRef<typeof coordinatorProtocol>
type Context = ActorContext<typeof coordinatorProtocol>

interface State {
  readonly coordination: Coordination
  /** When the next `Due` is set for. */
  dueAt: number | undefined
}

/** The only one that changes the ledger: every change of a task's or a worker's state is one of its turns. */
export const coordinator = (coordination: Coordination) => {
  /**
   * One turn: what happened, then what follows from it. A message that the coordinator fails in is gone; `lost` does
   * what has to be done where nobody would notice.
   */
  const turn = (
    state: State,
    context: Context,
    happen: (now: number) => void,
    lost: (cause: unknown) => void = () => {}
  ): State => {
    try {
      return step(state, context, happen)
    } catch (cause) {
      lost(cause)
      throw cause
    }
  }

  const step = (state: State, context: Context, happen: (now: number) => void): State => {
    const now = context.now()
    coordination.turn(now, () => context.random())
    happen(now)
    coordination.settle(now)
    const next = coordination.nextDue()
    if (next !== state.dueAt) {
      state.dueAt = next
      if (next === undefined) context.timers.cancel("due")
      else context.timers.after("due", Math.max(0, next - now), "Due")
    }
    return state
  }

  return Actor.make("Coordinator", {
    protocol: coordinatorProtocol,
    initial: (): State => ({ coordination, dueAt: undefined }),
    handlers: {
      Submit: (state, { batch }, context) => {
        const submissions = batch.take()
        return turn(
          state,
          context,
          (now) => coordination.submitAll(submissions, now),
          (cause) => {
            for (const submission of submissions) coordination.lost(submission, cause)
          }
        )
      },
      Cancel: (state, { taskId, reason, again = false }, context) =>
        turn(
          state,
          context,
          (now) => coordination.cancel(taskId, reason, now),
          () => again || context.self.tell("Cancel", { taskId, reason, again: true })
        ),
      AddWorker: (state, { spec }, context) =>
        turn(state, context, (now) => context.reply(coordination.addWorker(spec, now))),
      LimitWorker: (state, { workerId, slots }, context) =>
        turn(state, context, (now) => coordination.limitWorker(workerId, slots, now)),
      ChangePhase: (state, { workerId, event }, context) =>
        turn(state, context, (now) => context.reply(coordination.changePhase(workerId, event, now))),
      ReviveWorker: (state, { workerId }, context) =>
        turn(state, context, (now) => context.reply(coordination.revive(workerId, now))),
      DrainWorker: (state, { workerId }, context) => {
        const answer = context.replier()
        return turn(state, context, (now) => coordination.drain(workerId, () => answer(undefined), now))
      },
      RemoveWorker: (state, { workerId }, context) =>
        turn(state, context, (now) => context.reply(coordination.removeWorker(workerId, now))),
      DismissWorker: (state, { workerId }, context) =>
        turn(state, context, (now) => context.reply(coordination.dismiss(workerId, now))),
      WorkerFailed: (state, { workerId }, context) =>
        turn(state, context, (now) => coordination.workerFailed(workerId, now)),
      Migrate: (state, { taskId, epoch, target, reason }, context) =>
        turn(state, context, (now) => context.reply(coordination.migrate(taskId, epoch, target, now, reason))),
      Steal: (state, { taskIds }, context) => turn(state, context, (now) => coordination.steal(taskIds, now)),
      AbandonMigration: (state, { migrationId, reason }, context) =>
        turn(state, context, (now) => coordination.abandonMigration(migrationId, reason, now)),
      Restore: (state, { legacy, restored }, context) =>
        turn(state, context, (now) => context.reply(coordination.restore(legacy, restored, now))),
      Close: (state, _, context) => turn(state, context, () => coordination.close()),
      Settled: (state, _, context) => {
        context.reply(undefined)
        return state
      },
      Complete: (state, { epoch, ok, ms }, context) =>
        turn(state, context, (now) => context.reply(coordination.completeExternal(epoch, { ok, ms }, now))),
      NodeReady: (state, { workerId, node, thread, info }, context) =>
        turn(
          state,
          context,
          (now) => coordination.nodeReady(workerId, { node, thread }, info, now),
          // It says this only once a thread: unheard, it would never get work again.
          () => node.tell("Restart")
        ),
      NodeReports: (state, { workerId, batch }, context) =>
        turn(state, context, (now) => coordination.reports(workerId, batch, now)),
      NodeAsks: (state, { workerId, open, seen }, context) =>
        turn(state, context, (now) => coordination.nodeAsks(workerId, open, seen, now)),
      NodeClosing: (state, { workerId }, context) =>
        turn(state, context, (now) => coordination.nodeClosing(workerId, now)),
      NodeGone: (state, { workerId, exit }, context) =>
        turn(state, context, (now) => coordination.nodeGone(workerId, exit, now)),
      NodeRuns: (state, { workerId, epochs, latest }, context) =>
        turn(state, context, (now) => coordination.reconcile(workerId, new Set(epochs), latest, now)),
      Scored: (state, { resume }, context) => turn(state, context, resume),
      Due: (state, _, context) => {
        state.dueAt = undefined
        return turn(state, context, (now) => coordination.due(now))
      }
    },
    // The message that failed is gone, and a run may have ended in it: the nodes say what they still have.
    afterRestart: (state, context) => {
      const latest = coordination.latestEpoch
      for (const [workerId, { node }] of coordination.nodes) {
        void node.askPromise("Runs", {}).then(
          (epochs) => context.self.tell("NodeRuns", { workerId, epochs, latest }),
          // A node that is gone says so itself.
          () => undefined
        )
      }
      turn(state, context, (now) => coordination.recover(now))
    }
  })
}
