import type { Demand } from "./resources.ts"

/** A hard constraint on the worker itself, beside what it can still give. */
export interface Constraints {
  readonly backend?: string
  readonly hostname?: string
  readonly browser?: string
  /** Each label must be there with this value, or with one of these. */
  readonly labels?: Readonly<Record<string, string | ReadonlyArray<string>>>
  /** Software by name, each a semver range. */
  readonly versions?: Readonly<Record<string, string>>
  /** The least CUDA compute capability, such as 8.6. */
  readonly computeCapability?: number
}

/** What a task needs of a worker, as the ledger keeps it. */
export interface Requirements {
  readonly demand: Demand
  readonly constraints: Constraints
  /** Equal for tasks that fit the same workers: what does not fit for one does not fit for the other. */
  readonly shape: string
  /** Soft: hardware such a task is better served by. */
  readonly hardware?: string
}
