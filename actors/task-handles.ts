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
  readonly #retain: number
  readonly #handles = new Map<TaskId, Handle>()
  /** Ended ones, the oldest first. */
  readonly #ended = new Set<TaskId>()

  constructor(ledger: LedgerReader, host: HandleHost, retain: number) {
    this.#ledger = ledger
    this.#host = host
    this.#retain = retain
  }

  get(taskId: TaskId): Handle | undefined {
    return this.#handles.get(taskId)
  }

  /** A handle for a task about to be submitted. */
  open(taskId: TaskId): Handle {
    const handle = new Handle(taskId, this.#host)
    this.#handles.set(taskId, handle)
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
    this.#handles.get(taskId)?.refuse(error)
    this.#handles.delete(taskId)
  }

  /** Settles every handle that is still open. */
  failAll(error: (taskId: TaskId) => TaskError): void {
    for (const handle of this.#handles.values()) if (!handle.isSettled) handle.refuse(error(handle.id))
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
        this.#handles.get(event.taskId)?.complete(event.result)
        return this.#retire(event.taskId)
      case "TaskFailed":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskShed":
      case "TaskQuarantined": {
        const task = this.#ledger.task(event.taskId)
        const error = task && taskErrorOf(task)
        if (error !== undefined) this.#handles.get(event.taskId)?.fail(error)
        return this.#retire(event.taskId)
      }
    }
  }

  #retire(taskId: TaskId): void {
    this.#ended.add(taskId)
    if (this.#ended.size <= this.#retain) return
    for (const oldest of this.#ended) {
      this.#ended.delete(oldest)
      this.#handles.delete(oldest)
      return
    }
  }
}
