import { type ExitReason, failed } from "../errors.ts"
import type { Limit } from "./limit.ts"

/** A stop that was asked for and is under way. */
export class Ending {
  reason: ExitReason
  /** It is to stop only in order to start anew: mail is taken and kept. */
  halting: boolean
  /** It took longer than its shutdown timeout, and was interrupted. */
  overran = false
  limit: Limit | undefined

  constructor(reason: ExitReason, halting: boolean) {
    this.reason = reason
    this.halting = halting
  }

  /** An end for good. What went wrong before outweighs that it was asked to stop. */
  forGood(reason: ExitReason, failure: { readonly cause: unknown } | undefined): void {
    this.halting = false
    this.reason = reason._tag === "Failed" || failure === undefined ? reason : failed(failure.cause)
  }
}
