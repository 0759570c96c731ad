/**
 * What has become of a message that was sent to a thread. waiting: it was not begun. handling: the actor is at it.
 * over: handled, or nobody waits for it any more. aside: in the actor's stash.
 */
export type SlotState = "waiting" | "handling" | "over" | "aside"

const states: ReadonlyArray<SlotState> = ["waiting", "handling", "over", "aside"]

const codes: Readonly<Record<SlotState, number>> = { waiting: 0, handling: 1, over: 2, aside: 3 }

/**
 * The messages in flight, a byte of shared memory for each: it outlives the thread. So it is known after any end of the
 * thread, however sudden, which message was being handled and which were not begun.
 */
export class Slots {
  readonly #bytes: Uint8Array

  constructor(memory: SharedArrayBuffer) {
    this.#bytes = new Uint8Array(memory)
  }

  get(slot: number): SlotState {
    return states[Atomics.load(this.#bytes, slot)] ?? "waiting"
  }

  set(slot: number, state: SlotState): void {
    Atomics.store(this.#bytes, slot, codes[state])
  }
}
