import { Retained } from "../src/collections/index.ts"
import type { LedgerReader } from "../src/ledger/index.ts"
import type { TaskError, TaskId } from "../src/model/index.ts"
import type { BallastEvent } from "./events.ts"
import { taskErrorOf } from "./task-error.ts"
import { Handle, type HandleHost } from "./task-handle.ts"

/**
 * The handles of submitted tasks, settled by what the ledger says and by nothing else. A task's handle is kept as long
 * as the ledger remembers the task, so that a second submit of its id finds it.
 */
export class TaskHandles {
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

  get(taskId: TaskId): Handle | undefined {
    return this.#handles.get(taskId)
  }

  /** A handle for a task about to be submitted. */
  open(taskId: TaskId): Handle {
    const handle = new Handle(taskId, this.#host)
    this.#handles.set(taskId, handle)
    this.#unsettled += 1
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

  readonly onEvent = (event: BallastEvent): void => {
    switch (event._tag) {
      case "TaskAccepted":
        this.#handles.get(event.task.id)?.accept()
        return
      case "TaskProgressed":
        this.#handles.get(event.taskId)?.report({
          fraction: event.fraction,
          ...(event.note !== undefined && { note: event.note })
        })
        return
      case "TaskCompleted":
        this.#settle(this.#handles.get(event.taskId), (handle) => handle.complete(event.result))
        return this.#ended.add(event.taskId)
      case "TaskFailed":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskShed":
      case "TaskQuarantined": {
        const task = this.#ledger.task(event.taskId)
        const error = task && taskErrorOf(task)
        if (error !== undefined)
          this.#settle(this.#handles.get(event.taskId), (handle) => handle.fail(error, task?.status))
        return this.#ended.add(event.taskId)
      }
    }
  }

  #settle(handle: Handle | undefined, by: (handle: Handle) => void): void {
    if (handle === undefined || handle.isSettled) return
    by(handle)
    this.#unsettled -= 1
    if (this.#unsettled === 0) this.#onAllSettled()
  }
}
