/** What becomes of a message that does not fit. */
export type Overflow =
  /** It waits with its sender. */
  | "backpressure"
  /** It is handed back with `MailboxFull`. */
  | "reject"
  /** It is dropped: a dead letter. */
  | "dropNewest"
  /** The oldest message makes room for it and is dropped: a dead letter. */
  | "dropOldest"

/** How much mail an actor holds, and in which order it comes to it. */
export type MailboxOptions =
  | { readonly kind: "unbounded" }
  /** First in, first out; `capacity` in messages, at least 1. */
  | { readonly kind: "bounded"; readonly capacity: number; readonly overflow: Overflow }
  | PriorityOptions

/**
 * The least `priority` first; those of one priority in the order in which they were sent. So order is kept per sender
 * only within a priority.
 */
export interface PriorityOptions {
  readonly kind: "priority"
  /** A message for which it throws, or gives no number, comes last. */
  readonly priority: (tag: string, payload: unknown) => number
  /** Messages; without bound where absent. */
  readonly capacity?: number
  /** Default backpressure. */
  readonly overflow?: "backpressure" | "reject"
}

/** What an actor gets where nothing is said (B4). */
export const defaultMailbox: MailboxOptions = { kind: "bounded", capacity: 1_024, overflow: "backpressure" }

/** In messages. Throws a `RangeError` where there is no room for a single one. */
export const capacityOf = (options: MailboxOptions): number => {
  const capacity =
    options.kind === "unbounded" ? Number.POSITIVE_INFINITY : (options.capacity ?? Number.POSITIVE_INFINITY)
  if (!(capacity >= 1)) throw new RangeError(`a mailbox's capacity is at least 1, not ${capacity}`)
  return capacity
}

/** What becomes of a message that does not fit. */
export const overflowOf = (options: MailboxOptions): Overflow =>
  options.kind === "unbounded" ? "backpressure" : (options.overflow ?? "backpressure")
