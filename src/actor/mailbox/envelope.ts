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
  readonly #deadline: number

  constructor(sentAt: number, trace?: Tracer.AnySpan, deadline: number = Number.POSITIVE_INFINITY) {
    this.sentAt = sentAt
    this.trace = trace
    this.#deadline = deadline
  }

  /** Not to be handled from then on; infinite where there is no limit. */
  get deadline(): number {
    return this.#deadline
  }
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
