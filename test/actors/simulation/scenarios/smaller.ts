import type { MaterialWorld, Part, ScenarioWorld } from "../../../../actors/simulation/scenarios/index.ts"
import { materialWorld } from "../../../../actors/simulation/scenarios/material-world.ts"
import { type Measurement, modelled } from "../../../../actors/simulation/scenarios/measurement.ts"
import { Sample } from "../../../../src/statistics/index.ts"

export const worldOf = ({ world }: Part, seed: number): ScenarioWorld =>
  typeof world === "function" ? world(seed) : world

/** The same with so many tasks at most, so that a test is short. */
export const smaller = (part: Part, tasks: number): Part => ({
  ...part,
  world: (seed) => {
    const world = worldOf(part, seed)
    const { workload } = world
    if (!("arrivals" in workload) || !("tasks" in workload.arrivals) || workload.arrivals.type === "replay")
      return world
    return { ...world, workload: { ...workload, arrivals: { ...workload.arrivals, tasks } } }
  }
})

export const materialOf = (part: Part, seed: number): MaterialWorld => materialWorld(worldOf(part, seed), seed)

/** What comes of nothing, but for what is given. */
export const measurement = (given: Partial<Measurement>): Measurement => ({
  ...modelled([], [], {
    starts: new Float64Array(),
    ends: new Float64Array(),
    servers: new Int32Array(),
    busy: new Float64Array(),
    makespan: 0
  }),
  ...given
})

export const sampleOf = (values: ReadonlyArray<number>): Sample => {
  const sample = new Sample()
  for (const value of values) sample.push(value)
  return sample
}

/** The part that has the row. */
export const partOf = (parts: ReadonlyArray<Part>, row: string): Part => {
  const part = parts.find(({ rows }) => rows.some((each) => each.row === row))
  if (part === undefined) throw new Error(`there is no row "${row}"`)
  return part
}
