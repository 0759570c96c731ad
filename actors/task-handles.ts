import { Retained } from "../src/collections/index.ts"
import type { LedgerReader, TaskRecord } from "../src/ledger/index.ts"
import type { TaskError, TaskId } from "../src/model/index.ts"
import type { BallastEvent, BallastEventTag } from "./events.ts"
import { taskErrorOf } from "./task-error.ts"
import { Handle, type HandleHost } from "./task-handle.ts"

/**
 * The handles of submitted tasks, settled by what the ledger says and by nothing else. A task's handle is kept as long
 * as the ledger remembers the task, so that a second submit of its id finds it.
 */
export class TaskHandles {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = [
    "TaskAccepted",
    "TaskProgressed",
    "TaskCompleted",
    "TaskFailed",
    "TaskCancelled",
    "TaskExpired",
    "TaskShed",
    "TaskQuarantined"
  ]
  readonly #ledger: LedgerReader
  readonly #host: HandleHost
  readonly #handles = new Map<TaskId, Handle>()
  readonly #onAllSettled: () => void
  #unsettled = 0
  /** Those of ended tasks. */
  readonly #ended: Retained<TaskId>

  /** `onAllSettled` is called whenever the last handle that was open has settled. */
  constructor(ledger: LedgerReader, host: HandleHost, retain: number, onAllSettled: () => void = () => {}) {
    this.#ledger = ledger
    this.#onAllSettled = onAllSettled
    this.#host = host
    this.#ended = new Retained(retain, (taskId) => this.#handles.delete(taskId))
  }

  /** Handles whose task has neither ended nor been refused, from the submit on. */
  get unsettled(): number {
    return this.#unsettled
  }

  /** Handles that are kept. */
  get size(): number {
    return this.#handles.size
  }

  get(taskId: TaskId): Handle | undefined {
    return this.#handles.get(taskId) ?? this.#recall(taskId)
  }

  /**
   * A handle for a task about to be submitted. With `keep` it is there for a second submit of its id for as long as the
   * ledger remembers the task; otherwise, since few come back with an id that was made up, another is made then.
   */
  open(taskId: TaskId, keep = true): Handle {
    const handle = new Handle(taskId, this.#host, keep)
    this.#handles.set(taskId, handle)
    this.#unsettled += 1
    return handle
  }

  /** The handle of a task that an earlier run had accepted and that has not ended. */
  adopt({ spec }: TaskRecord): Handle {
    const handle = this.open(spec.id, spec.madeUpId !== true)
    handle.accept()
    return handle
  }

  /** A handle of a task that is refused before anybody has seen it; its id stays free. */
  refused(taskId: TaskId, error: TaskError): Handle {
    const handle = new Handle(taskId, this.#host)
    handle.refuse(error)
    return handle
  }

  /** A task was not accepted; its id is free again. */
  refuse(taskId: TaskId, error: TaskError): void {
    this.#settle(this.#handles.get(taskId), (handle) => handle.refuse(error))
    this.#handles.delete(taskId)
  }

  /** Settles every handle that is still open. */
  failAll(error: (taskId: TaskId) => TaskError): void {
    for (const handle of this.#handles.values()) {
      this.#settle(handle, () => (handle.isAccepted ? handle.fail(error(handle.id)) : handle.refuse(error(handle.id))))
    }
  }

  readonly onEvent = (event: BallastEvent, task?: TaskRecord): void => {
    switch (event._tag) {
      case "TaskAccepted":
        this.#handleOf(event.task.id, task)?.accept()
        return
      case "TaskProgressed":
        this.#handles.get(event.taskId)?.report({
          fraction: event.fraction,
          ...(event.note !== undefined && { note: event.note })
        })
        return
      case "TaskCompleted": {
        const handle = this.#handleOf(event.taskId, task)
        if (handle !== undefined && !handle.isSettled) {
          handle.complete(event.result)
          this.#oneLess()
        }
        return this.#ending(event.taskId, handle)
      }
      case "TaskFailed":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskShed":
      case "TaskQuarantined": {
        const ended = task ?? this.#ledger.task(event.taskId)
        const error = ended && taskErrorOf(ended)
        if (error !== undefined)
          this.#settle(this.#handles.get(event.taskId), (handle) => handle.fail(error, ended?.status))
        return this.#ending(event.taskId, this.#handles.get(event.taskId))
      }
    }
  }

  /** Most tasks have their handle with them: it need not be looked for among many. */
  #handleOf(taskId: TaskId, task: TaskRecord | undefined): Handle | undefined {
    return task?.ticket instanceof Handle ? task.ticket : this.#handles.get(taskId)
  }

  #ending(taskId: TaskId, handle: Handle | undefined): void {
    if (handle === undefined) return
    if (handle.keep) this.#ended.add(taskId)
    else this.#handles.delete(taskId)
  }

  /** Another handle of a task that has ended and is still remembered. */
  #recall(taskId: TaskId): Handle | undefined {
    const task = this.#ledger.task(taskId)
    if (task?.outcome === undefined) return undefined
    const handle = new Handle(taskId, this.#host)
    handle.accept()
    const error = taskErrorOf(task)
    if (task.outcome._tag === "completed") handle.complete(task.outcome.result)
    else if (error !== undefined) handle.fail(error, task.status)
    return handle
  }

  #settle(handle: Handle | undefined, by: (handle: Handle) => void): void {
    if (handle === undefined || handle.isSettled) return
    by(handle)
    this.#oneLess()
  }

  #oneLess(): void {
    this.#unsettled -= 1
    if (this.#unsettled === 0) this.#onAllSettled()
  }
}
