import { coefficientOfVariation, mean, sum } from "../../../src/statistics/index.ts"
import type { Measurement } from "./measurement.ts"
import type { MaterialWorld } from "./scenario.ts"
import type { Sight } from "./sight.ts"

/** When backlogs count as balanced, and what a contender may do about it. Times in milliseconds. */
export interface RebalancingRules {
  /** Coefficient of variation of the backlogs over the workers, at most. */
  readonly balanced: number
  /** For so long it must stay below. */
  readonly lasting: number
  readonly spike: { readonly from: number; readonly until: number }
  /** From the end of the spike on; what is not balanced within it counts as this. */
  readonly horizon: number
  /** So many running tasks may be moved at each of these intervals. */
  readonly budget: { readonly moves: number; readonly every: number }
}

const variation = ({ workers }: Sight): number => coefficientOfVariation(workers.map(({ backlogMs = 0 }) => backlogMs))

/**
 * From the end of the spike until the first look at which the backlogs are balanced and stay so at all looks that follow
 * for long enough. All workers have speed 1, so that a backlog is as long as it takes.
 */
export const timeToRebalance = (
  { looks }: Pick<Measurement, "looks">,
  { balanced, lasting, spike, horizon }: RebalancingRules
): number => {
  let since: number | undefined
  for (const look of looks) {
    if (look.now < spike.until) continue
    if (variation(look) > balanced) since = undefined
    else since ??= look.now
    if (since !== undefined && look.now - since >= lasting) return Math.min(horizon, since - spike.until)
    if (look.now - spike.until > horizon + lasting) break
  }
  return horizon
}

/** So much done on all of them together, each getting an equal part until it has no more to do. */
const share = (left: ReadonlyArray<number>, done: number): ReadonlyArray<number> => {
  const least = Math.min(...left)
  if (left.length === 0 || done < least * left.length) return left.map((each) => each - done / left.length)
  const others = left.filter((each) => each > least).map((each) => each - least)
  return share(others, done - least * left.length)
}

/** What is left of each task that had come until that moment to a worker of speed 1 and one core, which all share. */
export const leftAt = (
  tasks: ReadonlyArray<{ readonly at: number; readonly work: number }>,
  now: number
): ReadonlyArray<number> => {
  let left: ReadonlyArray<number> = []
  let last = 0
  for (const { at, work } of tasks) {
    if (at >= now) break
    left = [...share(left, at - last), work]
    last = at
  }
  return share(left, now - last)
}

/**
 * What could be done about the spike if each move of the budget took, from the workers that have too much, the task with
 * the most left to do.
 *
 * Formula: excess = Σ max(0, backlog − mean backlog) × (1 − balanced ÷ coefficient of variation), of the backlogs at the
 * end of the spike had nothing been moved; moves = the fewest tasks that come to it by what was left of them then; the
 * time is that of the ⌈moves ÷ budget⌉-th interval since the spike began, counted from its end.
 */
export const optimumOf = (
  { tasks }: Pick<MaterialWorld, "tasks">,
  { balanced, spike, budget }: RebalancingRules
): number => {
  const byHome = Map.groupBy(tasks, ({ type = "" }) => type)
  const homes = [...byHome.values()].map((own) => {
    const left = leftAt(own, spike.until)
    return { left, backlog: sum(left) }
  })
  const backlogs = homes.map(({ backlog }) => backlog)
  const middle = mean(backlogs)
  const excess = backlogs.reduce((sum, backlog) => sum + Math.max(0, backlog - middle), 0)
  let toMove = excess * Math.max(0, 1 - balanced / coefficientOfVariation(backlogs))
  const movable = homes
    .filter(({ backlog }) => backlog > middle)
    .flatMap(({ left }) => left)
    .sort((a, b) => b - a)
  let moves = 0
  while (toMove > 0 && moves < movable.length) {
    toMove -= movable[moves] ?? 0
    moves += 1
  }
  const intervals = Math.ceil(moves / budget.moves)
  return intervals === 0 ? 0 : Math.max(0, spike.from + intervals * budget.every - spike.until)
}
