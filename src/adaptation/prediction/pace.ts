import type { Millis } from "../../model/index.ts"

/** Steps that a horizon is cut into at most. */
export const mostSteps = 12

/** A shorter step is none. */
const shortest: Millis = 1

/** How a horizon is cut into equal steps: as many as samples are expected in it, within 1–12. */
export const stepsOf = (horizon: Millis, interval: Millis): { readonly steps: number; readonly step: Millis } => {
  const wanted = Math.round(horizon / interval)
  const steps = Number.isFinite(wanted) ? Math.min(mostSteps, Math.max(1, wanted)) : 1
  return { steps, step: Math.max(shortest, horizon < interval ? interval : horizon / steps) }
}

/** What a step holds. */
export interface Step {
  /** Steps before it without a sample, which are held to have been as the last; `undefined`: too many to say. */
  readonly missed: number | undefined
  readonly value: number
}

/**
 * Makes equal steps of samples that come at any times. Several within a step count as their mean; none, as the one
 * before. A sample a little early or late stands for the step it is nearest to.
 */
export class Pace {
  readonly #step: Millis
  readonly #mostMissed: number
  #origin: Millis | undefined
  #last = 0
  #sum = 0
  #count = 0

  /** @param mostMissed steps without a sample after which the series begins anew */
  constructor(step: Millis, mostMissed: number) {
    this.#step = step
    this.#mostMissed = mostMissed
  }

  /** The step that this sample completes, if it does; times rise. */
  take(value: number, at: Millis): Step | undefined {
    if (this.#origin === undefined) return this.#begin(value, at)
    this.#sum += value
    this.#count += 1
    const place = Math.round((at - this.#origin) / this.#step)
    const missed = place - this.#last - 1
    if (missed < 0) return undefined
    if (missed > this.#mostMissed) return this.#begin(value, at)
    const mean = this.#sum / this.#count
    this.#last = place
    this.#sum = 0
    this.#count = 0
    return { missed, value: mean }
  }

  #begin(value: number, at: Millis): Step {
    this.#origin = at
    this.#last = 0
    this.#sum = 0
    this.#count = 0
    return { missed: undefined, value }
  }
}
