import type { Asking } from "../cell/asking.ts"
import type { Cell } from "../cell/cell.ts"
import { ActorStopped, type ExitReason } from "../errors.ts"

interface Asked {
  readonly tag: string
  readonly asking: Asking
}

/** What fails a question: compared bivariantly, as errors of this border are not among those of every ask. */
interface Failing {
  fail(error: unknown): boolean
}

/** Fails a question with an error of this border: `NotCloneable` or `SchemaMismatch`. */
export const refuse = (asking: Failing, error: unknown): boolean => asking.fail(error)

/** Questions that the other thread owes an answer, by their number. */
export class Questions {
  readonly #cell: Cell
  readonly #onGivenUp: (ask: number) => void
  readonly #open = new Map<number, Asked>()
  #serial = 0

  /** `onGivenUp`: nobody waits for the answer any more; it is still to be closed. */
  constructor(cell: Cell, onGivenUp: (ask: number) => void) {
    this.#cell = cell
    this.#onGivenUp = onGivenUp
  }

  open(tag: string, asking: Asking): number {
    this.#serial += 1
    const ask = this.#serial
    this.#open.set(ask, { tag, asking })
    asking.waits(() => {
      if (this.#open.has(ask)) this.#onGivenUp(ask)
    })
    return ask
  }

  /** Where nobody waits any more, the reply is a dead letter. */
  reply(ask: number, decode: (tag: string) => unknown): void {
    const asked = this.close(ask)
    if (asked === undefined) return
    const { tag, asking } = asked
    let reply: unknown
    try {
      reply = decode(tag)
    } catch (error) {
      refuse(asking, error)
      return
    }
    if (!asking.reply(reply)) {
      this.#cell.bury({ tag, payload: reply, postmark: this.#cell.system.stamp() }, "late-reply")
    }
  }

  refuse(ask: number, error: unknown): void {
    const asked = this.close(ask)
    if (asked !== undefined) refuse(asked.asking, error)
  }

  /** Nothing comes of it any more, or it goes back to where it came from. */
  close(ask: number): Asked | undefined {
    const asked = this.#open.get(ask)
    this.#open.delete(ask)
    return asked
  }

  /** Those who still wait are told that the actor has ended or was restarted (A2). */
  failAll(reason: ExitReason): void {
    const all = [...this.#open.values()]
    this.#open.clear()
    for (const { asking } of all) asking.fail(new ActorStopped({ actor: this.#cell.path, reason }))
  }
}
