import { Retained } from "../../src/collections/index.ts"
import type { TaskRecord } from "../../src/ledger/index.ts"
import type { ErrorData, LedgerEvent, TaskId } from "../../src/model/index.ts"

/** Attempts kept of one task: the latest. */
const kept = 10
/** Characters of an error's message. */
const longest = 120

const brief = ({ name, message }: ErrorData): string => {
  const [line = ""] = message.split("\n")
  const cut = line.length > longest ? `${line.slice(0, longest)}…` : line
  return cut === "" ? name : `${name}: ${cut}`
}

/** How a run ended that did not complete, where it counts; `undefined`: this event ends none, or none that began. */
const endingOf = (event: LedgerEvent): string | undefined => {
  switch (event._tag) {
    case "TaskDelayed":
      return brief(event.error)
    case "TaskFailed":
      return event.epoch === undefined ? undefined : brief(event.error)
    case "TaskRequeued":
      if (event.reason === "recalled") return undefined
      return event.crash === undefined ? words[event.reason] : `the worker went down with it (${event.crash.reason})`
    case "TaskQuarantined":
      return `the worker went down with it (${event.crashes.at(-1)?.reason ?? "crash"})`
    default:
      return undefined
  }
}

const words = {
  "worker-lost": "the worker was lost",
  "worker-drained": "the worker was drained",
  yielded: "it was given back",
  "migration-aborted": "its move was given up"
} as const

/** What came of the runs of tasks that did not complete at once: for those who ask why a task failed. */
export class Attempts {
  readonly #retained: Retained<TaskId>
  readonly #lines = new Map<TaskId, Array<string>>()

  /** Of the latest so many tasks. */
  constructor(retain: number) {
    this.#retained = new Retained(retain, (taskId) => this.#lines.delete(taskId))
  }

  onEvent(event: LedgerEvent, task: TaskRecord | undefined): void {
    const ending = task?.left === undefined ? undefined : endingOf(event)
    if (task?.left === undefined || ending === undefined) return
    const { id } = task.spec
    const lines = this.#lines.get(id) ?? []
    if (lines.length === 0) {
      this.#lines.set(id, lines)
      this.#retained.add(id)
    }
    lines.push(`${task.left.attempt} on ${task.left.workerId}: ${ending}`)
    if (lines.length > kept) lines.shift()
  }

  /** In one sentence; `undefined`: there is nothing to tell. */
  of(taskId: TaskId): string | undefined {
    const lines = this.#lines.get(taskId)
    return lines && `Attempts: ${lines.join("; ")}.`
  }
}
