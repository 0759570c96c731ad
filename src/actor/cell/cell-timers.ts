import type { TimerQueue } from "../system/timer-queue.ts"

/** A timer's message in the mailbox. */
export interface Tick {
  readonly key: string
  /** Tells the ticks of one setting of the key from those of another. */
  readonly serial: number
  readonly tag: string
  readonly payload: unknown
}

interface Setting {
  readonly serial: number
  readonly every: number | undefined
  /** Whether a tick of it is in the mailbox. */
  pending: boolean
  cancel: () => void
}

/** The timers of one incarnation of an actor. */
export class CellTimers {
  readonly #queue: TimerQueue
  readonly #send: (tick: Tick) => boolean
  readonly #settings = new Map<string, Setting>()
  #serial = 0

  /** `send` puts a tick into the mailbox; `false` where the actor takes no more mail. */
  constructor(queue: TimerQueue, send: (tick: Tick) => boolean) {
    this.#queue = queue
    this.#send = send
  }

  after(key: string, ms: number, tag: string, payload?: unknown): void {
    this.#set(key, ms, undefined, tag, payload)
  }

  every(key: string, ms: number, tag: string, payload?: unknown): void {
    this.#set(key, ms, ms, tag, payload)
  }

  cancel(key: string): void {
    this.#settings.get(key)?.cancel()
    this.#settings.delete(key)
  }

  clear(): void {
    for (const { cancel } of this.#settings.values()) cancel()
    this.#settings.clear()
  }

  /** Whether the tick still counts: its key was neither cancelled nor set again. Called once, when it is handled. */
  isDue({ key, serial }: Tick): boolean {
    const setting = this.#settings.get(key)
    if (setting === undefined || setting.serial !== serial) return false
    setting.pending = false
    if (setting.every === undefined) this.#settings.delete(key)
    return true
  }

  #set(key: string, ms: number, every: number | undefined, tag: string, payload: unknown): void {
    this.cancel(key)
    this.#serial += 1
    const tick: Tick = { key, serial: this.#serial, tag, payload }
    const setting: Setting = { serial: this.#serial, every, pending: false, cancel: () => {} }
    const ring = (): void => {
      if (!setting.pending) setting.pending = this.#send(tick)
      if (!setting.pending) this.#settings.delete(key)
      else if (every !== undefined) setting.cancel = this.#queue.after(every, ring)
    }
    setting.cancel = this.#queue.after(ms, ring)
    this.#settings.set(key, setting)
  }
}
