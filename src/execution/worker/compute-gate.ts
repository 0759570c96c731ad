import { performance } from "node:perf_hooks"

/** Rests shorter than this are owed on: a timer is not finer. Milliseconds. */
const shortestRest = 4

/**
 * The rest a thread owes after having computed for `active` and idled for `idle` milliseconds, so that computing stays
 * at or below the share `dutyCycle` of wall time: each millisecond computed owes `1/dutyCycle − 1` of rest. Idling pays
 * a debt but earns no credit, so that a long pause does not buy a burst.
 */
export const restOwed = (owed: number, active: number, idle: number, dutyCycle: number): number =>
  Math.max(0, owed + active * (1 / dutyCycle - 1) - idle)

interface Waiting {
  readonly who: object
  readonly resume: () => void
}

/**
 * Where the tasks of a throttled thread wait, together, while it rests. Messages and heartbeats flow meanwhile.
 * Computing is measured by the event loop's own utilisation, so work between checkpoints counts whoever did it.
 */
export class ComputeGate {
  readonly #dutyCycle: number
  readonly #waiting = new Set<Waiting>()
  #resting = false
  #owed = 0
  #last: ReturnType<typeof performance.eventLoopUtilization> | undefined

  constructor(dutyCycle: number) {
    this.#dutyCycle = dutyCycle
  }

  /** `undefined` where `who` may compute now, otherwise a promise that resolves when it may. */
  enter(who: object): Promise<void> | undefined {
    if (this.#dutyCycle >= 1) return undefined
    if (!this.#resting && this.#settle() < shortestRest) return undefined
    if (!this.#resting) this.#rest()
    return new Promise((resume) => this.#waiting.add({ who, resume }))
  }

  /** Lets one through at once: it is cancelled or moved, and has only to clean up. */
  release(who: object): void {
    for (const waiting of this.#waiting) if (waiting.who === who) this.#resume(waiting)
  }

  #settle(): number {
    const now = performance.eventLoopUtilization()
    if (this.#last !== undefined) {
      const active = now.active - this.#last.active
      this.#owed = restOwed(this.#owed, active, now.idle - this.#last.idle, this.#dutyCycle)
    }
    this.#last = now
    return this.#owed
  }

  #rest(): void {
    this.#resting = true
    setTimeout(() => {
      this.#resting = false
      // Tasks that wait for something outside may have computed during the rest.
      if (this.#settle() >= shortestRest) return this.#rest()
      for (const waiting of this.#waiting) this.#resume(waiting)
    }, this.#owed)
  }

  #resume(waiting: Waiting): void {
    this.#waiting.delete(waiting)
    waiting.resume()
  }
}
