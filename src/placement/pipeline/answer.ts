import type { WorkerRecord } from "../../ledger/index.ts"
import type { Millis, TaskSpec } from "../../model/index.ts"
import { type Decision, decide } from "../decision/decide.ts"
import { passTurn } from "../decision/turn.ts"
import type { Explanation, RefusedWorker, StrategyFault } from "../explanation/explanation.ts"
import { passSample } from "../pool/weigh-in-pool.ts"
import { leastConnections } from "../strategies/by-load/least-connections.ts"
import type { DecidingStrategy, Strategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"
import { delegationsOf, nameOfRoute, type Route, routeOf } from "./delegation.ts"
import { type Filter, unmetBy } from "./filter.ts"
import type { PlaceOptions } from "./proposal.ts"

/** Decides where a strategy is at fault. Has no memory, so one serves all. */
export const fallback = leastConnections({ ties: "first" })

const toFallback: Route = { by: fallback, through: [] }

const joinedFirst = "the one that joined first"
const nextInTurn = "the next in turn"

/** Which of equals the strategy takes, in words. */
export const tieRuleOf = (strategy: DecidingStrategy): string =>
  strategy.tieRule ?? ("rank" in strategy && strategy.ties === "turn" ? nextInTurn : joinedFirst)

/** Reports what a strategy threw. */
export const faultOf = (strategy: string, task: TaskSpec, cause: unknown, { onFault }: PlaceOptions): StrategyFault => {
  const message = cause instanceof Error ? cause.message : String(cause)
  const fault = { strategy: String(strategy), taskId: task.id, message, cause }
  onFault?.(fault)
  return fault
}

/** Who decided: the strategy, another that it has left it to, or the default one where that was at fault. */
export interface Answer {
  readonly decision: Decision
  readonly route: Route
  readonly fault?: StrategyFault
  /** Of a large pool, where every worker is to be named: those that fit and are not worth it, or were not looked at. */
  readonly leftOut?: ReadonlyArray<RefusedWorker>
}

/** Filter and score: the best worker that fits, by the strategy, or by least connections where it is at fault. */
export const ask = (
  strategy: Strategy,
  task: TaskSpec,
  view: PlacementView,
  filter: Filter,
  now: Millis,
  options: PlaceOptions
): Answer => {
  const all = options.complete === true
  let name = strategy.id
  try {
    const route = routeOf(strategy, task, view, now)
    name = nameOfRoute(route)
    const decision = decide(route.by, task, view, filter, now, all)
    const { faults } = decision
    if (faults !== undefined) for (const part of faults) faultOf(part.strategy, task, part.cause, options)
    return { decision, route }
  } catch (cause) {
    const fault = faultOf(name, task, cause, options)
    filter.passedOver.length = 0
    return { decision: decide(fallback, task, view, filter, now, all), route: toFallback, fault }
  }
}

/** What each step had to say, put together. */
export const explain = (
  task: TaskSpec,
  view: PlacementView,
  { decision, route, fault, leftOut = [] }: Answer,
  filter: Filter,
  refused: ReadonlyArray<RefusedWorker>,
  now: Millis,
  complete: boolean
): Explanation => ({
  taskId: task.id,
  at: now,
  strategy: nameOfRoute(route),
  ...(route.through.length > 0 && { via: delegationsOf(route, task, view, now) }),
  outcome: decision.worker === undefined ? "waits" : "chosen",
  workerId: decision.worker?.spec.id,
  workers: view.workers.length,
  complete,
  candidates: decision.candidates,
  filtered: complete ? filter.passedOver.map((worker) => unmetBy(task, worker)) : [],
  refused: leftOut.length === 0 ? refused : [...refused, ...leftOut],
  tieRule: tieRuleOf(route.by),
  ...(decision.sampled !== undefined && { sampled: decision.sampled }),
  fault
})

/** Tells those that decided that their worker was proposed; they cannot undo that. */
export const tellProposed = (
  { by, through }: Route,
  task: TaskSpec,
  view: PlacementView,
  worker: Decision["worker"],
  options: PlaceOptions
): void => {
  if (worker === undefined) return
  if ("rank" in by) passTurn(by, task, worker, view)
  if ("factors" in by && view.pool !== undefined) passSample(view.pool, by)
  for (const strategy of through) tell(strategy, task, view, worker, options)
  tell(by, task, view, worker, options)
}

const tell = (
  strategy: Strategy,
  task: TaskSpec,
  view: PlacementView,
  worker: WorkerRecord,
  options: PlaceOptions
): void => {
  if (strategy.proposed === undefined) return
  try {
    strategy.proposed(task, worker, view)
  } catch (cause) {
    faultOf(strategy.id, task, cause, options)
  }
}
