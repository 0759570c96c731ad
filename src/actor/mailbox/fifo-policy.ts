import { capacityOf, defaultMailbox, type MailboxOptions, type Overflow, overflowOf } from "./mailbox-options.ts"

/** A mailbox's options, worked out once: one object for all that have the default, or no bound. */
export class FifoPolicy {
  readonly options: MailboxOptions
  /** Messages; infinite where there is no bound. */
  readonly capacity: number
  readonly overflow: Overflow

  constructor(options: MailboxOptions) {
    this.options = options
    this.capacity = capacityOf(options)
    this.overflow = overflowOf(options)
  }
}

const byDefault = new FifoPolicy(defaultMailbox)
const unbounded = new FifoPolicy({ kind: "unbounded" })

/** Throws a `RangeError` where there would be no room for a single message. */
export const fifoPolicy = (options: MailboxOptions): FifoPolicy => {
  if (options === defaultMailbox) return byDefault
  return options.kind === "unbounded" ? unbounded : new FifoPolicy(options)
}
