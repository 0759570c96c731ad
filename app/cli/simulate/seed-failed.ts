import { complaintOf } from "../complaint.ts"

/** A seed that could not be measured, with how to have it alone. */
export class SeedFailed extends Error {
  readonly _tag = "SeedFailed"
  override readonly name = "SeedFailed"
  readonly code = "SEED_FAILED"
  readonly hint: string

  constructor(seed: number, cause: unknown) {
    super(`seed ${seed} failed: ${complaintOf(cause).message}`, { cause })
    this.hint = `--seed ${seed} --seeds 1 --jobs 1 runs it alone`
  }
}

/** What is told of it: what the caller got wrong as it is, anything else with the seed. */
export const failureOf = (seed: number, cause: unknown): unknown =>
  complaintOf(cause).code.startsWith("BALLAST_") ? cause : new SeedFailed(seed, cause)
