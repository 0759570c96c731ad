import * as Effect from "effect/Effect"
import { PoolBoundsInput, poolHints, poolProblems, problemsOf, toPoolBounds } from "../src/config/index.ts"
import { InvalidOptions } from "../src/model/index.ts"
import type { Started } from "./start.ts"

/** Bounds of a pool as a caller says them. */
export type PoolBoundsSaid = typeof PoolBoundsInput.Type

/** From now on so many workers come and go with the load; a bound that is left out stays. */
export const scalePool = (
  { runtime, cores }: Pick<Started, "runtime" | "cores">,
  bounds: PoolBoundsSaid
): Effect.Effect<void, InvalidOptions> =>
  Effect.suspend(() => {
    const problems = problemsOf(PoolBoundsInput, bounds, "bounds", poolHints)
    if (problems.length > 0) return Effect.fail(new InvalidOptions({ problems }))
    const { min = runtime.pool.bounds?.min, max = runtime.pool.bounds?.max } = bounds
    const wanted = { ...(min !== undefined && { min }), ...(max !== undefined && { max }) }
    const impossible = poolProblems(wanted, "bounds")
    if (impossible.length > 0) return Effect.fail(new InvalidOptions({ problems: impossible }))
    return Effect.sync(() => runtime.workforce.scale(toPoolBounds(wanted, cores)))
  })
