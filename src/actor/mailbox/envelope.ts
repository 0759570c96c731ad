import type * as Tracer from "effect/Tracer"

/** A handling that failed. */
export interface Attempt {
  readonly cause: unknown
  /** Milliseconds on the system's monotonic clock. */
  readonly at: number
}

/** What few messages carry beside their payload. Times in milliseconds on the system's monotonic clock. */
export class Terms {
  /** Whole milliseconds, as the dispatcher saw the clock last. */
  readonly sentAt: number
  /** The span it was sent in. */
  readonly trace: Tracer.AnySpan | undefined
  /** How its handling failed so far, the first failure first. */
  history: ReadonlyArray<Attempt> = never

  constructor(sentAt: number, trace?: Tracer.AnySpan) {
    this.sentAt = sentAt
    this.trace = trace
  }

  /** Not to be handled from then on; infinite where there is no limit. */
  get deadline(): number {
    return Number.POSITIVE_INFINITY
  }
}

/** Terms of a message that is told with a time limit. */
export class Dated extends Terms {
  readonly #deadline: number

  constructor(sentAt: number, trace: Tracer.AnySpan | undefined, deadline: number) {
    super(sentAt, trace)
    this.#deadline = deadline
  }

  override get deadline(): number {
    return this.#deadline
  }
}

/** The terms of one more message that is sent on the same: each has a history of its own. */
export const sameTerms = ({ trace, deadline }: Terms, sentAt: number): Terms =>
  deadline === Number.POSITIVE_INFINITY ? new Terms(sentAt, trace) : new Dated(sentAt, trace, deadline)

/** Terms that may be written to: others may have been sent the same message on the same. */
export const copyOf = (postmark: Postmark): Terms => {
  if (typeof postmark === "number") return new Terms(postmark)
  const terms = sameTerms(postmark, postmark.sentAt)
  terms.history = postmark.history
  return terms
}

const never: ReadonlyArray<Attempt> = []

/** When it was sent, and nothing else where there is nothing else to say: most messages need no object for it. */
export type Postmark = number | Terms

export const isPostmark = (value: unknown): value is Postmark => typeof value === "number" || value instanceof Terms

export const sentAt = (postmark: Postmark): number => (typeof postmark === "number" ? postmark : postmark.sentAt)

/** A message on its way, where it needs an object of its own. In mailboxes its parts lie side by side. */
export interface Envelope {
  readonly tag: string
  readonly payload: unknown
  readonly postmark: Postmark
}

/** Where a mailbox puts the message that is taken. Without a tag there is none. */
export interface Desk {
  tag: string | undefined
  payload: unknown
  postmark: Postmark
}
