import type { Heartbeat } from "../../../src/execution/index.ts"
import type { Millis } from "../../../src/model/index.ts"
import type { ThreadWorld } from "./thread-world.ts"

/** Whose heart it is. */
export interface HeartOf {
  /** How the thread is; `undefined` while it can say nothing. */
  readonly beat: () => Heartbeat | undefined
  readonly isGone: () => boolean
  readonly arrive: (beat: Heartbeat) => void
}

/** The heartbeats of a simulated thread, which may be lost or late on their way. */
export class Heart {
  readonly #world: Pick<ThreadWorld, "now" | "after" | "options">
  readonly #of: HeartOf
  #mutedUntil: Millis = 0
  #lag: { readonly by: Millis; readonly until: Millis } = { by: 0, until: 0 }

  constructor(world: Pick<ThreadWorld, "now" | "after" | "options">, of: HeartOf) {
    this.#world = world
    this.#of = of
  }

  /** Its beats are lost for so long. */
  mute(ms: Millis): void {
    this.#mutedUntil = Math.max(this.#mutedUntil, this.#world.now() + ms)
  }

  /** Its beats come so much later for so long. */
  delay(by: Millis, ms: Millis): void {
    this.#lag = { by, until: this.#world.now() + ms }
  }

  /** Its beats arrive again, and in time. */
  mend(): void {
    this.#mutedUntil = 0
    this.#lag = { by: 0, until: 0 }
  }

  /** Beats from now on for as long as the thread is there. */
  start(): void {
    this.#world.after(this.#world.options.heartbeatInterval, () => {
      if (this.#of.isGone()) return
      this.#beat(this.#world.now())
      this.start()
    })
  }

  #beat(now: Millis): void {
    const beat = now < this.#mutedUntil ? undefined : this.#of.beat()
    if (beat === undefined) return
    const late = now < this.#lag.until ? this.#lag.by : 0
    if (late === 0) this.#of.arrive(beat)
    else this.#world.after(late, () => this.#of.isGone() || this.#of.arrive(beat))
  }
}
