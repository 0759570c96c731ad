import type { Commit, Ledger, Loss, ToStop } from "../ledger/index.ts"
import type {
  Assignment,
  Epoch,
  ExitReason,
  FailureReason,
  Millis,
  Passage,
  RequeueReason,
  TaskId,
  TaskSpec,
  WorkerId,
  WorkerPhase,
  WorkerSpec
} from "../model/index.ts"

/** One call of a ledger as data: what a counterexample prints, and what the model answers too. */
export type LedgerCall =
  | { readonly _tag: "addWorker"; readonly worker: WorkerSpec }
  | { readonly _tag: "setPhase"; readonly workerId: WorkerId; readonly phase: WorkerPhase }
  | { readonly _tag: "limitWorker"; readonly workerId: WorkerId; readonly slots: number }
  | { readonly _tag: "removeWorker"; readonly workerId: WorkerId }
  | {
      readonly _tag: "workerLost"
      readonly workerId: WorkerId
      readonly culprits: ReadonlyArray<Epoch> | undefined
      readonly reason: ExitReason
      readonly phase: "starting" | "failed"
    }
  | { readonly _tag: "hold"; readonly workerId: WorkerId; readonly taskId: TaskId; readonly passage?: Passage }
  | { readonly _tag: "unhold"; readonly workerId: WorkerId }
  | { readonly _tag: "accept"; readonly task: TaskSpec }
  | {
      readonly _tag: "place"
      readonly taskId: TaskId
      readonly workerId: WorkerId
      /** The indexes of those it is to have; absent where the ledger chooses. */
      readonly devices?: ReadonlyArray<number>
    }
  | { readonly _tag: "backfill"; readonly taskId: TaskId; readonly workerId: WorkerId }
  | { readonly _tag: "placeAhead"; readonly taskId: TaskId; readonly workerId: WorkerId }
  | { readonly _tag: "checkpoint"; readonly taskId: TaskId; readonly epoch: Epoch; readonly state: unknown }
  | { readonly _tag: "complete"; readonly taskId: TaskId; readonly epoch: Epoch }
  | {
      readonly _tag: "fail"
      readonly taskId: TaskId
      readonly epoch: Epoch
      readonly reason: FailureReason
      readonly final: boolean
      readonly delay: Millis
    }
  | { readonly _tag: "requeue"; readonly taskId: TaskId; readonly epoch: Epoch; readonly reason: RequeueReason }
  | { readonly _tag: "giveUp"; readonly taskId: TaskId }
  | { readonly _tag: "shed"; readonly taskId: TaskId }
  | { readonly _tag: "cancel"; readonly taskId: TaskId }
  | { readonly _tag: "expire" }
  | { readonly _tag: "due" }
  | { readonly _tag: "released"; readonly workerId: WorkerId; readonly epoch: Epoch }
  | { readonly _tag: "offerMigration"; readonly taskId: TaskId; readonly epoch: Epoch; readonly target: WorkerId }
  | { readonly _tag: "releaseMigration"; readonly migrationId: number; readonly state: unknown }
  | { readonly _tag: "commitMigration"; readonly migrationId: number }
  | { readonly _tag: "abortMigration"; readonly migrationId: number }
  /** Time passes: no call of the ledger. */
  | { readonly _tag: "advance"; readonly by: Millis }
  /** The process died: the ledger is built again from its events, and goes on. */
  | { readonly _tag: "recover" }

/** What was answered, in one line that two answers can be compared by. */
export interface Verdict {
  readonly ok: boolean
  readonly says: string
}

export const yes = (says = ""): Verdict => ({ ok: true, says: `ok ${says}` })
export const no = (tag: string): Verdict => ({ ok: false, says: `refused: ${tag}` })

export const saysAssignment = ({ workerId, epoch, attempt }: Assignment): string => `${workerId}#${epoch}, ${attempt}.`
export const saysToStop = (stop: ToStop | undefined): string =>
  stop === undefined ? "" : `stop ${stop.taskId} on ${stop.workerId}#${stop.epoch}`
export const saysLoss = ({ requeued, quarantined }: Loss): string =>
  `requeued ${[...requeued].sort().join()}, quarantined ${[...quarantined].sort().join()}`

const verdict = <A>(commit: Commit<A>, says: (value: A) => string = () => ""): Verdict =>
  commit.ok ? yes(says(commit.value)) : no(commit.refusal._tag)

export const someError = { name: "Error", message: "the handler failed" }

/** Makes the call of the ledger. `advance` and `recover` are no calls of it and answer `ok`. */
export const perform = (ledger: Ledger, call: LedgerCall, now: Millis): Verdict => {
  switch (call._tag) {
    case "addWorker":
      return verdict(ledger.addWorker(call.worker, now))
    case "setPhase":
      return verdict(ledger.setPhase(call.workerId, call.phase, now))
    case "limitWorker":
      return verdict(ledger.limitWorker(call.workerId, call.slots, now))
    case "removeWorker":
      return verdict(ledger.removeWorker(call.workerId, now))
    case "workerLost":
      return verdict(ledger.workerLost(call.workerId, call, call.phase, now), saysLoss)
    case "hold":
      return verdict(ledger.hold(call.workerId, call.taskId, now, call.passage))
    case "unhold":
      return verdict(ledger.unhold(call.workerId, now))
    case "accept":
      return verdict(ledger.accept(call.task, now))
    case "place":
      return verdict(ledger.place(call.taskId, call.workerId, now, call.devices), saysAssignment)
    case "backfill":
      return verdict(ledger.backfill(call.taskId, call.workerId, now), saysAssignment)
    case "placeAhead":
      return verdict(ledger.placeAhead(call.taskId, call.workerId, now), saysAssignment)
    case "checkpoint":
      return verdict(ledger.checkpoint(call.taskId, call.epoch, call.state, now))
    case "complete":
      return verdict(ledger.complete(call.taskId, call.epoch, "result", now))
    case "fail": {
      const { taskId, epoch, reason, final, delay } = call
      return verdict(ledger.fail(taskId, epoch, { reason, error: someError, final }, delay, now))
    }
    case "requeue":
      return verdict(ledger.requeue(call.taskId, call.epoch, call.reason, now))
    case "giveUp":
      return verdict(ledger.giveUp(call.taskId, "unschedulable", someError, now))
    case "shed":
      return verdict(ledger.shed(call.taskId, 0.96, now))
    case "cancel":
      return verdict(ledger.cancel(call.taskId, "not wanted", now), saysToStop)
    case "expire":
      return yes(ledger.expire(now).map(saysToStop).sort().join())
    case "due":
      return yes(String(ledger.due(now)))
    case "released":
      return ledger.released(call.workerId, call.epoch, now) ? yes() : no("NothingHeld")
    case "offerMigration":
      return verdict(ledger.offerMigration(call.taskId, call.epoch, call.target, now), ({ id }) => `migration ${id}`)
    case "releaseMigration":
      return verdict(ledger.releaseMigration(call.migrationId, call.state, now))
    case "commitMigration":
      return verdict(ledger.commitMigration(call.migrationId, now), saysAssignment)
    case "abortMigration":
      return verdict(ledger.abortMigration(call.migrationId, "not wanted", now))
    case "advance":
    case "recover":
      return yes()
  }
}
