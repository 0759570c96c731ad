import { Cell } from "../cell/cell.ts"
import type { Envelope } from "../mailbox/envelope.ts"
import type { DeadLetterReason } from "../system/dead-letters.ts"
import { type CarriedAsking, type CarriedTerms, carriedIn } from "./carried.ts"

/** Who is told what becomes of messages from the main thread. */
export interface Undertaker {
  buried(carried: CarriedTerms | CarriedAsking, reason: DeadLetterReason): void
  /** A message from within the thread; `true` where it is seen to. */
  buriedOwn(envelope: Envelope, reason: DeadLetterReason): boolean
  failedWith(cause: unknown): void
}

/** An actor in its thread: what it does not handle goes back to where it came from. */
export class HostedCell extends Cell {
  readonly #undertaker: Undertaker

  constructor(undertaker: Undertaker, ...args: ConstructorParameters<typeof Cell>) {
    super(...args)
    this.#undertaker = undertaker
  }

  override bury(envelope: Envelope, reason: DeadLetterReason): void {
    const carried = carriedIn(envelope.postmark)
    if (carried !== undefined) this.#undertaker.buried(carried, reason)
    else if (!this.#undertaker.buriedOwn(envelope, reason)) super.bury(envelope, reason)
  }

  override failed(cause: unknown): void {
    this.#undertaker.failedWith(cause)
    super.failed(cause)
  }
}
