import { mean, standardDeviation } from "../../../src/statistics/index.ts"
import { namedWorkers } from "../world/simulated-workers.ts"
import type { Measurement } from "./measurement.ts"
import type { ScenarioWorld } from "./scenario.ts"
import type { Sight } from "./sight.ts"

/** The part of each worker that was in use between two looks, 0–1, in the order of the definition. */
export interface BusyShares {
  readonly from: number
  readonly until: number
  readonly shares: ReadonlyArray<number>
}

/** Work that each worker could do in a millisecond: its speed × its cores. */
const capacities = ({ workers }: ScenarioWorld): ReadonlyArray<number> =>
  namedWorkers(workers).map(({ id, speed = 1, cores, capacity }) => {
    // There is no one capacity of a worker that is faster at one type than at another.
    if (typeof speed !== "number") throw new RangeError(`worker ${id}: its speed depends on the type of task`)
    return speed * (cores ?? capacity?.concurrent ?? 1)
  })

const between = (before: Sight, after: Sight, capacity: ReadonlyArray<number>): BusyShares => ({
  from: before.now,
  until: after.now,
  shares: capacity.map((each, index) => {
    const work = (after.workers[index]?.workMs ?? 0) - (before.workers[index]?.workMs ?? 0)
    return work / (each * (after.now - before.now))
  })
})

/** Work ÷ (speed × time) of each worker, between each look and the next that began before `until`, in milliseconds. */
export const busyShares = (
  { looks }: Pick<Measurement, "looks">,
  world: ScenarioWorld,
  until = Number.POSITIVE_INFINITY
): ReadonlyArray<BusyShares> => {
  const capacity = capacities(world)
  return looks.slice(1).flatMap((after, index) => {
    const before = looks[index]
    return before === undefined || before.now >= until ? [] : [between(before, after, capacity)]
  })
}

/** The standard deviation across workers in each window, averaged over windows of the same length. */
export const meanDeviation = (windows: ReadonlyArray<BusyShares>): number =>
  mean(windows.map(({ shares }) => standardDeviation(shares)))
