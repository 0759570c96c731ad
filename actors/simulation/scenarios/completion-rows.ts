import { eligibleBound } from "../baselines/index.ts"
import type { Measurement } from "./measurement.ts"
import type { Bound, Row } from "./scenario.ts"

/** What was not completed never ended: leaving out the slow ones makes nothing faster. */
export const ofAll = ({ sojourn, tasks }: Measurement, figure: number): number =>
  sojourn.count === tasks ? figure : Number.POSITIVE_INFINITY

/** The time to the last end ÷ the least that any schedule needs. */
export const makespanOverBound = (row = "makespan / bound"): Row => ({
  row,
  unit: "",
  better: "less",
  figure: (measurement, _world, material) => {
    const { tasks, servers } = material()
    return ofAll(measurement, measurement.makespan / eligibleBound(tasks, servers))
  }
})

/** What stands as the lower bound where figures are divided by it. */
export const itself: Bound = () => 1

/** From arrival to end. */
export const meanSojourn = (row = "mean sojourn"): Row => ({
  row,
  unit: "ms",
  better: "less",
  figure: (measurement) => ofAll(measurement, measurement.sojourn.mean)
})

export const p99Sojourn = (row = "p99 sojourn"): Row => ({
  row,
  unit: "ms",
  better: "less",
  figure: (measurement) => ofAll(measurement, measurement.sojourn.quantile(0.99))
})
