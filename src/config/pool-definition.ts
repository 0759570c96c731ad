import * as Schema from "effect/Schema"
import type { Problem } from "../model/index.ts"
import { Count } from "./validate.ts"
import { WorkerDefinition } from "./worker-definition.ts"

/** A pool of workers that grows and shrinks with the load between two bounds. */
export const PoolDefinition = Schema.Struct({
  /** Workers there are always. Default 1. */
  min: Schema.optional(Count),
  /** Workers there are at most. Default: as many as the machine has cores, and no less than `min`. */
  max: Schema.optional(Count),
  /** How each of them is made. Its `id` is given by the runtime. */
  definition: Schema.optional(WorkerDefinition),
  /** Several kinds: of each it grows by those that waiting tasks need. The first is what there is at least. */
  definitions: Schema.optional(Schema.Array(WorkerDefinition).check(Schema.isMinLength(1)))
})

export type PoolDefinition = typeof PoolDefinition.Type

export const poolHints = {
  workers: "a count, a list of definitions, or { min: 2, max: 8 }",
  min: "a whole number, at least 1",
  max: "a whole number, at least 1 and no less than min",
  definition: "as a worker's, without an id",
  definitions: "a list of workers' definitions, without ids"
}

/** New bounds for a pool that is running. */
export const PoolBoundsInput = Schema.Struct({ min: Schema.optional(Count), max: Schema.optional(Count) })

export interface PoolBounds {
  readonly min: number
  readonly max: number
}

export const isPool = (workers: unknown): workers is PoolDefinition =>
  typeof workers === "object" && workers !== null && !Array.isArray(workers)

/** What the shape does not say: bounds the wrong way round, ids that all would have, both ways to say how they are made. */
export const poolProblems = (
  { min, max, definition, definitions = [] }: PoolDefinition,
  path: string
): ReadonlyArray<Problem> => {
  const problems: Array<Problem> = []
  if (min !== undefined && max !== undefined && max < min) {
    problems.push({
      path: `${path}.max`,
      message: `Expected at least min (${min}), got ${max}`,
      hint: poolHints.workers
    })
  }
  if (definition !== undefined && definitions.length > 0) {
    const message = "both definition and definitions are given"
    problems.push({ path: `${path}.definitions`, message, hint: "one of the two" })
  }
  const named = [{ path: `${path}.definition`, id: definition?.id }].concat(
    definitions.map(({ id }, index) => ({ path: `${path}.definitions[${index}]`, id }))
  )
  for (const { path: at, id } of named) {
    if (id === undefined) continue
    problems.push({ path: `${at}.id`, message: `"${id}" would be the id of all of them`, hint: "leave it out" })
  }
  return problems
}

export const toPoolBounds = ({ min = 1, max }: typeof PoolBoundsInput.Type, cores: number): PoolBounds => ({
  min,
  max: max ?? Math.max(min, cores)
})

/** How its workers are made, one definition for each kind. */
export const kindsOf = ({ definition = {}, definitions = [] }: PoolDefinition): ReadonlyArray<WorkerDefinition> =>
  definitions.length > 0 ? definitions : [definition]
