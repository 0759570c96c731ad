import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import { type Alarm, type Timer, TimerWheel } from "../../collections/index.ts"

export type { Alarm, Timer }

/**
 * All timers of a system behind one sleeping fiber: a fiber for each would cost several times what it times. Time
 * comes from Effect's `Clock`, in milliseconds of its monotonic time.
 *
 * Details: cancelling a timer does not wake or replace the sleeper. It wakes too early then, finds nothing to do, and
 * sleeps on until the next timer. Only when no timer is left and the tasks that were ready by then have run is it
 * called off: questions asked one after another share one sleeper, and a system with nothing to wait for holds neither
 * the process nor virtual time.
 */
export class TimerQueue {
  readonly #clock: Clock.Clock
  readonly #context: Context.Context<never>
  readonly #defer: (task: () => void) => void
  readonly #wheel = new TimerWheel()
  readonly #wake = Effect.sync(() => this.#ring())
  readonly #restIfIdle = (): void => {
    this.#isRestDeferred = false
    if (this.#wheel.size === 0) this.#rest()
  }
  #sleeper: Fiber.Fiber<void> | undefined
  /** Timers due from then on are not missed: infinite while nobody sleeps. */
  #wakesAt = Number.POSITIVE_INFINITY
  #isRestDeferred = false

  /** `defer` does something once the tasks that are ready have run: by default, a task of the context's scheduler. */
  constructor(
    clock: Clock.Clock,
    context: Context.Context<never>,
    defer: (task: () => void) => void = deferredBy(context)
  ) {
    this.#clock = clock
    this.#context = context
    this.#defer = defer
  }

  /** Milliseconds. */
  now(): number {
    // The one monotonic time a `Clock` has. Reading it costs several times the conversion.
    return Number(this.#clock.monotonicTimeNanosUnsafe()) / 1e6
  }

  /** Rings once after so many milliseconds, unless cancelled; never after `Infinity`. */
  schedule(ms: number, alarm: Alarm): Timer {
    const timer = this.#wheel.schedule(this.now() + (ms > 0 ? ms : 0), alarm)
    if (timer.at < this.#wakesAt && timer.isPending) this.#sleepUntil(timer.at)
    return timer
  }

  /** Does nothing to a timer that has fired or was cancelled before. */
  cancel(timer: Timer): void {
    if (this.#wheel.cancel(timer) && this.#wheel.size === 0) this.#deferRest()
  }

  /** As `schedule`, with functions; returns what cancels it. */
  after(ms: number, ring: () => void): () => void {
    const timer = this.schedule(ms, { ring })
    return () => this.cancel(timer)
  }

  /** Cancels all timers. */
  close(): void {
    this.#wheel.clear()
    this.#rest()
  }

  /**
   * At once it would be too early: whoever asks one question after another has no timer between two of them, and a
   * fiber and a timer of the platform for each cost more than the questions. After a time would be too late: a process
   * would outlive its work, and virtual time would find a moment to go to at which nothing happens.
   */
  #deferRest(): void {
    if (this.#isRestDeferred || this.#sleeper === undefined) return
    this.#isRestDeferred = true
    this.#defer(this.#restIfIdle)
  }

  #rest(): void {
    this.#sleeper?.interruptUnsafe()
    this.#sleeper = undefined
    this.#wakesAt = Number.POSITIVE_INFINITY
  }

  #sleepUntil(at: number): void {
    this.#rest()
    this.#wakesAt = at
    const wait = Duration.millis(Math.max(0, Math.ceil(at - this.now())))
    this.#sleeper = Effect.runForkWith(this.#context)(Effect.flatMap(this.#clock.sleep(wait), () => this.#wake))
  }

  #ring(): void {
    this.#sleeper = undefined
    // Until all that are due have rung, nobody needs to go to sleep for a new one.
    this.#wakesAt = Number.NEGATIVE_INFINITY
    try {
      this.#wheel.advance(this.now())
    } finally {
      const next = this.#wheel.nextAt
      if (next === undefined) this.#rest()
      else this.#sleepUntil(next)
    }
  }
}

const deferredBy = (context: Context.Context<never>): ((task: () => void) => void) => {
  const scheduler = Context.get(context, Scheduler.Scheduler).makeDispatcher()
  return (task) => scheduler.scheduleTask(task, 0)
}
