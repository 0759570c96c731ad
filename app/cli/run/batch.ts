import { once } from "node:events"
import type { Writable } from "node:stream"
import type { SubmitOptions } from "../../../src/config/index.ts"
import { complaintOf } from "../complaint.ts"
import { formatResultLine, type ResultLine } from "./result-line.ts"
import type { TaskLine } from "./task-line.ts"

/** What is needed of a submitted task. */
export interface Submitted {
  readonly id: string
  readonly result: Promise<unknown>
  readonly accepted: Promise<void>
  cancel(reason?: string): void
}

export type Submit = (type: string, payload: unknown, options: SubmitOptions) => Submitted

/**
 * The tasks of one input: submits them as fast as they are accepted and written, and writes how each ended, in the
 * order of their ends. A task named twice is one task with two lines.
 */
export class Batch {
  readonly #submit: Submit
  readonly #output: Writable
  readonly #open = new Set<Submitted>()
  #idle = Promise.withResolvers<void>()
  submitted = 0
  completed = 0
  failed = 0

  constructor(submit: Submit, output: Writable) {
    this.#submit = submit
    this.#output = output
  }

  get ended(): number {
    return this.completed + this.failed
  }

  /** Resolves once there is room for the next. */
  async add({ type, payload, options }: TaskLine): Promise<void> {
    const task = this.#submit(type, payload, options)
    this.submitted += 1
    this.#open.add(task)
    task.result.then(
      (result) => this.#end(task, { id: task.id, type, ok: true, result }),
      (error: unknown) => this.#end(task, { id: task.id, type, ok: false, error: complaintOf(error) })
    )
    // A task that is refused has a result that says so.
    await task.accepted.catch(() => {})
    if (this.#output.writableNeedDrain) await once(this.#output, "drain")
  }

  cancel(reason: string): void {
    for (const task of this.#open) task.cancel(reason)
  }

  /** Resolves once every task added so far has ended and its line is on its way. */
  async end(): Promise<void> {
    while (this.ended < this.submitted) await this.#idle.promise
  }

  #end(task: Submitted, line: ResultLine): void {
    this.#open.delete(task)
    if (line.ok) this.completed += 1
    else this.failed += 1
    this.#output.write(formatResultLine(line))
    if (this.ended < this.submitted) return
    this.#idle.resolve()
    this.#idle = Promise.withResolvers()
  }
}
