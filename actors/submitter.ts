import { type SubmitOptions, submitProblems, toTaskSpec } from "../src/config/index.ts"
import { InvalidOptions, ShuttingDown, type TaskId, UnknownHandler } from "../src/model/index.ts"
import type { Runtime } from "./runtime.ts"
import type { Handle } from "./task-handle.ts"
import type { Transfer } from "./transfer.ts"

/** Takes tasks in: checks what the caller says, and gives the handle at once. Never throws. */
export class Submitter {
  readonly #runtime: Runtime
  readonly #prefix: string
  #serial = 0
  #closed = false

  constructor(runtime: Runtime) {
    this.#runtime = runtime
    this.#prefix = Math.floor(runtime.system.random() * 2 ** 32).toString(36)
  }

  /** From now on every submit is refused. */
  close(): void {
    this.#closed = true
  }

  submit(type: string, payload: unknown, options: SubmitOptions | undefined, wait: boolean): Handle {
    const { handles, coordination, coordinator, system } = this.#runtime
    const taskId = this.#idOf(options)
    const earlier = handles.get(taskId)
    if (earlier !== undefined) return earlier
    if (this.#closed) return handles.refused(taskId, new ShuttingDown({ taskId }))
    const problems = submitProblems(options)
    if (problems.length > 0) return handles.refused(taskId, new InvalidOptions({ problems }))
    const known = coordination.handlers
    if (known.length > 0 && !known.includes(type)) {
      return handles.refused(taskId, new UnknownHandler({ taskId, type, known }))
    }
    const handle = handles.open(taskId)
    const spec = toTaskSpec(taskId, type, payload, options, system.now())
    const transfer = transferOf(options)
    const taken = coordinator.tell("Submit", { spec, wait, ...(transfer !== undefined && { transfer }) })
    if (!taken) handles.refuse(taskId, new ShuttingDown({ taskId }))
    this.#heed(options?.signal, handle)
    return handle
  }

  #idOf(options: SubmitOptions | undefined): TaskId {
    if (typeof options?.id === "string" && options.id !== "") return options.id
    this.#serial += 1
    return `${this.#prefix}-${this.#serial}`
  }

  #heed(signal: AbortSignal | undefined, handle: Handle): void {
    if (signal === undefined) return
    const cancel = (): void => handle.cancel("its signal was aborted")
    if (signal.aborted) return cancel()
    signal.addEventListener("abort", cancel, { once: true })
    void handle.result.catch(() => undefined).then(() => signal.removeEventListener("abort", cancel))
  }
}

const transferOf = (options: SubmitOptions | undefined): Transfer | undefined =>
  options?.transfer === undefined || options.transfer.length === 0 ? undefined : options.transfer
