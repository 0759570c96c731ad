import type { BallastOptions } from "../src/config/index.ts"
import { isPool, kindsOf, type PoolBounds, toPoolBounds, type WorkerDefinition } from "../src/config/index.ts"

/** The workers that a runtime begins with, and how more of them are made. */
export interface PoolPlan {
  readonly definitions: ReadonlyArray<WorkerDefinition>
  /** Those of different kinds, without ids. */
  readonly kinds: ReadonlyArray<WorkerDefinition>
  /** By the place of each definition, its kind. */
  readonly kindOf: ReadonlyArray<number>
  /** Between which their number follows the load; absent where it does not. */
  readonly bounds?: PoolBounds
  /** Workers that the machine is shared out among. */
  readonly shares: number
}

const withoutId = ({ id: _, ...definition }: WorkerDefinition): WorkerDefinition => definition

/** `cores`: those of the machine. */
export const planPool = (workers: BallastOptions["workers"], cores: number): PoolPlan => {
  if (isPool(workers)) {
    const bounds = toPoolBounds(workers, cores)
    const kinds = kindsOf(workers)
    const definitions = Array.from({ length: bounds.min }, () => kinds[0] ?? {})
    return { definitions, kinds, kindOf: definitions.map(() => 0), bounds, shares: bounds.max }
  }
  const definitions =
    typeof workers === "object" ? workers : Array.from({ length: workers ?? Math.max(1, cores - 1) }, () => ({}))
  const kinds: Array<WorkerDefinition> = []
  const numbers = new Map<string, number>()
  const kindOf = definitions.map((definition) => {
    const plain = withoutId(definition)
    const key = JSON.stringify(plain)
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, kinds.length)
    kinds.push(plain)
    return kinds.length - 1
  })
  return { definitions, kinds, kindOf, shares: definitions.length }
}
