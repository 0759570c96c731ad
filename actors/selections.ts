import * as Effect from "effect/Effect"
import type { RequirementsInput, SubmitOptions } from "../src/config/index.ts"
import { Epoch, InvalidOptions, type Millis, type Problem, type TaskId, type WorkerId } from "../src/model/index.ts"
import type { BallastEvent, BallastEventTag } from "./events.ts"
import type { Runtime } from "./runtime.ts"
import type { Submitter } from "./submitter.ts"

/** A worker chosen for a task that the caller runs there by itself. */
export interface Selection {
  readonly workerId: WorkerId
  /** To be given to `complete`, once. */
  readonly epoch: Epoch
  /** Why there, in words. */
  readonly explanation: string
}

/** What decides on the worker, and how long the caller waits for one. */
export type SelectOptions = Omit<SubmitOptions, "id" | "requires" | "timeout" | "retries" | "maxCrashes" | "transfer">

/** How a selected run has ended. */
export interface SelectedRun {
  readonly success: boolean
  /** How long it took. */
  readonly ms: Millis
}

const heeds: ReadonlyArray<BallastEventTag> = ["TaskPlaced"]

/**
 * Selection without execution (P14): the queue, the strategy, the ledger's reservations and all that is learned serve tasks
 * that their submitters run by themselves.
 */
export class Selections {
  readonly #runtime: Runtime
  readonly #submitter: Submitter
  readonly #waiting = new Map<TaskId, (selection: Selection) => void>()

  constructor(runtime: Runtime, submitter: Submitter) {
    this.#runtime = runtime
    this.#submitter = submitter
    runtime.told.subscribe(this.#onEvent, heeds)
  }

  /** Resolves once there is a worker for it; rejects as a task's result does that never runs. */
  select(type: string, requires?: RequirementsInput, options: SelectOptions = {}): Promise<Selection> {
    const handle = this.#submitter.select(type, requires === undefined ? options : { ...options, requires })
    return new Promise((resolve, reject) => {
      this.#waiting.set(handle.id, resolve)
      handle.result.then(
        () => undefined,
        (cause: unknown) => {
          this.#waiting.delete(handle.id)
          reject(cause)
        }
      )
    })
  }

  /** `false`: the run is not current: it was completed before, or cancelled, or its worker was lost. `ShuttingDown` at the end. */
  async complete(epoch: number, run: SelectedRun): Promise<boolean> {
    const problems = problemsOf(run)
    if (problems.length > 0) throw new InvalidOptions({ problems })
    const completed = { epoch: Epoch(epoch), ok: run.success, ms: run.ms }
    return Effect.runPromise(this.#runtime.whileAlive(this.#runtime.coordinator.ask("Complete", completed)))
  }

  readonly #onEvent = (event: BallastEvent): void => {
    if (this.#waiting.size === 0 || event._tag !== "TaskPlaced") return
    const { taskId, epoch, reservation } = event
    const resolve = this.#waiting.get(taskId)
    if (resolve === undefined) return
    this.#waiting.delete(taskId)
    // Why there is known once the turn that placed it is over.
    queueMicrotask(() => resolve({ workerId: reservation.workerId, epoch, explanation: this.#runtime.explain(taskId) }))
  }
}

const problemsOf = (run: SelectedRun): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  if (typeof run?.success !== "boolean") {
    problems.push({ path: "run.success", message: "Expected true or false", hint: "whether the run succeeded" })
  }
  if (!(Number.isFinite(run?.ms) && run.ms >= 0)) {
    problems.push({ path: "run.ms", message: "Expected a time", hint: "how long it took, in milliseconds" })
  }
  return problems
}
