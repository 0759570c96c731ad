import { describeRefusal, type Refusal, unmetEver } from "../ledger/index.ts"
import type { Millis, TaskSpec, Unmet, WorkerId } from "../model/index.ts"
import { type Decision, decide } from "./decide.ts"
import type { Explanation, RefusedWorker, StrategyFault } from "./explanation.ts"
import { Filter, unmetBy } from "./filter.ts"
import { leastConnections } from "./strategies/least-connections.ts"
import type { Strategy } from "./strategy.ts"
import type { PlacementView } from "./view.ts"

/** What placement makes of a task: a worker, or why there is none. */
export type Proposal =
  | { readonly _tag: "Worker"; readonly workerId: WorkerId; readonly explanation: Explanation }
  /** No worker can take it now; one could. */
  | { readonly _tag: "Wait"; readonly explanation: Explanation }
  /** No worker of the pool could ever take it, even when empty. With no workers at all, `unmet` is empty. */
  | { readonly _tag: "Never"; readonly unmet: ReadonlyArray<Unmet>; readonly explanation: Explanation }

export interface PlaceOptions {
  /** Told of each fault of the strategy. Must not throw. */
  readonly onFault?: (fault: StrategyFault) => void
  /** Whether the explanation names every worker of the pool. Default: no. */
  readonly complete?: boolean
}

/** Decides where a strategy is at fault. Has no memory, so one serves all. */
export const fallback = leastConnections()

export const joinedFirst = "the one that joined first"

/** Reports what a strategy threw. */
export const faultOf = (
  strategy: Strategy,
  task: TaskSpec,
  cause: unknown,
  { onFault }: PlaceOptions
): StrategyFault => {
  const message = cause instanceof Error ? cause.message : String(cause)
  const fault = { strategy: String(strategy.id), taskId: task.id, message, cause }
  onFault?.(fault)
  return fault
}

/** Who decided: the strategy, or the default one where it was at fault. */
interface Answer {
  readonly decision: Decision
  readonly by: Strategy
  readonly fault?: StrategyFault
}

const ask = (
  strategy: Strategy,
  task: TaskSpec,
  view: PlacementView,
  filter: Filter,
  now: Millis,
  options: PlaceOptions
): Answer => {
  const all = options.complete === true
  try {
    return { decision: decide(strategy, task, view, filter, now, all), by: strategy }
  } catch (cause) {
    const fault = faultOf(strategy, task, cause, options)
    filter.passedOver.length = 0
    return { decision: decide(fallback, task, view, filter, now, all), by: fallback, fault }
  }
}

/** What each worker could never give; `undefined` where one of them could take the task when empty. */
const unmetForever = ({ requirements }: TaskSpec, { workers }: PlacementView): ReadonlyArray<Unmet> | undefined => {
  const unmet: Array<Unmet> = []
  for (const { spec } of workers) {
    const reasons = unmetEver(requirements, spec)
    if (reasons.length === 0) return undefined
    unmet.push({ workerId: spec.id, reasons })
  }
  return unmet
}

/** The proposal that says nobody is there, and whether to wait for somebody. */
export const withoutWorker = (task: TaskSpec, view: PlacementView, explanation: Explanation): Proposal => {
  const unmet = explanation.refused.length > 0 ? undefined : unmetForever(task, view)
  if (unmet === undefined) return { _tag: "Wait", explanation }
  return { _tag: "Never", unmet, explanation: { ...explanation, outcome: "never", filtered: unmet } }
}

const nobodyRefused: ReadonlyArray<RefusedWorker> = []

const refusedEarlier = (workerId: WorkerId): RefusedWorker => ({ workerId, reason: "refused before" })

const explain = (
  task: TaskSpec,
  view: PlacementView,
  { decision, by, fault }: Answer,
  filter: Filter,
  refused: ReadonlyArray<RefusedWorker>,
  now: Millis,
  complete: boolean
): Explanation => ({
  taskId: task.id,
  at: now,
  strategy: by.id,
  outcome: decision.worker === undefined ? "waits" : "chosen",
  workerId: decision.worker?.spec.id,
  workers: view.workers.length,
  complete,
  candidates: decision.candidates,
  filtered: complete ? filter.passedOver.map((worker) => unmetBy(task, worker)) : [],
  refused,
  tieRule: by.tieRule ?? joinedFirst,
  fault
})

/** Tells the strategy that its worker was proposed; it cannot undo that. */
export const tellProposed = (
  strategy: Strategy,
  task: TaskSpec,
  view: PlacementView,
  worker: Decision["worker"],
  options: PlaceOptions
): void => {
  if (worker === undefined || strategy.proposed === undefined) return
  try {
    strategy.proposed(task, worker, view)
  } catch (cause) {
    faultOf(strategy, task, cause, options)
  }
}

/** Proposes without asking anyone to commit, and without telling the strategy. */
export const ponder = (
  task: TaskSpec,
  view: PlacementView,
  strategy: Strategy,
  now: Millis,
  options: PlaceOptions,
  refused?: ReadonlySet<WorkerId>
): { readonly proposal: Proposal; readonly answer: Answer } => {
  const filter = new Filter(task, refused)
  const answer = ask(strategy, task, view, filter, now, options)
  const reasons = refused === undefined ? nobodyRefused : [...refused].map(refusedEarlier)
  const explanation = explain(task, view, answer, filter, reasons, now, options.complete === true)
  const { workerId } = explanation
  return {
    answer,
    proposal:
      workerId === undefined ? withoutWorker(task, view, explanation) : { _tag: "Worker", workerId, explanation }
  }
}

/** Whether another worker may do where this one was refused. Otherwise the task itself has to wait. */
const isAboutTheWorker = ({ _tag }: Refusal): boolean =>
  _tag === "DoesNotFit" || _tag === "HeldForAnother" || _tag === "UnknownWorker"

/**
 * Places one task: filter → score → reserve → commit.
 *
 * The strategy proposes the best worker that fits; `commit` is the ledger's: it checks again, reserves and commits,
 * or says why not. A worker that is refused is out, and the next best is tried, until one is committed or nobody is
 * left. `Worker` then means committed. A strategy at fault is reported and least connections decides.
 */
export const place = (
  task: TaskSpec,
  view: PlacementView,
  strategy: Strategy,
  commit: (workerId: WorkerId) => Refusal | undefined,
  now: Millis,
  options: PlaceOptions = {}
): Proposal => {
  const complete = options.complete === true
  const out = new Set<WorkerId>()
  const refused: Array<RefusedWorker> = []
  for (;;) {
    const filter = new Filter(task, out)
    const answer = ask(strategy, task, view, filter, now, options)
    const { worker } = answer.decision
    const explanation = explain(task, view, answer, filter, refused, now, complete)
    if (worker === undefined) return withoutWorker(task, view, explanation)
    const workerId = worker.spec.id
    const refusal = commit(workerId)
    if (refusal === undefined) {
      tellProposed(answer.by, task, view, worker, options)
      return { _tag: "Worker", workerId, explanation }
    }
    refused.push({ workerId, reason: describeRefusal(refusal) })
    if (!isAboutTheWorker(refusal)) {
      return { _tag: "Wait", explanation: { ...explanation, outcome: "waits", workerId: undefined, refused } }
    }
    out.add(workerId)
  }
}
