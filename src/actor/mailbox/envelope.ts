import type * as Tracer from "effect/Tracer"
import type { Asking } from "../cell/asking.ts"

/** What few messages carry beside their payload. */
export interface Terms {
  /** Milliseconds on the system's monotonic clock: not to be handled from then on. */
  readonly deadline?: number | undefined
  /** The span it was sent in. */
  readonly trace?: Tracer.AnySpan | undefined
  /** How its handling failed so far, the first failure first. */
  readonly history?: ReadonlyArray<Attempt>
}

/** A handling that failed. */
export interface Attempt {
  readonly cause: unknown
  /** Milliseconds on the system's monotonic clock. */
  readonly at: number
}

/** A message on its way. */
export class Envelope {
  readonly tag: string
  readonly payload: unknown
  /** Who waits for the reply; `undefined` for a message that is told. */
  readonly asking: Asking | undefined
  /** Whole milliseconds on the system's monotonic clock, as the dispatcher saw it last. */
  readonly sentAt: number
  readonly terms: Terms | undefined

  constructor(tag: string, payload: unknown, asking: Asking | undefined, sentAt: number, terms?: Terms) {
    this.tag = tag
    this.payload = payload
    this.asking = asking
    this.sentAt = sentAt
    this.terms = terms
  }

  /** The same message after another failure. */
  failedAgain(attempt: Attempt): Envelope {
    const history = [...(this.terms?.history ?? []), attempt]
    return new Envelope(this.tag, this.payload, this.asking, this.sentAt, { ...this.terms, history })
  }
}
