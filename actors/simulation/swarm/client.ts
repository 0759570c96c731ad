import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import type { Millis, TaskId, TaskSpec } from "../../../src/model/index.ts"
import { type TaskDraft, taskFrom } from "../../../src/testing/index.ts"
import { SubmissionBatch } from "../../submission-batch.ts"
import type { Simulation } from "../simulation.ts"

interface Submitted {
  readonly draft: TaskDraft
  readonly timeout?: Millis
  readonly wait: boolean
}

/** Whoever asks things of a runtime, and keeps what it was promised. */
export class Client {
  readonly specs = new Map<TaskId, TaskSpec>()
  readonly #simulation: Simulation
  readonly #fibers: Array<{ readonly what: string; readonly fiber: Fiber.Fiber<unknown, unknown> }> = []

  constructor(simulation: Simulation) {
    this.#simulation = simulation
  }

  submit({ draft, timeout, wait }: Submitted): void {
    const { runtime, time } = this.#simulation
    const id = `t${this.specs.size}`
    const spec = { ...taskFrom(draft, id, time.now), ...(timeout !== undefined && { timeout }) }
    this.specs.set(id, spec)
    runtime.handles.open(id)
    runtime.coordinator.tell("Submit", { batch: SubmissionBatch.of({ spec, wait }) })
  }

  cancel(taskId: TaskId): void {
    this.#simulation.runtime.handles.get(taskId)?.cancel()
  }

  /** Where the runtime has no answer any more its caller is told so; that is an end too. */
  ask(what: string, effect: Effect.Effect<unknown, unknown>): void {
    this.#fibers.push({ what, fiber: this.#simulation.time.fork(effect) })
  }

  /** Whether all that it was promised has come. */
  get isServed(): boolean {
    const { handles } = this.#simulation.runtime
    return (
      [...this.specs.keys()].every((id) => handles.get(id)?.isSettled ?? true) &&
      this.#fibers.every(({ fiber }) => fiber.pollUnsafe() !== undefined)
    )
  }

  /** I7: what has not come. */
  *unsettled(): Iterable<string> {
    const { handles } = this.#simulation.runtime
    for (const id of this.specs.keys()) {
      const handle = handles.get(id)
      if (handle !== undefined && !handle.isSettled) yield `I7: the handle of ${id} is ${handle.status}`
    }
    for (const { what, fiber } of this.#fibers) {
      if (fiber.pollUnsafe() === undefined) yield `I7: "${what}" has not ended`
    }
  }

  /** I7: where a handle came to something else than its task. Where the runtime was stopped, it may have come to nothing. */
  async disagreements(stopped: boolean): Promise<ReadonlyArray<string>> {
    const { handles, ledger } = this.#simulation.runtime
    const found: Array<string> = []
    for (const id of this.specs.keys()) {
      const outcome = ledger.task(id)?.outcome
      const handle = handles.get(id)
      if (handle === undefined || (outcome === undefined && !stopped)) continue
      const completed = await handle.result.then(
        (value) => value === id,
        () => false
      )
      const isCompleted = outcome?._tag === "completed"
      if (completed !== isCompleted && !(stopped && isCompleted)) {
        found.push(`I7: the handle of ${id} says otherwise than ${outcome?._tag ?? "the ledger"}`)
      }
    }
    return found
  }
}
