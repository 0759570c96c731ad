import { chanceOf } from "../workload/index.ts"
import type { Goal } from "./goal.ts"
import { type Patch, settingAt } from "./settings-patch.ts"
import type { TunedSettings } from "./trial.ts"

/** A setting that is searched, and what it may be. */
interface Knob {
  readonly path: string
  readonly values: ReadonlyArray<unknown>
  /** What it is where nothing is set. */
  readonly standard: unknown
}

const knobs: ReadonlyArray<Knob> = [
  {
    path: "strategy",
    standard: "adaptive",
    values: [
      "adaptive",
      "least_connections",
      "performance_based",
      "predictive",
      "weighted_capacity",
      "resource_based",
      "peak_ewma",
      "hot_cold",
      "p2c",
      "weighted_round_robin",
      "best_fit",
      "dynamic"
    ]
  },
  { path: "queue.order", standard: "age", values: ["age", "shortest", "longest"] },
  {
    path: "queue.reserveAfter",
    standard: "30 seconds",
    values: [0, "1 second", "5 seconds", "30 seconds", "5 minutes"]
  },
  { path: "ageing", standard: "30 seconds", values: ["5 seconds", "30 seconds", "3 minutes"] },
  {
    path: "adaptation.checkInterval",
    standard: "30 seconds",
    values: ["2 seconds", "5 seconds", "10 seconds", "30 seconds"]
  },
  { path: "adaptation.imbalanceThreshold", standard: 0.4, values: [0.1, 0.2, 0.4, 0.6] },
  { path: "adaptation.maxSimultaneousMigrations", standard: 2, values: [1, 2, 4, 8] },
  { path: "adaptation.features.taskMigration", standard: true, values: [true, false] },
  { path: "adaptation.features.learnedWeights", standard: true, values: [true, false] }
]

const forEnergy: ReadonlyArray<Knob> = [
  { path: "strategy", standard: "adaptive", values: ["energy_aware"] },
  { path: "adaptation.features.resourceEfficiency", standard: true, values: [true, false] }
]

/** Values of a knob that are other than what is set. */
const othersOf = ({ path, values, standard }: Knob, settings: TunedSettings): ReadonlyArray<Patch> => {
  const current = JSON.stringify(settingAt(settings, path) ?? standard)
  return values.filter((value) => JSON.stringify(value) !== current).map((value) => ({ [path]: value }))
}

/** Settings that random candidates differ in, at the most. */
const mostTogether = 3

/**
 * What is tried: each setting by itself at every other value, then some of them together, drawn by the seed. The same
 * call gives the same list; of no more than `most` the first.
 */
export const candidatesFor = (
  settings: TunedSettings,
  goal: Goal,
  most: number,
  seed: number
): ReadonlyArray<Patch> => {
  const all = goal === "joules" ? [...forEnergy, ...knobs] : knobs
  const choices = all.map((knob) => othersOf(knob, settings)).filter(({ length }) => length > 0)
  const found = new Map<string, Patch>()
  for (const patch of choices.flat()) found.set(keyOf(patch), patch)
  const chance = chanceOf(`tune/${seed}`)
  const draw = <A>(values: ReadonlyArray<A>): A | undefined => values[Math.floor(chance() * values.length)]
  // Where there are few to be combined, the same come again.
  for (let attempt = 0; attempt < 10 * most && found.size < most; attempt += 1) {
    const together = Array.from({ length: 2 + Math.floor(chance() * (mostTogether - 1)) }, () =>
      draw(draw(choices) ?? [])
    )
    const patch = Object.assign({}, ...together)
    found.set(keyOf(patch), patch)
  }
  return [...found.values()].slice(0, most)
}

export const keyOf = (patch: Patch): string =>
  JSON.stringify(Object.entries(patch).sort(([a], [b]) => (a < b ? -1 : 1)))

/** The best of those that differ in one setting alone, put together: two of them, then three. Best first given. */
export const combined = (ranked: ReadonlyArray<Patch>): ReadonlyArray<Patch> => {
  const best = new Map<string, Patch>()
  for (const patch of ranked) {
    const [path, ...others] = Object.keys(patch)
    if (path !== undefined && others.length === 0 && !best.has(path)) best.set(path, patch)
  }
  const [first, second, third] = [...best.values()]
  if (first === undefined || second === undefined) return []
  const two = { ...first, ...second }
  return third === undefined ? [two] : [two, { ...two, ...third }, { ...first, ...third }]
}

/** The patch without one of its settings, for each of them; nothing of one that has but one. */
export const simpler = (patch: Patch): ReadonlyArray<Patch> => {
  const entries = Object.entries(patch)
  if (entries.length < 2) return []
  return entries.map((_, left) => Object.fromEntries(entries.filter((_, index) => index !== left)))
}
