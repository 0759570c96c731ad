import type { Envelope } from "../mailbox/envelope.ts"
import { Slots } from "./slots.ts"

/** A message that was sent to the thread and is not known to be handled. */
export interface Flight {
  readonly envelope: Envelope
  /** Of a question: its number. */
  readonly ask: number | undefined
}

/** What the actor had not done with when it or its thread broke. */
export interface Wreckage {
  /** It was at this one. */
  readonly handling: Flight | undefined
  /** Not begun, in the order of sending. */
  readonly waiting: ReadonlyArray<Flight>
}

/** The messages in flight, each with a slot of its own. No more than `window`, apart from those in the actor's stash. */
export class Flights {
  readonly memory: SharedArrayBuffer
  readonly #slots: Slots
  readonly #window: number
  readonly #free: Array<number>
  /** In the order of sending. */
  readonly #all = new Map<number, Flight>()
  #aside = 0

  constructor(window: number, stash: number) {
    const capacity = window + stash
    this.memory = new SharedArrayBuffer(capacity)
    this.#slots = new Slots(this.memory)
    this.#window = window
    this.#free = Array.from({ length: capacity }, (_, index) => capacity - 1 - index)
  }

  get hasRoom(): boolean {
    return this.#all.size - this.#aside < this.#window
  }

  /** Whether so much is free that it pays to go on sending. */
  get hasMuchRoom(): boolean {
    return this.#all.size - this.#aside <= this.#window >> 1
  }

  /** The slot it travels in. */
  add(flight: Flight): number {
    const slot = this.#free.pop()
    if (slot === undefined) throw new RangeError("no slot is free")
    this.#slots.set(slot, "waiting")
    this.#all.set(slot, flight)
    return slot
  }

  take(slot: number): Flight | undefined {
    const flight = this.#all.get(slot)
    if (flight !== undefined) this.#release(slot)
    return flight
  }

  /** Lets those go that are handled. */
  collect(): void {
    this.#aside = 0
    for (const slot of this.#all.keys()) {
      const state = this.#slots.get(slot)
      if (state === "over") this.#release(slot)
      else if (state === "aside") this.#aside += 1
    }
  }

  /** Takes back what the actor does not come to any more. What is in its stash stays in flight. */
  takeBack(): Wreckage {
    this.collect()
    const waiting: Array<Flight> = []
    let handling: Flight | undefined
    for (const [slot, flight] of this.#all) {
      const state = this.#slots.get(slot)
      if (state === "aside") continue
      if (state === "waiting") waiting.push(flight)
      else handling = flight
      this.#release(slot)
    }
    return { handling, waiting }
  }

  /** Takes back what is in the actor's stash, in the order of sending. */
  takeStash(): ReadonlyArray<Flight> {
    const aside = [...this.#all].filter(([slot]) => this.#slots.get(slot) === "aside")
    for (const [slot] of aside) this.#release(slot)
    this.#aside = 0
    return aside.map(([, flight]) => flight)
  }

  #release(slot: number): void {
    this.#all.delete(slot)
    this.#free.push(slot)
  }
}
