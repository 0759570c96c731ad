import type * as Scheduler from "effect/Scheduler"
import { Ring } from "./ring.ts"

/** What can be given a turn. */
export interface Runnable {
  /** Handles some mail; `true` where more is left. */
  turn(): boolean
}

/** How long one drain may hold the thread, in milliseconds, before timers, input and fibers get theirs. */
const slice = 2

/** Turns between two looks at the clock. */
const turnsPerLook = 16

/**
 * Gives actors that have mail their turns, in order, from one queue: an idle actor costs no fiber. Runs on Effect's
 * `Scheduler`, so that whoever replaces that decides the order of a whole run.
 */
export class Dispatcher {
  readonly #scheduler: Scheduler.SchedulerDispatcher
  readonly #now: () => number
  readonly #ready = new Ring<Runnable>(64)
  #scheduled = false
  readonly #drain = (): void => this.#run()

  constructor(scheduler: Scheduler.Scheduler, now: () => number) {
    this.#scheduler = scheduler.makeDispatcher()
    this.#now = now
  }

  ready(runnable: Runnable): void {
    this.#ready.push(runnable)
    this.#schedule()
  }

  /** Does something soon, on its own stack. */
  defer(task: () => void): void {
    this.#scheduler.scheduleTask(task, 0)
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#scheduler.scheduleTask(this.#drain, 0)
  }

  #run(): void {
    this.#scheduled = false
    const end = this.#now() + slice
    for (let turns = 1; ; turns += 1) {
      const next = this.#ready.shift()
      if (next === undefined) return
      if (next.turn()) this.#ready.push(next)
      if (turns % turnsPerLook === 0 && this.#now() >= end) return this.#schedule()
    }
  }
}
