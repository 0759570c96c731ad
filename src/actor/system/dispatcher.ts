import * as Context from "effect/Context"
import * as Scheduler from "effect/Scheduler"
import { Ring } from "../../collections/index.ts"

/** What can be given a turn. */
export interface Runnable {
  /** Handles up to so many messages; `true` where more are left. */
  turn(messages: number): boolean
}

/** How turns are shared out among actors that have mail. */
export interface Turns {
  /** Messages of one turn, before others get theirs. */
  readonly messages: number
  /** Each turn is a task of the scheduler's own, so that the scheduler decides about their order. */
  readonly apart: boolean
}

/** Set by tests that go through the orders in which things may happen. */
export const Turns: Context.Reference<Turns> = Context.Reference<Turns>("ballast/actor/Turns", {
  defaultValue: () => ({ messages: 64, apart: false })
})

/** How long one drain may hold the thread, in milliseconds, before timers, input and fibers get theirs. */
const slice = 2

/** Short turns between two looks at the clock. There is one after each turn that did not get through its mail. */
const turnsPerLook = 16

/**
 * Gives actors that have mail their turns, in order, from one queue: an idle actor costs no fiber. Runs on Effect's
 * `Scheduler`, so that whoever replaces that decides the order of a whole run.
 */
export class Dispatcher {
  readonly #scheduler: Scheduler.SchedulerDispatcher
  readonly #turns: Turns
  readonly #now: () => number
  readonly #ready = new Ring<Runnable>()
  #scheduled = false
  readonly #drain = (): void => this.#run()

  constructor(context: Context.Context<never>, now: () => number) {
    this.#scheduler = Context.get(context, Scheduler.Scheduler).makeDispatcher()
    this.#turns = Context.get(context, Turns)
    this.#now = now
  }

  ready(runnable: Runnable): void {
    if (this.#turns.apart) return this.#readyApart(runnable)
    this.#ready.push(runnable)
    this.#schedule()
  }

  /** Does something soon, on its own stack. */
  defer(task: () => void): void {
    this.#scheduler.scheduleTask(task, 0)
  }

  #readyApart(runnable: Runnable): void {
    this.#scheduler.scheduleTask(() => {
      if (runnable.turn(this.#turns.messages)) this.#readyApart(runnable)
    }, 0)
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
      const more = next.turn(this.#turns.messages)
      if (more) this.#ready.push(next)
      if ((more || turns % turnsPerLook === 0) && this.#now() >= end) return this.#schedule()
    }
  }
}
