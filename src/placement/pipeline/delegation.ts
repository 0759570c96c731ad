import type { Millis, TaskSpec } from "../../model/index.ts"
import { Nonsense } from "../decision/nonsense.ts"
import type { Delegation } from "../explanation/explanation.ts"
import type { DecidingStrategy, DelegatingStrategy, Strategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"

/** Delegates of delegates; beyond that they are taken to go round in a circle. */
const deepest = 8

/** The strategy that decides about a task, and those that have left it to it, outermost first. */
export interface Route {
  readonly by: DecidingStrategy
  readonly through: ReadonlyArray<DelegatingStrategy>
}

const nobody: ReadonlyArray<DelegatingStrategy> = []

const leavesIt = (strategy: Strategy): strategy is DelegatingStrategy => "delegate" in strategy

/** Of each strategy that was left a decision directly, the route to it: most tasks go the same few ways. */
const direct = new WeakMap<DecidingStrategy, Route>()

const directRoute = (by: DecidingStrategy, strategy: DelegatingStrategy): Route => {
  const known = direct.get(by)
  if (known?.through[0] === strategy) return known
  const route = { by, through: [strategy] }
  direct.set(by, route)
  return route
}

/** Who decides about the task as things stand. Throws what a delegating strategy throws, and `Nonsense`. */
export const routeOf = (strategy: Strategy, task: TaskSpec, view: PlacementView, now: Millis): Route => {
  if (!leavesIt(strategy)) return { by: strategy, through: nobody }
  const first: unknown = strategy.delegate(task, view, now)
  if (isStrategy(first) && !leavesIt(first)) return directRoute(first, strategy)
  return farther(strategy, task, view, now)
}

const isStrategy = (chosen: unknown): chosen is Strategy => typeof chosen === "object" && chosen !== null

/** Through several; `delegate` remembers nothing, so the first may be asked once more. */
const farther = (strategy: DelegatingStrategy, task: TaskSpec, view: PlacementView, now: Millis): Route => {
  const through: Array<DelegatingStrategy> = []
  let next: Strategy = strategy
  while (leavesIt(next)) {
    if (through.length === deepest) throw new Nonsense(`delegates through more than ${deepest} strategies`)
    through.push(next)
    const chosen: Strategy = next.delegate(task, view, now)
    if (typeof chosen !== "object" || chosen === null) {
      throw new Nonsense(`delegated to ${String(chosen)}, which is no strategy`)
    }
    next = chosen
  }
  return { by: next, through }
}

/** The way in one name, such as `adaptive: performance_based`. */
export const nameOfRoute = ({ by, through }: Route): string =>
  through.length === 0 ? by.id : `${through.map(({ id }) => id).join(": ")}: ${by.id}`

/** Who left the decision to another, and why, for its explanation. What a strategy throws here is its reason left out. */
export const delegationsOf = (
  { through }: Route,
  task: TaskSpec,
  view: PlacementView,
  now: Millis
): ReadonlyArray<Delegation> =>
  through.map((strategy) => {
    const because = reasonOf(strategy, task, view, now)
    return { strategy: strategy.id, ...(because !== undefined && { because }) }
  })

const reasonOf = (strategy: DelegatingStrategy, task: TaskSpec, view: PlacementView, now: Millis) => {
  try {
    return strategy.because?.(task, view, now)
  } catch {
    return undefined
  }
}

/** The strategy and all that it may come to leave a decision to, each once. */
export const allOf = (strategy: Strategy, known = new Set<Strategy>()): ReadonlySet<Strategy> => {
  if (known.has(strategy)) return known
  known.add(strategy)
  if (leavesIt(strategy)) for (const delegate of strategy.delegates) allOf(delegate, known)
  return known
}
