import { describeRefusal, fitsNow, type Refusal, unmetEver, type WorkerRecord } from "../ledger/index.ts"
import type { Millis, TaskSpec, Unmet, WorkerId } from "../model/index.ts"
import { type Decision, decide } from "./decide.ts"
import type { Explanation, RefusedWorker, StrategyFault } from "./explanation.ts"
import { Filter, unmetBy } from "./filter.ts"
import { type Declined, describeDeclined } from "./patience.ts"
import { leastConnections } from "./strategies/least-connections.ts"
import type { Strategy } from "./strategy.ts"
import type { PlacementView } from "./view.ts"

/** What placement makes of a task: a worker, or why there is none. */
export type Proposal =
  | { readonly _tag: "Worker"; readonly workerId: WorkerId; readonly explanation: Explanation }
  /**
   * No worker can take it now; one could. `reconsiderAt`: free ones were declined, and should nothing happen until
   * then, the task is to be proposed again.
   */
  | { readonly _tag: "Wait"; readonly explanation: Explanation; readonly reconsiderAt?: Millis }
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

/** The free workers that one task should not go to, as far as it has come to that. */
class Choosiness {
  readonly out: Set<WorkerId>
  readonly refused: Array<RefusedWorker>
  readonly #task: TaskSpec
  readonly #view: PlacementView
  readonly #now: Millis
  /** Those the ledger will not have: no use in waiting for them. */
  #hopeless: Set<WorkerId> | undefined
  #reconsiderAt = Number.POSITIVE_INFINITY

  constructor(task: TaskSpec, view: PlacementView, now: Millis, refused?: ReadonlySet<WorkerId>) {
    this.#task = task
    this.#view = view
    this.#now = now
    this.out = new Set(refused)
    this.refused = [...this.out].map(refusedEarlier)
    if (refused !== undefined) this.#hopeless = new Set(refused)
  }

  refuse(workerId: WorkerId, reason: string): void {
    this.refused.push({ workerId, reason })
    this.#hopeless = (this.#hopeless ?? new Set()).add(workerId)
    this.out.add(workerId)
  }

  /** Whether the worker is declined; then every other free one that should be is too, in the same go. */
  declines(worker: WorkerRecord): boolean {
    const declined = this.#ask(worker)
    if (declined === undefined) return false
    this.#note(declined)
    for (const other of this.#view.workers) {
      if (this.out.has(other.spec.id) || !fitsNow(this.#task.requirements, other)) continue
      const another = this.#ask(other)
      if (another !== undefined) this.#note(another)
    }
    return true
  }

  /** The proposal without a worker, where it came to that. */
  settle(proposal: Proposal): Proposal {
    if (proposal._tag !== "Wait" || this.#reconsiderAt === Number.POSITIVE_INFINITY) return proposal
    return { ...proposal, reconsiderAt: this.#reconsiderAt }
  }

  #ask(worker: WorkerRecord): Declined | undefined {
    return this.#view.patience?.declines(this.#task, worker, this.#view.workers, this.#now, this.#hopeless)
  }

  #note(declined: Declined): void {
    this.refused.push({ workerId: declined.workerId, reason: describeDeclined(declined), declined: true })
    this.out.add(declined.workerId)
    this.#reconsiderAt = Math.min(this.#reconsiderAt, declined.reconsiderAt)
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
  const choosiness = new Choosiness(task, view, now, refused)
  for (;;) {
    const filter = new Filter(task, choosiness.out)
    const answer = ask(strategy, task, view, filter, now, options)
    const { worker } = answer.decision
    if (worker !== undefined && choosiness.declines(worker)) continue
    const explanation = explain(task, view, answer, filter, choosiness.refused, now, options.complete === true)
    const proposal: Proposal =
      worker === undefined
        ? choosiness.settle(withoutWorker(task, view, explanation))
        : { _tag: "Worker", workerId: worker.spec.id, explanation }
    return { answer, proposal }
  }
}

/** Whether another worker may do where this one was refused. Otherwise the task itself has to wait. */
const isAboutTheWorker = ({ _tag }: Refusal): boolean =>
  _tag === "DoesNotFit" || _tag === "HeldForAnother" || _tag === "UnknownWorker"

/**
 * Places one task: filter → score → reserve → commit.
 *
 * The strategy proposes the best worker that fits; patience may decline it as not worth it; `commit` is the ledger's:
 * it checks again, reserves and commits, or says why not. A worker that is declined or refused is out, and the next
 * best is tried, until one is committed or nobody is left. `Worker` then means committed. A strategy at fault is
 * reported and least connections decides.
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
  const choosiness = new Choosiness(task, view, now)
  const { refused } = choosiness
  for (;;) {
    const filter = new Filter(task, choosiness.out)
    const answer = ask(strategy, task, view, filter, now, options)
    const { worker } = answer.decision
    if (worker !== undefined && choosiness.declines(worker)) continue
    const explanation = explain(task, view, answer, filter, refused, now, complete)
    if (worker === undefined) return choosiness.settle(withoutWorker(task, view, explanation))
    const workerId = worker.spec.id
    const refusal = commit(workerId)
    if (refusal === undefined) {
      tellProposed(answer.by, task, view, worker, options)
      return { _tag: "Worker", workerId, explanation }
    }
    choosiness.refuse(workerId, describeRefusal(refusal))
    if (!isAboutTheWorker(refusal)) {
      return { _tag: "Wait", explanation: { ...explanation, outcome: "waits", workerId: undefined, refused } }
    }
  }
}
