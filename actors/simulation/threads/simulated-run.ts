import type { RunCommand } from "../../../src/execution/index.ts"
import type { Millis } from "../../../src/model/index.ts"
import { FixedTime } from "./fixed-time.ts"
import { doneIn, type RunPlan } from "./run-plan.ts"

/** How fast a run gets on. */
export interface Gait {
  /** Work done in a millisecond where it has a core of the thread to itself. */
  readonly speed: number
  /** It takes so long in all instead, whatever its work. */
  readonly fixed?: Millis | undefined
}

/** A run in progress on a simulated thread: which step it is at, and how much of that is left. */
export class SimulatedRun {
  readonly command: RunCommand
  readonly plan: RunPlan
  readonly startedAt: Millis
  /** Steps done, those of earlier runs of the task included. */
  done: number
  saved: unknown
  cancelled = false
  /** Asked to hand itself over at its next checkpoint. */
  asked = false
  callOff: () => void = () => {}
  readonly #speed: number
  readonly #fixed: FixedTime | undefined
  #step = 0
  /** Work of the step in hand. */
  #left: Millis
  /** Up to when that is counted. */
  #countedAt: Millis

  constructor(command: RunCommand, plan: RunPlan, { speed, fixed }: Gait, now: Millis) {
    this.command = command
    this.plan = plan
    this.startedAt = now
    this.done = doneIn(command.state)
    this.saved = command.state
    this.#speed = speed
    this.#fixed = fixed === undefined ? undefined : new FixedTime(fixed, plan.steps)
    this.#left = plan.steps[0] ?? 0
    this.#countedAt = now
  }

  /** Whether it takes a fixed time: then nothing but what stops the whole thread holds it up. */
  get isFixed(): boolean {
    return this.#fixed !== undefined
  }

  get isAtLastStep(): boolean {
    return this.#step >= this.plan.steps.length - 1
  }

  /** Counts what was done since it was last counted, at this share of its speed. Returns that work. */
  count(share: number, now: Millis): Millis {
    const ms = now - this.#countedAt
    const work =
      this.#fixed === undefined
        ? Math.min(this.#left, ms * this.#speed * share)
        : this.#left * this.#fixed.pass(ms * share)
    this.#left -= work
    this.#countedAt = now
    return work
  }

  /** Steps done of all that the task has, those of earlier runs included, 0–1. */
  get fraction(): number {
    return this.done / (this.done - this.#step + this.plan.steps.length)
  }

  /** Work that is left of it, as far as it is counted. */
  get backlogMs(): Millis {
    return this.plan.steps.slice(this.#step + 1).reduce((sum, work) => sum + work, this.#left)
  }

  /** Milliseconds until the step in hand is done at this share of its speed. */
  leftAt(share: number): Millis {
    if (this.#fixed !== undefined) return this.#fixed.left / share
    return this.#left === 0 ? 0 : this.#left / (this.#speed * share)
  }

  /** Goes on to the next step; what was left of this one, by rounding, was done. */
  next(now: Millis): void {
    this.#step += 1
    this.done += 1
    this.#left = this.plan.steps[this.#step] ?? 0
    this.#fixed?.goOn(this.#step)
    this.#countedAt = now
  }
}
