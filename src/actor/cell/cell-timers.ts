import type { TimerQueue } from "../system/timer-queue.ts"

/** A timer's message in the mailbox. */
export interface Tick {
  readonly key: string
  readonly tag: string
  readonly payload: unknown
}

interface Setting {
  /** Itself tells the ticks of this setting from those of another, or of an instance before. */
  readonly tick: Tick
  readonly every: number | undefined
  /** Whether a tick of it is in the mailbox. */
  pending: boolean
  cancel: () => void
}

/** What is sent when no message was handled for a while. */
interface Idling {
  readonly ms: number
  readonly tick: Tick
  /** When the actor handled a message last. */
  since: number
  cancel: () => void
}

const idleKey = "~idle"

/** A period of nothing would tick for ever within one moment. */
const leastPeriod = 1

const period = (ms: number): number => (ms > leastPeriod ? ms : leastPeriod)

/** The timers of one incarnation of an actor. */
export class CellTimers {
  readonly #queue: TimerQueue
  readonly #send: (tick: Tick) => boolean
  readonly #settings = new Map<string, Setting>()
  #idling: Idling | undefined

  /** `send` puts a tick into the mailbox; `false` where the actor takes no more mail. */
  constructor(queue: TimerQueue, send: (tick: Tick) => boolean) {
    this.#queue = queue
    this.#send = send
  }

  after(key: string, ms: number, tag: string, payload?: unknown): void {
    this.#set(key, ms, undefined, tag, payload)
  }

  every(key: string, ms: number, tag: string, payload?: unknown): void {
    this.#set(key, period(ms), period(ms), tag, payload)
  }

  cancel(key: string): void {
    this.#settings.get(key)?.cancel()
    this.#settings.delete(key)
  }

  /** Sends the message whenever none was handled for so long. */
  idle(ms: number, tag: string, payload?: unknown): void {
    this.cancelIdle()
    const tick: Tick = { key: idleKey, tag, payload }
    const idling: Idling = { ms: period(ms), tick, since: this.#queue.now(), cancel: () => {} }
    this.#idling = idling
    this.#awaitIdle(idling, idling.ms)
  }

  cancelIdle(): void {
    this.#idling?.cancel()
    this.#idling = undefined
  }

  /** A message is being handled. */
  touch(): void {
    if (this.#idling !== undefined) this.#idling.since = this.#queue.now()
  }

  clear(): void {
    for (const { cancel } of this.#settings.values()) cancel()
    this.#settings.clear()
    this.cancelIdle()
  }

  /** Whether the tick still counts: its key was neither cancelled nor set again. Called once, when it is handled. */
  isDue(tick: Tick): boolean {
    if (this.#idling?.tick === tick) return this.#isIdle(this.#idling)
    const setting = this.#settings.get(tick.key)
    if (setting?.tick !== tick) return false
    setting.pending = false
    if (setting.every === undefined) this.#settings.delete(tick.key)
    return true
  }

  #set(key: string, ms: number, every: number | undefined, tag: string, payload: unknown): void {
    this.cancel(key)
    const tick: Tick = { key, tag, payload }
    const setting: Setting = { tick, every, pending: false, cancel: () => {} }
    const ring = (): void => {
      if (!setting.pending) setting.pending = this.#send(tick)
      if (!setting.pending) this.#settings.delete(key)
      else if (every !== undefined) setting.cancel = this.#queue.after(every, ring)
    }
    setting.cancel = this.#queue.after(ms, ring)
    this.#settings.set(key, setting)
  }

  /** Looks again when it would be due, and only then: handling a message costs no more than noting the time. */
  #awaitIdle(idling: Idling, ms: number): void {
    idling.cancel = this.#queue.after(ms, () => {
      const rest = idling.since + idling.ms - this.#queue.now()
      if (rest > 0) this.#awaitIdle(idling, rest)
      else this.#send(idling.tick)
    })
  }

  /** Mail that was before it in the mailbox shows that the actor was not idle. */
  #isIdle(idling: Idling): boolean {
    const now = this.#queue.now()
    const isIdle = now >= idling.since + idling.ms
    if (isIdle) idling.since = now
    this.#awaitIdle(idling, idling.since + idling.ms - now)
    return isIdle
  }
}
