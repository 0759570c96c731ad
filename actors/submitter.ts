import { oversize, type SubmitOptions, submitProblems, toTaskSpec } from "../src/config/index.ts"
import {
  Cancelled,
  InvalidOptions,
  InvalidPayload,
  ShuttingDown,
  type TaskId,
  type TaskSpec,
  UnknownHandler
} from "../src/model/index.ts"
import type { Submission } from "./intake.ts"
import type { Runtime } from "./runtime.ts"
import { SubmissionBatch } from "./submission-batch.ts"
import type { Handle } from "./task-handle.ts"
import type { Transfer } from "./transfer.ts"

/** Takes tasks in: checks what the caller says, and gives the handle at once. Never throws. */
export class Submitter {
  readonly #runtime: Runtime
  readonly #prefix: string
  #serial = 0
  #batch: SubmissionBatch | undefined
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
    return this.#guarded(() => this.#submit(type, payload, options, wait))
  }

  /** A task that its submitter will run by itself, on the worker that it is placed on; of any type. */
  select(type: string, options: SubmitOptions | undefined): Handle {
    return this.#guarded(() => this.#submit(type, undefined, options, true, toExternal))
  }

  /** A task whose payload is a list of so many items. */
  submitBatch(type: string, items: ReadonlyArray<unknown>, options: SubmitOptions | undefined): Handle {
    return this.#guarded(() => this.#submit(type, items, options, true, (spec) => ({ ...spec, items: items.length })))
  }

  #guarded(submit: () => Handle): Handle {
    try {
      return submit()
    } catch (cause) {
      // Options whose reading fails: a getter that throws, a revoked proxy.
      const problem = { path: "options", message: String(cause), hint: "give plain options" }
      return this.#runtime.handles.refused(this.#nextId(), new InvalidOptions({ problems: [problem] }))
    }
  }

  #submit(
    type: string,
    payload: unknown,
    options: SubmitOptions | undefined,
    wait: boolean,
    shaped?: (spec: TaskSpec) => TaskSpec
  ): Handle {
    const { handles, coordination, system } = this.#runtime
    const given = options?.id
    const isNamed = typeof given === "string" && given !== ""
    const taskId = isNamed ? given : this.#nextId()
    const earlier = isNamed ? handles.get(taskId) : undefined
    if (earlier !== undefined) return earlier
    if (this.#closed || this.#runtime.hasEnded) return handles.refused(taskId, new ShuttingDown({ taskId }))
    const problems = submitProblems(options)
    if (problems.length > 0) return handles.refused(taskId, new InvalidOptions({ problems }))
    const known = coordination.handlers
    if (shaped !== toExternal && known.length > 0 && !known.includes(type)) {
      return handles.refused(taskId, new UnknownHandler({ taskId, type, known }))
    }
    const signal = options?.signal
    if (signal?.aborted === true) return handles.refused(taskId, new Cancelled({ taskId, reason: aborted }))
    const tooLarge = oversize(payload, options?.transfer, this.#runtime.maxPayloadBytes)
    if (tooLarge !== undefined) return handles.refused(taskId, new InvalidPayload({ taskId, problems: [tooLarge] }))
    const own = toTaskSpec(taskId, type, payload, options, options?.deadline === undefined ? 0 : system.now())
    const analyzed = this.#runtime.analyst.analyze(own)
    const spec = shaped === undefined ? analyzed : shaped(analyzed)
    const transfer = transferOf(options)
    const handle = handles.open(taskId, isNamed)
    const submission = { spec, wait, ticket: handle }
    if (!this.#send(transfer === undefined ? submission : { ...submission, transfer })) {
      handles.refuse(taskId, new ShuttingDown({ taskId }))
    }
    this.#heed(signal, handle)
    return handle
  }

  /** `false`: nobody takes it. */
  #send(submission: Submission): boolean {
    if (this.#batch?.isOpen === true) {
      this.#batch.add(submission)
      return true
    }
    this.#batch = SubmissionBatch.of(submission)
    const taken = this.#runtime.coordinator.tell("Submit", { batch: this.#batch })
    if (!taken) this.#batch = undefined
    return taken
  }

  #nextId(): TaskId {
    this.#serial += 1
    return `${this.#prefix}-${this.#serial}`
  }

  #heed(signal: AbortSignal | undefined, handle: Handle): void {
    if (signal === undefined) return
    const cancel = (): void => handle.cancel(aborted)
    signal.addEventListener("abort", cancel, { once: true })
    void handle.result.catch(() => undefined).then(() => signal.removeEventListener("abort", cancel))
  }
}

/** The same task, in other hands: it stands in a lane of its own, since a worker need not have asked for it. */
const toExternal = ({ requirements, ...spec }: TaskSpec): TaskSpec => ({
  ...spec,
  requirements: {
    ...requirements,
    demand: { ...requirements.demand, external: true },
    shape: `external ${requirements.shape}`
  }
})

const aborted = "its signal was aborted"

const transferOf = (options: SubmitOptions | undefined): Transfer | undefined =>
  options?.transfer === undefined || options.transfer.length === 0 ? undefined : options.transfer
