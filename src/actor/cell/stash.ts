import { StashFull } from "../errors.ts"
import type { Envelope } from "../mailbox/envelope.ts"

/** Messages put aside until their actor behaves differently, in the order in which they came. */
export class Stash {
  readonly #actor: string
  readonly #capacity: number
  #envelopes: Array<Envelope> = []

  constructor(actor: string, capacity: number) {
    this.#actor = actor
    this.#capacity = capacity
  }

  get size(): number {
    return this.#envelopes.length
  }

  /** Throws `StashFull`. */
  add(envelope: Envelope): void {
    if (this.#envelopes.length >= this.#capacity) {
      throw new StashFull({ actor: this.#actor, capacity: this.#capacity })
    }
    this.#envelopes.push(envelope)
  }

  takeAll(): ReadonlyArray<Envelope> {
    const all = this.#envelopes
    this.#envelopes = []
    return all
  }
}
