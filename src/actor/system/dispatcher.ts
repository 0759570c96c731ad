import * as Context from "effect/Context"
import * as Scheduler from "effect/Scheduler"
import { Ring } from "../../collections/index.ts"
import type { Cell } from "../cell/cell.ts"

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
const slice = 0.5

/** Short turns between two looks at the clock. There is one after each turn that did not get through its mail. */
const turnsPerLook = 16

/** Looks between two messages that are timed: a look before and after each message would cost more than many a handler. */
const looksPerSample = 4

/** Told how long a synchronous handler took, now and then. */
export type OnTimed = (cell: Cell, ms: number) => void

/**
 * Gives actors that have mail their turns, in order, from one queue: an idle actor costs no fiber. Runs on Effect's
 * `Scheduler`, so that whoever replaces that decides the order of a whole run.
 */
export class Dispatcher {
  readonly #scheduler: Scheduler.SchedulerDispatcher
  readonly #turns: Turns
  readonly #now: () => number
  readonly #onTimed: OnTimed
  readonly #ready = new Ring<Cell>()
  #scheduled = false
  #stamp = 0
  #looks = 0
  /** Whose synchronous handler is running. */
  current: Cell | undefined
  readonly #drain = (): void => this.#run()

  constructor(context: Context.Context<never>, now: () => number, onTimed: OnTimed) {
    this.#scheduler = Context.get(context, Scheduler.Scheduler).makeDispatcher()
    this.#turns = Context.get(context, Turns)
    this.#now = now
    this.#onTimed = onTimed
  }

  ready(cell: Cell): void {
    if (this.#turns.apart) return this.#readyApart(cell)
    this.#ready.push(cell)
    this.#schedule()
  }

  /** Does something soon, on its own stack. */
  defer(task: () => void): void {
    this.#scheduler.scheduleTask(task, 0)
  }

  /**
   * Whole milliseconds: when the clock was looked at last, and now where nobody has mail. So mail can be dated without
   * a look at the clock for each message; a date may be early by as long as one turn took, or input was waiting.
   */
  get stamp(): number {
    if (!this.#scheduled) this.#look()
    return this.#stamp
  }

  #look(): number {
    const now = this.#now()
    this.#stamp = Math.floor(now)
    return now
  }

  #readyApart(cell: Cell): void {
    this.#scheduler.scheduleTask(() => {
      if (this.#turn(cell, this.#turns.messages)) this.#readyApart(cell)
    }, 0)
  }

  #turn(cell: Cell, messages: number): boolean {
    this.current = cell
    try {
      return cell.turn(messages)
    } finally {
      this.current = undefined
    }
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#look()
    this.#scheduled = true
    this.#scheduler.scheduleTask(this.#drain, 0)
  }

  #run(): void {
    let isEmpty = false
    try {
      isEmpty = this.#drainFor(slice)
    } finally {
      if (isEmpty) this.#scheduled = false
      else this.#scheduler.scheduleTask(this.#drain, 0)
    }
  }

  /** Gives turns for so many milliseconds; whether nobody has mail then. */
  #drainFor(ms: number): boolean {
    const end = this.#look() + ms
    for (let turns = 1; ; turns += 1) {
      const next = this.#ready.shift()
      if (next === undefined) return true
      const more = this.#turn(next, this.#turns.messages)
      if (more) this.#ready.push(next)
      if (!more && turns % turnsPerLook !== 0) continue
      const now = this.#look()
      if (now >= end) return false
      this.#looks += 1
      if (this.#looks % looksPerSample === 0) this.#timeOne(now)
    }
  }

  #timeOne(before: number): void {
    const next = this.#ready.shift()
    if (next === undefined) return
    const more = this.#turn(next, 1)
    if (more) this.#ready.push(next)
    // What an Effect handles is timed where it ends.
    if (next.handling === undefined) this.#onTimed(next, this.#look() - before)
  }
}
