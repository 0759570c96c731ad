import type { TaskSpec } from "../../../model/index.ts"
import type { DelegatingStrategy, Strategy } from "../../strategy.ts"

export interface PerTypeOptions {
  readonly default: Strategy
  /** By the type of a task. */
  readonly byType: Readonly<Record<string, Strategy>>
}

/**
 * Per type: one strategy for each type of task, and a default for all others.
 *
 * Formula: `byType[type]`, or `default`. Source: schedulers by type of test.
 * Ties: as in the strategy that decides. Cost: a look-up beside that of the strategy that decides.
 * Not for types that compete for the same workers under strategies which count on deciding alone, such as turns.
 */
export const perType = ({ default: usual, byType }: PerTypeOptions): DelegatingStrategy => {
  const strategies = new Map(Object.entries(byType))
  return {
    id: "per_type",
    ...(usual.order !== undefined && { order: usual.order }),
    delegates: [...new Set([usual, ...strategies.values()])],
    delegate: ({ type }: TaskSpec) => strategies.get(type) ?? usual,
    because: ({ type }: TaskSpec) => (strategies.has(type) ? `the type is ${type}` : `no strategy is set for ${type}`)
  }
}
