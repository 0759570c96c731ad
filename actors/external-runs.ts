import type { Ledger, TaskRecord, ToStop } from "../src/ledger/index.ts"
import {
  type Epoch,
  type ErrorData,
  endsTask,
  type LedgerEvent,
  type Millis,
  type TaskId,
  type WorkerId
} from "../src/model/index.ts"
import type { RunRecord } from "./run-record.ts"

const ended: ErrorData = { name: "Error", message: "whoever ran it says that it failed" }
const lost = (workerId: WorkerId): ErrorData => ({
  name: "WorkerLost",
  message: "the worker that was selected for it is lost",
  fields: { workerId }
})

/**
 * Runs in the hands of those who selected a worker for them and run the task there by themselves. They hold what they take
 * like any other, until it is said how they ended; nothing of them is sent to a worker.
 */
export class ExternalRuns {
  readonly #ledger: Ledger
  readonly #runs: RunRecord
  readonly #tasks = new Map<Epoch, TaskId>()
  readonly #epochs = new Map<TaskId, Epoch>()

  constructor(ledger: Ledger, runs: RunRecord) {
    this.#ledger = ledger
    this.#runs = runs
  }

  /** Their worker is lost, and nobody else is to run them: whoever selected it has heard of that worker alone. */
  lost(taskIds: ReadonlyArray<TaskId>, workerId: WorkerId, now: Millis): void {
    for (const taskId of taskIds) {
      if (this.#isOne(taskId)) this.#ledger.giveUp(taskId, "worker-lost", lost(workerId), now)
    }
  }

  /** How a run has ended. `false`: it is not current: it has ended before, or its worker was lost. */
  complete(epoch: Epoch, { ok, ms }: { readonly ok: boolean; readonly ms: Millis }, now: Millis): boolean {
    const taskId = this.#tasks.get(epoch)
    const task = taskId === undefined ? undefined : this.#ledger.task(taskId)
    const workerId = task?.assignment?.workerId
    if (task === undefined || workerId === undefined || task.assignment?.epoch !== epoch) return false
    const { id } = task.spec
    if (ok) {
      this.#runs.completed(task, workerId, ms, now)
      return this.#ledger.complete(id, epoch, undefined, now).ok
    }
    this.#runs.failed(task, workerId, ms, now)
    return this.#ledger.fail(id, epoch, { reason: "error", error: ended, final: true }, 0, now).ok
  }

  /** A run that was cut short holds nothing any longer. `false`: it is none of these. */
  released({ workerId, epoch, taskId }: ToStop, now: Millis): boolean {
    if (!this.#isOne(taskId)) return false
    return this.#ledger.released(workerId, epoch, now)
  }

  /** Those who selected in an earlier run of this program are gone. */
  restored(now: Millis): void {
    for (const { spec, outcome } of [...this.#ledger.tasks.values()]) {
      if (spec.requirements.demand.external !== true || outcome !== undefined) continue
      this.#ledger.cancel(spec.id, "whoever selected a worker for it is gone", now)
    }
  }

  #isOne(taskId: TaskId): boolean {
    return this.#ledger.task(taskId)?.spec.requirements.demand.external === true
  }

  readonly onEvent = (event: LedgerEvent, task: TaskRecord | undefined): void => {
    if (event._tag === "TaskPlaced" && task?.spec.requirements.demand.external === true) {
      this.#tasks.set(event.epoch, event.taskId)
      this.#epochs.set(event.taskId, event.epoch)
    }
    if (this.#epochs.size === 0 || !endsTask(event)) return
    const epoch = this.#epochs.get(event.taskId)
    if (epoch === undefined) return
    this.#epochs.delete(event.taskId)
    this.#tasks.delete(epoch)
  }
}
