import type { Submission } from "./intake.ts"

/** Submissions that one message brings at most: a turn of the coordinator should not take long. */
const most = 256

/**
 * Submissions on their way to the coordinator. The message that carries them is sent with the first; those that come
 * before the coordinator gets to it come along: a flood costs few messages, and a single submission no delay.
 */
export class SubmissionBatch {
  readonly #submissions: Array<Submission> = []
  #taken = false

  /** A batch that is complete. */
  static of(submission: Submission): SubmissionBatch {
    const batch = new SubmissionBatch()
    batch.add(submission)
    return batch
  }

  /** Whether more can come along. */
  get isOpen(): boolean {
    return !this.#taken && this.#submissions.length < most
  }

  add(submission: Submission): void {
    this.#submissions.push(submission)
  }

  /** From now on nothing comes along. */
  take(): ReadonlyArray<Submission> {
    this.#taken = true
    return this.#submissions
  }
}
