import { describeRefusal, type Refusal, type WorkerRecord } from "../../ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../../model/index.ts"
import type { Explanation } from "../explanation/explanation.ts"
import type { Strategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"
import { type Answer, ask, explain, faultOf, tellProposed } from "./answer.ts"
import { Choosiness } from "./choosiness.ts"
import { type Committer, commitOn } from "./commit.ts"
import { nameOfRoute } from "./delegation.ts"
import { Filter } from "./filter.ts"
import { type PlaceOptions, type Proposal, withoutWorker } from "./proposal.ts"
import { waitAlong } from "./wait-along.ts"

/** A worker for the task, with what each step before the commit had to say; or nobody. */
interface Found {
  readonly answer: Answer
  readonly explanation: Explanation
  readonly worker: WorkerRecord | undefined
}

/** Filter → score: the best worker that fits, has not refused the task, and is worth it. */
const find = (
  task: TaskSpec,
  view: PlacementView,
  strategy: Strategy,
  choosiness: Choosiness,
  now: Millis,
  options: PlaceOptions
): Found => {
  for (;;) {
    const filter = new Filter(task, choosiness.out)
    const answer = choosiness.settleOn(ask(strategy, task, view, filter, now, options))
    if (answer === undefined) continue
    const explanation = explain(task, view, answer, filter, choosiness.refused, now, options.complete === true)
    return { answer, explanation, worker: answer.decision.worker }
  }
}

/** Whether another worker may do where this one was refused. Otherwise the task itself has to wait. */
const isAboutTheWorker = ({ _tag }: Refusal): boolean =>
  _tag === "DoesNotFit" || _tag === "HeldForAnother" || _tag === "UnknownWorker"

/** Filter → score → wait for a better one, or reserve and commit, in one step of the ledger's, until a worker is committed, nobody is left, or the task itself has to wait. */
const settle = (
  task: TaskSpec,
  view: PlacementView,
  strategy: Strategy,
  choosiness: Choosiness,
  reserve: (answer: Answer, worker: WorkerRecord) => Refusal | undefined,
  now: Millis,
  options: PlaceOptions
): Proposal => {
  for (;;) {
    const { answer, explanation, worker } = find(task, view, strategy, choosiness, now, options)
    if (worker === undefined) return choosiness.settle(withoutWorker(task, view, explanation))
    const home =
      options.since === undefined ? undefined : waitAlong(answer.route, task, view, now, options.since, options)
    if (home !== undefined) {
      return { _tag: "Wait", home, explanation: { ...explanation, outcome: "waits", workerId: undefined, home } }
    }
    const refusal = reserve(answer, worker)
    if (refusal === undefined) {
      tellProposed(answer.route, task, view, worker, options)
      return { _tag: "Worker", workerId: worker.spec.id, explanation }
    }
    choosiness.refuse(worker.spec.id, describeRefusal(refusal))
    if (isAboutTheWorker(refusal)) continue
    const refused = [...choosiness.refused, ...(answer.leftOut ?? [])]
    return { _tag: "Wait", explanation: { ...explanation, outcome: "waits", workerId: undefined, refused } }
  }
}

/**
 * Places one task: filter → score → reserve → commit.
 *
 * The strategy proposes the best worker that fits, and may name the devices there; patience may decline the worker as
 * not worth it, and the strategy may say that the task had better wait for a busy one; `commit` is the ledger's: it checks again, reserves and commits, or says why not. A worker that is
 * declined or refused is out, and the next best is tried, until one is committed or nobody is left. `Worker` then means
 * committed. A strategy at fault is reported and least connections decides.
 */
export const place = (
  task: TaskSpec,
  view: PlacementView,
  strategy: Strategy,
  commit: Committer,
  now: Millis,
  options: PlaceOptions = {}
): Proposal => {
  const reserve = ({ route }: Answer, worker: WorkerRecord): Refusal | undefined =>
    commitOn(route.by, task, worker, view, commit, (cause) => faultOf(nameOfRoute(route), task, cause, options))
  return settle(task, view, strategy, new Choosiness(task, view, now, options), reserve, now, options)
}

/**
 * Moves a task that runs on `source` to another worker, in the same steps: `commit` offers the move to the ledger, which
 * holds what the task needs there. Patience has no say, and the devices are the ledger's choice. `Wait`: there is no better
 * place to go to now, or the task is not to be moved.
 */
export const move = (
  task: TaskSpec,
  source: WorkerId,
  view: PlacementView,
  strategy: Strategy,
  commit: (target: WorkerId) => Refusal | undefined,
  now: Millis,
  options: PlaceOptions = {}
): Proposal => {
  const { patience: _whatever, ...seen } = view
  const choosiness = new Choosiness(task, seen, now, options, new Set([source]), "the task runs there")
  return settle(task, seen, strategy, choosiness, (_answer, { spec }) => commit(spec.id), now, options)
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
  const choosiness = new Choosiness(task, view, now, options, refused)
  const { answer, explanation, worker } = find(task, view, strategy, choosiness, now, options)
  const proposal: Proposal =
    worker === undefined
      ? choosiness.settle(withoutWorker(task, view, explanation))
      : { _tag: "Worker", workerId: worker.spec.id, explanation }
  return { answer, proposal }
}
