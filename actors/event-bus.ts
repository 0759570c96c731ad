import type { TaskRecord } from "../src/ledger/index.ts"
import type { BallastEvent, BallastEventTag } from "./events.ts"

/** `task`: what the ledger has of the task that the event concerns, as it stands after it. */
export type EventListener = (event: BallastEvent, task: TaskRecord | undefined) => void

interface Subscription {
  readonly listener: EventListener
  readonly only: ReadonlyArray<BallastEventTag> | undefined
}

/** Events a slow reader of `events()` may fall behind by, before it loses the oldest. */
const readerCapacity = 10_000

/**
 * Carries each event to whoever listens, at once and in order. A listener must not take long; one that reads at its own
 * pace uses `stream`. What a listener throws concerns neither the publisher nor the other listeners: the first of it
 * goes to `onFault`.
 */
export class EventBus {
  #subscriptions: ReadonlyArray<Subscription> = []
  /** Who listens to each kind of event; made anew, kind by kind, after a change of who listens. */
  readonly #byTag = new Map<BallastEventTag, ReadonlyArray<EventListener>>()
  readonly #readers = new Set<Reader>()
  readonly #faulty = new WeakSet<EventListener>()
  readonly #onFault: (cause: unknown) => void
  #closed = false

  constructor(onFault: (cause: unknown) => void = () => {}) {
    this.#onFault = onFault
  }

  publish(event: BallastEvent, task?: TaskRecord): void {
    for (const listener of this.#listenersTo(event._tag)) {
      try {
        listener(event, task)
      } catch (cause) {
        if (this.#faulty.has(listener)) continue
        this.#faulty.add(listener)
        this.#onFault(cause)
      }
    }
    if (this.#readers.size > 0) for (const reader of this.#readers) reader.push(event)
  }

  /** Returns what ends the subscription. `only`: the kinds of events it is about; left out: all. */
  subscribe(listener: EventListener, only?: ReadonlyArray<BallastEventTag>): () => void {
    const subscription = { listener, only }
    this.#subscriptions = [...this.#subscriptions, subscription]
    this.#byTag.clear()
    return () => {
      this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription)
      this.#byTag.clear()
    }
  }

  #listenersTo(tag: BallastEventTag): ReadonlyArray<EventListener> {
    let listeners = this.#byTag.get(tag)
    if (listeners === undefined) {
      listeners = this.#subscriptions
        .filter(({ only }) => only === undefined || only.includes(tag))
        .map(({ listener }) => listener)
      this.#byTag.set(tag, listeners)
    }
    return listeners
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
    this.#subscriptions = []
    this.#byTag.clear()
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
