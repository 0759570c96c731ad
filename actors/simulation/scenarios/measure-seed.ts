import { InvalidOptions } from "../../../src/model/index.ts"
import type { BallastEvent } from "../../events.ts"
import { simulateBaseline } from "../baselines/index.ts"
import type { Look } from "../look.ts"
import type { Outcome } from "../outcome.ts"
import { simulate } from "../simulate.ts"
import { chanceOf } from "../workload/index.ts"
import { batchMeasured } from "./batch-measurement.ts"
import { modelProblems } from "./beyond-models.ts"
import { materialWorld } from "./material-world.ts"
import { type Measurement, measured, modelled, readingsAlone } from "./measurement.ts"
import { mergedOptions } from "./merged-options.ts"
import type { Contender, Derived, Figures, MaterialWorld, Part, Scenario, ScenarioWorld } from "./scenario.ts"

/** Looks on at the contenders that are the runtime. */
export interface Spectator {
  onEvent?(contender: string, event: BallastEvent): void
  onOutcome?(contender: string, outcome: Outcome): void
}

const measureContender = async (
  world: ScenarioWorld,
  { lookEvery, gauge: makeGauge }: Pick<Part, "lookEvery" | "gauge">,
  [name, contender]: readonly [string, Contender],
  material: () => MaterialWorld,
  seed: number,
  spectator: Spectator
): Promise<Measurement> => {
  if ("model" in contender) {
    const { tasks, servers } = material()
    const outcome = simulateBaseline(contender.model, servers, tasks, chanceOf(`${seed}/model`))
    return modelled(tasks, servers, outcome, lookEvery)
  }
  if ("batch" in contender) return batchMeasured(contender.batch, world)
  if ("readings" in contender) return readingsAlone(contender.readings(seed))
  const { strategy, options } = contender.runtime
  const looks: Array<Look> = []
  const gauge = makeGauge?.(seed)
  const isFollowed = gauge !== undefined || spectator.onEvent !== undefined
  const outcome = await simulate({
    ...world,
    seed,
    ...(strategy !== undefined && { strategy }),
    options: mergedOptions(world.options, options),
    ...(lookEvery !== undefined && { watch: { every: lookEvery, look: (look: Look) => looks.push(look) } }),
    ...(isFollowed && {
      onEvent: (event: BallastEvent) => {
        gauge?.onEvent(event)
        spectator.onEvent?.(name, event)
      }
    })
  })
  spectator.onOutcome?.(name, outcome)
  return measured(outcome, looks, gauge?.read())
}

const measurePart = async (part: Part, path: string, seed: number, spectator: Spectator): Promise<Figures> => {
  const world = typeof part.world === "function" ? part.world(seed) : part.world
  const problems = modelProblems(part.contenders, world, path)
  if (problems.length > 0) throw new InvalidOptions({ problems })
  const figures: Record<string, Record<string, number>> = {}
  for (const { row } of part.rows) figures[row] = {}
  let known: MaterialWorld | undefined
  const material = (): MaterialWorld => {
    known ??= materialWorld(world, seed)
    return known
  }
  for (const named of Object.entries(part.contenders)) {
    const [name] = named
    const rows = part.rows.filter(({ of }) => of === undefined || of.includes(name))
    if (rows.length === 0) continue
    const measurement = await measureContender(world, part, named, material, seed, spectator)
    for (const { row, figure } of rows) figures[row] = { ...figures[row], [name]: figure(measurement, world, material) }
  }
  for (const [row, bounds] of Object.entries(part.bounds ?? {})) {
    for (const [name, bound] of Object.entries(bounds)) figures[row] = { ...figures[row], [name]: bound(material()) }
  }
  for (const [row, published] of Object.entries(part.published ?? {})) figures[row] = { ...figures[row], ...published }
  return figures
}

const derive = ({ from, of, combine }: Derived, figures: Figures): Figures[string] => {
  const rows = from.map((row) => figures[row] ?? {})
  const standing = Object.keys(rows[0] ?? {})
    .filter((name) => of?.includes(name) !== false && rows.every((row) => Object.hasOwn(row, name)))
    .map((name) => ({ name, own: rows.map((row) => row[name] ?? Number.NaN) }))
  return Object.fromEntries(
    standing.map(({ name, own }) => {
      const rivals = standing.filter((other) => other.name !== name)
      return [
        name,
        combine(
          own,
          rivals.map((rival) => rival.own)
        )
      ]
    })
  )
}

/**
 * Every figure of the scenario for one seed: all contenders in the same worlds, with the same tasks.
 *
 * @throws InvalidOptions what is wrong with a world, and the models that would be in another one; path and hint each
 */
export const measureSeed = async (
  { parts, derived = [] }: Pick<Scenario, "parts" | "derived">,
  seed: number,
  spectator: Spectator = {}
): Promise<Figures> => {
  const figures: Record<string, Figures[string]> = {}
  for (const [index, part] of parts.entries()) {
    Object.assign(figures, await measurePart(part, `parts[${index}]`, seed, spectator))
  }
  return { ...Object.fromEntries(derived.map((row) => [row.row, derive(row, figures)])), ...figures }
}
