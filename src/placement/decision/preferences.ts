import type { WorkerRecord } from "../../ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../../model/index.ts"
import { Filter } from "../pipeline/filter.ts"
import type { DecidingStrategy, JointStrategy, PickStrategy, SeekStrategy, WeightedStrategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"
import { fillUnknown } from "../weighing/columns.ts"
import { decide, weighingFor } from "./decide.ts"
import { Nonsense } from "./nonsense.ts"
import { pointsOf, withoutMultiplier } from "./points.ts"

/** The decision in which preferences are asked for. */
export interface Occasion {
  readonly task: TaskSpec
  /** In the order of the view. */
  readonly candidates: ReadonlyArray<WorkerRecord>
  readonly view: PlacementView
  readonly now: Millis
  /** Workers of the view that are no candidates. */
  readonly others: ReadonlySet<WorkerId>
}

const nobody: ReadonlySet<WorkerId> = new Set()

export const occasionOf = (
  task: TaskSpec,
  candidates: ReadonlyArray<WorkerRecord>,
  view: PlacementView,
  now: Millis
): Occasion => {
  if (candidates.length === view.workers.length) return { task, candidates, view, now, others: nobody }
  const among = new Set(candidates)
  const others = view.workers.flatMap((worker) => (among.has(worker) ? [] : [worker.spec.id]))
  return { task, candidates, view, now, others: new Set(others) }
}

/** From the least preferred at 0 to the most preferred at 100; all the same where none is. In place. */
const stretch = (column: Float64Array): void => {
  let lowest = Number.POSITIVE_INFINITY
  let highest = Number.NEGATIVE_INFINITY
  for (const value of column) {
    if (value < lowest) lowest = value
    if (value > highest) highest = value
  }
  // Halves, since the span of two huge numbers may have no finite length.
  const span = highest / 2 - lowest / 2
  for (let index = 0; index < column.length; index++) {
    column[index] = span > 0 ? (100 * ((column[index] ?? 0) / 2 - lowest / 2)) / span : 100
  }
}

/** One figure for each candidate; anything but a finite number is none. */
const figures = ({ candidates }: Occasion, figureOf: (worker: WorkerRecord) => number): Float64Array => {
  const column = new Float64Array(candidates.length)
  candidates.forEach((worker, index) => {
    const figure: unknown = figureOf(worker)
    if (typeof figure !== "number" || !Number.isFinite(figure)) {
      throw new Nonsense(`scored ${worker.spec.id} as ${String(figure)}`)
    }
    column[index] = figure
  })
  return column
}

const preferred = (prefer: NonNullable<DecidingStrategy["prefer"]>, occasion: Occasion): Float64Array | undefined => {
  const { task, candidates, view, now } = occasion
  const column = new Float64Array(candidates.length).fill(Number.NaN)
  prefer(task, candidates.slice(), view, now, column)
  const wrong = column.findIndex((value) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY)
  if (wrong >= 0) throw new Nonsense(`preferred ${candidates[wrong]?.spec.id} by ${String(column[wrong])}`)
  if (column.every(Number.isNaN)) return undefined
  fillUnknown(column, 0)
  return column
}

/** By so little a worker that is judged stands behind one that is owed a trial and has as many points: that one goes first. */
const behindTrials = 1e-9

/** The scores of the kernel before the multiplier. */
const weighed = (strategy: WeightedStrategy, { task, candidates, view, others }: Occasion): Float64Array => {
  const { workers } = view
  const weighing = weighingFor(strategy, workers.length)
  weighing.refill(task, view, new Filter(task, others))
  const { run, batch } = weighing
  const column = new Float64Array(candidates.length)
  const most = strategy.trials === undefined && strategy.trialsOf === undefined ? 100 : 100 - behindTrials
  let next = 0
  workers.forEach((worker, index) => {
    if (worker !== candidates[next]) return
    const score = run.score(0, index)
    if (!Number.isFinite(score)) throw new Nonsense(`scored ${worker.spec.id} as ${String(score)}`)
    const points = batch.urgent[0] === 1 ? withoutMultiplier(score, worker.spec.priorityMultiplier) : score
    column[next] = run.owesTrial(0, index) ? points : Math.min(most, points)
    next += 1
  })
  return column
}

const together = (strategy: JointStrategy, occasion: Occasion): Float64Array => {
  const { scores } = strategy.scoreAll(occasion.task, occasion.candidates.slice(), occasion.view, occasion.now)
  let next = 0
  return figures(occasion, () => pointsOf(scores[next++] ?? Number.NaN))
}

/** 100 for its choice, 0 for all others. */
const choice = (strategy: DecidingStrategy, { task, candidates, view, now, others }: Occasion): Float64Array => {
  const { worker } = decide(strategy, task, view, new Filter(task, others), now, false)
  if (worker === undefined) throw new Nonsense("found nobody, although some fit")
  return Float64Array.from(candidates, ({ spec }) => (spec.id === worker.spec.id ? 100 : 0))
}

/** What it scores, in its own unit. */
const inItsUnit = (
  strategy: Exclude<DecidingStrategy, WeightedStrategy | SeekStrategy | PickStrategy>,
  occasion: Occasion
): Float64Array => {
  const { task, view, now } = occasion
  if ("rank" in strategy) return figures(occasion, (worker) => strategy.rank(task, worker, view, now))
  if ("scoreAll" in strategy) return together(strategy, occasion)
  return figures(occasion, (worker) => pointsOf(strategy.score(task, worker, view, now)))
}

/**
 * How good each candidate is in the eyes of the strategy, 0–100. What it prefers is stretched over the whole scale, weighted
 * scores are on it already, and a strategy that only chooses gives its choice 100 and all others 0. `undefined`: it has no
 * opinion of anybody. Throws what the strategy throws, and `Nonsense`.
 */
export const preferencesOf = (strategy: DecidingStrategy, occasion: Occasion): Float64Array | undefined => {
  let column: Float64Array | undefined
  if (strategy.prefer !== undefined) column = preferred(strategy.prefer.bind(strategy), occasion)
  else if ("factors" in strategy) return weighed(strategy, occasion)
  else if ("seek" in strategy || "pick" in strategy) return choice(strategy, occasion)
  else column = inItsUnit(strategy, occasion)
  if (column !== undefined) stretch(column)
  return column
}
