import { definitionOf, submitOptionsOf } from "../src/config/index.ts"
import type { LedgerReader, TaskRecord } from "../src/ledger/index.ts"
import type { Millis, TaskId } from "../src/model/index.ts"
import type { HistoryLine, HistorySink } from "../src/storage/index.ts"
import { historyVersion } from "../src/storage/index.ts"
import type { BallastEvent, BallastEventTag } from "./events.ts"
import type { Learner } from "./run-record.ts"

export interface HistoryRecorderOptions {
  readonly ledger: LedgerReader
  /** What can be tuned, as it was set. */
  readonly settings: Readonly<Record<string, unknown>>
  /** ISO 8601. */
  readonly startedAt: string
  /** The runtime's clock as it began. */
  readonly origin: Millis
  /** Opens what is written to, given what stands at the beginning of each file of it. */
  readonly open: (standing: () => ReadonlyArray<HistoryLine>) => HistorySink
}

/**
 * Writes down what was to be done: who was there, when tasks came and what they took (G12). Runs that are learned from are
 * written, each as it ends; of a flood of the shortest, below 0.05 ms, that is one in eight.
 */
export class HistoryRecorder {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = [
    "WorkerAdded",
    "WorkerRemoved",
    "TaskCheckpointed",
    "TaskRequeued",
    "MigrationReleased",
    "TaskCompleted",
    "TaskFailed",
    "TaskCancelled",
    "TaskExpired",
    "TaskQuarantined"
  ]
  readonly #options: HistoryRecorderOptions
  readonly #sink: HistorySink
  readonly #checkpoints = new Map<TaskId, number>()
  /** What earlier runs took that a later one goes on from. */
  readonly #earlier = new Map<TaskId, Millis>()

  constructor(options: HistoryRecorderOptions) {
    this.#options = options
    this.#sink = options.open(() => this.#standing())
  }

  readonly onEvent = (event: BallastEvent, task?: TaskRecord): void => {
    switch (event._tag) {
      case "WorkerAdded":
        return this.#sink.write({ joined: definitionOf(event.worker), at: this.#since(event.at) })
      case "WorkerRemoved":
        return this.#sink.write({ left: event.workerId, at: this.#since(event.at) })
      case "TaskCheckpointed":
        this.#checkpoints.set(event.taskId, (this.#checkpoints.get(event.taskId) ?? 0) + 1)
        return
      case "TaskRequeued":
        return event.reason === "recalled" ? undefined : this.#leftOff(task, event.at)
      case "MigrationReleased":
        return this.#leftOff(task, event.at)
      case "TaskCompleted":
      case "TaskFailed":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskQuarantined":
        if (this.#checkpoints.size > 0) this.#checkpoints.delete(event.taskId)
        if (this.#earlier.size > 0) this.#earlier.delete(event.taskId)
    }
  }

  readonly learn: Learner = ({ spec, acceptedAt }, workerId, { ms, ok, aloneMs = ms }) => {
    const options = submitOptionsOf(spec, acceptedAt)
    const checkpoints = this.#checkpoints.get(spec.id)
    this.#sink.write({
      ran: spec.type,
      at: this.#since(acceptedAt),
      worker: workerId,
      ms: rounded(aloneMs + (this.#earlier.get(spec.id) ?? 0)),
      ok,
      ...(Object.keys(options).length > 0 && { options }),
      ...(checkpoints !== undefined && { checkpoints })
    })
  }

  close(): Promise<void> {
    return this.#sink.close()
  }

  #standing(): ReadonlyArray<HistoryLine> {
    const { ledger, settings, startedAt } = this.#options
    // They were there before anything that follows in this file.
    const workers = [...ledger.workers.values()].map(({ spec }) => ({ joined: definitionOf(spec), at: 0 }))
    return [{ history: historyVersion, startedAt, settings }, ...workers]
  }

  /** A run has ended before its task has: where that goes on from its state, what was done is not done again. */
  #leftOff(task: TaskRecord | undefined, now: Millis): void {
    if (task?.left === undefined || task.state === undefined) return
    const { spec, left } = task
    this.#earlier.set(spec.id, (this.#earlier.get(spec.id) ?? 0) + now - left.startedAt)
  }

  /** Milliseconds since the opening; what was accepted by an earlier process came before it. */
  #since(at: Millis): Millis {
    return rounded(Math.max(0, at - this.#options.origin))
  }
}

/** Microseconds are all that is known. */
const rounded = (ms: Millis): Millis => Math.round(ms * 1_000) / 1_000
