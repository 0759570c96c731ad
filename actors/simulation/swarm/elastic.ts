import type { WorkerSpec } from "../../../src/model/index.ts"
import type { Simulation } from "../simulation.ts"
import type { SwarmScenario } from "./action.ts"

/** Has workers like the first of a scenario come and go with the load, between its bounds. */
export const makeElastic = ({ runtime }: Simulation, { pool, workers }: SwarmScenario): void => {
  const [first] = workers
  if (pool === undefined || first === undefined) return
  let made = 0
  const make = (): WorkerSpec => {
    made += 1
    return { ...first, id: `p${made}` }
  }
  runtime.workforce.formPool([{ spec: first, make }], new Map(workers.map(({ id }) => [id, 0])))
  runtime.workforce.scale(pool)
}

/** B6: more workers than may be, of those that are not on their way out; or in the end fewer than must be. */
export function* poolAmiss(
  { runtime }: Simulation,
  { pool }: SwarmScenario,
  when: "meanwhile" | "in the end"
): Iterable<string> {
  if (pool === undefined) return
  const { members, retiring } = runtime.pool
  let size = 0
  for (const id of members.keys()) {
    const phase = runtime.ledger.worker(id)?.phase
    if (!retiring.has(id) && phase !== "failed" && phase !== "draining") size += 1
  }
  if (size > pool.max) yield `B6: the pool has ${size} workers, of ${pool.max} at most`
  if (when === "in the end" && size < pool.min) yield `B6: the pool has ${size} workers, of ${pool.min} at least`
}
