import type * as Clock from "effect/Clock"
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { type Ranked, RankHeap } from "../../collections/index.ts"

/** A moment at which something is to be done. */
interface Alarm extends Ranked {
  readonly at: number
  readonly seq: number
  readonly ring: () => void
}

/**
 * All timers of a system behind one sleeping fiber: a fiber for each would cost several times what it times. Time
 * comes from Effect's `Clock`, in milliseconds of its monotonic time.
 */
export class TimerQueue {
  readonly #clock: Clock.Clock
  readonly #context: Context.Context<never>
  readonly #alarms = new RankHeap<Alarm>((a, b) => a.at < b.at || (a.at === b.at && a.seq < b.seq))
  #seq = 0
  #sleeper: Fiber.Fiber<void> | undefined
  #wakesAt = Number.POSITIVE_INFINITY

  constructor(clock: Clock.Clock, context: Context.Context<never>) {
    this.#clock = clock
    this.#context = context
  }

  now(): number {
    return Number(this.#clock.monotonicTimeNanosUnsafe()) / 1e6
  }

  /** Returns what calls the alarm off. */
  after(ms: number, ring: () => void): () => void {
    const alarm: Alarm = { at: this.now() + Math.max(0, ms), seq: this.#seq++, ring, heapIndex: -1 }
    this.#alarms.push(alarm)
    if (alarm.at < this.#wakesAt) this.#sleep()
    return () => {
      this.#alarms.remove(alarm)
      if (this.#alarms.size === 0) this.#rest()
    }
  }

  close(): void {
    while (this.#alarms.pop() !== undefined) {
      // emptied
    }
    this.#rest()
  }

  #rest(): void {
    this.#sleeper?.interruptUnsafe()
    this.#sleeper = undefined
    this.#wakesAt = Number.POSITIVE_INFINITY
  }

  #sleep(): void {
    this.#rest()
    const first = this.#alarms.first
    if (first === undefined) return
    this.#wakesAt = first.at
    const wait = Duration.millis(Math.max(0, Math.ceil(first.at - this.now())))
    const wake = Effect.sync(() => this.#ring())
    this.#sleeper = Effect.runForkWith(this.#context)(Effect.flatMap(this.#clock.sleep(wait), () => wake))
  }

  #ring(): void {
    this.#sleeper = undefined
    this.#wakesAt = Number.POSITIVE_INFINITY
    const now = this.now()
    for (let first = this.#alarms.first; first !== undefined && first.at <= now; first = this.#alarms.first) {
      this.#alarms.remove(first)
      first.ring()
    }
    if (this.#alarms.first !== undefined && this.#alarms.first.at < this.#wakesAt) this.#sleep()
  }
}
