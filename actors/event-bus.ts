import type { BallastEvent } from "./events.ts"

type Listener = (event: BallastEvent) => void

/** Events a slow reader of `events()` may fall behind by, before it loses the oldest. */
const readerCapacity = 10_000

/**
 * Carries each event to whoever listens, at once and in order. A listener must not take long; one that reads at its own
 * pace uses `stream`. What a listener throws concerns neither the publisher nor the other listeners: the first of it
 * goes to `onFault`.
 */
export class EventBus {
  readonly #listeners = new Set<Listener>()
  readonly #readers = new Set<Reader>()
  readonly #faulty = new WeakSet<Listener>()
  readonly #onFault: (cause: unknown) => void
  #closed = false

  constructor(onFault: (cause: unknown) => void = () => {}) {
    this.#onFault = onFault
  }

  publish(event: BallastEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (cause) {
        if (this.#faulty.has(listener)) continue
        this.#faulty.add(listener)
        this.#onFault(cause)
      }
    }
    for (const reader of this.#readers) reader.push(event)
  }

  /** Returns what ends the subscription. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Events from now on until the bus closes. A reader that falls far behind loses the oldest, and only it does. */
  stream(): AsyncIterable<BallastEvent> & AsyncDisposable {
    const reader = new Reader(readerCapacity, () => this.#readers.delete(reader))
    if (this.#closed) reader.end()
    else this.#readers.add(reader)
    return reader
  }

  close(): void {
    this.#closed = true
    for (const reader of this.#readers) reader.end()
    this.#readers.clear()
    this.#listeners.clear()
  }
}

/** One reader's place in the stream. */
class Reader implements AsyncIterableIterator<BallastEvent>, AsyncDisposable {
  readonly #capacity: number
  readonly #onEnd: () => void
  #pending: Array<BallastEvent> = []
  #waiting: Array<() => void> = []
  #ended = false

  constructor(capacity: number, onEnd: () => void) {
    this.#capacity = capacity
    this.#onEnd = onEnd
  }

  push(event: BallastEvent): void {
    if (this.#pending.length >= this.#capacity) this.#pending.shift()
    this.#pending.push(event)
    this.#wake()
  }

  end(): void {
    this.#ended = true
    this.#wake()
  }

  async next(): Promise<IteratorResult<BallastEvent, undefined>> {
    for (;;) {
      const value = this.#pending.shift()
      if (value !== undefined) return { done: false, value }
      if (this.#ended) return { done: true, value: undefined }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  async return(): Promise<IteratorResult<BallastEvent, undefined>> {
    this.#ended = true
    this.#pending = []
    this.#onEnd()
    this.#wake()
    return { done: true, value: undefined }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake()
  }
}
