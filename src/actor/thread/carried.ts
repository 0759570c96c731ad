import type * as Tracer from "effect/Tracer"
import { type Answers, Asking } from "../cell/asking.ts"
import type { Cell } from "../cell/cell.ts"
import { Dated, type Postmark } from "../mailbox/envelope.ts"

/** The postmark of a message from the main thread. */
export class CarriedTerms extends Dated {
  readonly slot: number

  constructor(slot: number, sentAt: number, trace: Tracer.AnySpan | undefined, deadline: number) {
    super(sentAt, trace, deadline)
    this.slot = slot
  }
}

/** A question from the main thread. */
export class CarriedAsking extends Asking {
  readonly ask: number
  readonly slot: number

  constructor(
    ask: number,
    slot: number,
    target: Cell,
    tag: string,
    timeout: number,
    answers: Answers,
    trace: Tracer.AnySpan | undefined
  ) {
    super(target, tag, timeout, answers, undefined, trace)
    this.ask = ask
    this.slot = slot
  }
}

/** What tells a message from the main thread; `undefined` for one that comes from within this thread. */
export const carriedIn = (postmark: Postmark): CarriedTerms | CarriedAsking | undefined =>
  postmark instanceof CarriedTerms || postmark instanceof CarriedAsking ? postmark : undefined
