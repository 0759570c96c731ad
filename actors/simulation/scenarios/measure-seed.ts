import { simulateBaseline } from "../baselines/index.ts"
import type { Look } from "../look.ts"
import { simulate } from "../simulate.ts"
import { chanceOf } from "../workload/index.ts"
import { materialWorld } from "./material-world.ts"
import { type Measurement, measured, modelled } from "./measurement.ts"
import type { Contender, Figures, MaterialWorld, Part, Scenario } from "./scenario.ts"

const measureContender = async (
  { world, lookEvery }: Part,
  contender: Contender,
  material: () => MaterialWorld,
  seed: number
): Promise<Measurement> => {
  if ("model" in contender) {
    const { tasks, servers } = material()
    return modelled(tasks, servers, simulateBaseline(contender.model, servers, tasks, chanceOf(`${seed}/model`)))
  }
  const { strategy, options } = contender.runtime
  const looks: Array<Look> = []
  const outcome = await simulate({
    ...world,
    seed,
    ...(strategy !== undefined && { strategy }),
    options: { ...world.options, ...options },
    ...(lookEvery !== undefined && { watch: { every: lookEvery, look: (look: Look) => looks.push(look) } })
  })
  return measured(outcome, looks)
}

const measurePart = async (part: Part, seed: number): Promise<Figures> => {
  const figures: Record<string, Record<string, number>> = {}
  for (const { row } of part.rows) figures[row] = {}
  let known: MaterialWorld | undefined
  const material = (): MaterialWorld => {
    known ??= materialWorld(part.world, seed)
    return known
  }
  for (const [name, contender] of Object.entries(part.contenders)) {
    const rows = part.rows.filter(({ of }) => of === undefined || of.includes(name))
    if (rows.length === 0) continue
    const measurement = await measureContender(part, contender, material, seed)
    for (const { row, figure } of rows) figures[row] = { ...figures[row], [name]: figure(measurement, part.world) }
  }
  for (const [row, bounds] of Object.entries(part.bounds ?? {})) {
    for (const [name, bound] of Object.entries(bounds)) figures[row] = { ...figures[row], [name]: bound(material()) }
  }
  return figures
}

/** Every figure of the scenario for one seed: all contenders in the same worlds, with the same tasks. */
export const measureSeed = async ({ parts }: Scenario, seed: number): Promise<Figures> => {
  const figures: Record<string, Figures[string]> = {}
  for (const part of parts) Object.assign(figures, await measurePart(part, seed))
  return figures
}
