import type { WorkerRecord } from "../../ledger/index.ts"
import type { Filter } from "../pipeline/filter.ts"
import type { PlacementView } from "../view.ts"
import { eligibilityIn } from "./weigh-in-pool.ts"

/**
 * The workers that fit, in the order of joining: with `view.pool` by what is kept of it, so that those who do not fit and
 * have not changed cost next to nothing; otherwise by a look at each.
 */
export const fittingIn = ({ pool, workers }: PlacementView, filter: Filter): ReadonlyArray<WorkerRecord> => {
  if (pool === undefined) return workers.filter((worker) => filter.fits(worker))
  const { fits, count } = eligibilityIn(pool, filter.task)
  const found: Array<WorkerRecord> = []
  for (let place = 0, left = count; left > 0; place += 1) {
    if (fits[place] !== 1) continue
    left -= 1
    const worker = pool.at(place)
    if (worker !== undefined && !filter.wasRefused(worker.spec.id)) found.push(worker)
  }
  return found
}
