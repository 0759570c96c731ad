import { describeRefusal, fitsNow, type Refusal, unmetEver, type WorkerRecord } from "../ledger/index.ts"
import type { Millis, TaskSpec, Unmet, WorkerId } from "../model/index.ts"
import { type Committer, commitOn } from "./commit.ts"
import { type Decision, decide } from "./decide.ts"
import type { Candidate, Explanation, RefusedWorker, StrategyFault } from "./explanation.ts"
import { Filter, unmetBy } from "./filter.ts"
import { loadOf } from "./load-index.ts"
import { type Declined, describeDeclined, type Judgement } from "./patience.ts"
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
  /** What patience says of the task now, where it was asked already. */
  readonly judgement?: Judgement
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
  /** Of a large pool, where every worker is to be named: those that fit and are not worth it, or were not looked at. */
  readonly leftOut?: ReadonlyArray<RefusedWorker>
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
  { decision, by, fault, leftOut = [] }: Answer,
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
  refused: leftOut.length === 0 ? refused : [...refused, ...leftOut],
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
  readonly #complete: boolean
  /** Those the ledger will not have: no use in waiting for them. */
  #hopeless: Set<WorkerId> | undefined
  /** What patience says, until a worker is refused; asked once there is a worker to be judged. */
  #judgement: { readonly says: Judgement | undefined } | undefined
  #reconsiderAt = Number.POSITIVE_INFINITY

  constructor(
    task: TaskSpec,
    view: PlacementView,
    now: Millis,
    { complete = false, judgement }: PlaceOptions,
    refused?: ReadonlySet<WorkerId>
  ) {
    this.#complete = complete
    this.#task = task
    this.#view = view
    this.#now = now
    this.out = new Set(refused)
    this.refused = [...this.out].map(refusedEarlier)
    if (refused !== undefined) this.#hopeless = new Set(refused)
    if (judgement !== undefined) this.#judgement = { says: judgement }
  }

  refuse(workerId: WorkerId, reason: string): void {
    this.refused.push({ workerId, reason })
    this.#hopeless = (this.#hopeless ?? new Set()).add(workerId)
    this.out.add(workerId)
    this.#judgement = undefined
  }

  /**
   * What becomes of the strategy's answer. Where its worker is declined, every other free one that should be is too, in
   * the same go, and the strategy is to be asked again: `undefined`. In a large pool the answer is then the least loaded
   * of those that patience knows to be worth it, or nobody for now.
   */
  settleOn(answer: Answer): Answer | undefined {
    const { worker } = answer.decision
    const judgement = worker && this.#judge()
    const declined = worker && judgement?.declines(worker)
    if (judgement === undefined || declined === undefined) return answer
    this.#note(declined)
    const { worthIt } = judgement
    if (worthIt === undefined) {
      this.#declineOthers(judgement)
      return undefined
    }
    const least = this.#leastLoaded(worthIt)
    if (this.#complete) return { ...answer, ...this.#amongAll(answer.decision, least, judgement) }
    const candidates = least === undefined ? [] : [{ workerId: least.spec.id }]
    return { ...answer, decision: { worker: least, candidates } }
  }

  /** Asks for no more of them once one is empty. */
  #leastLoaded(worthIt: Iterable<WorkerRecord>): WorkerRecord | undefined {
    let least: WorkerRecord | undefined
    let lowest = Number.POSITIVE_INFINITY
    for (const worker of worthIt) {
      const load = this.out.has(worker.spec.id) ? Number.POSITIVE_INFINITY : loadOf(worker)
      if (load >= lowest) continue
      least = worker
      lowest = load
      if (load === 0) break
    }
    return least
  }

  /** The decision with all that fit: those that are worth it, and why not the others. The strategy's scores decided nothing. */
  #amongAll({ candidates }: Decision, worker: WorkerRecord | undefined, judgement: Judgement) {
    const worthIt = new Set<WorkerId>()
    for (const { spec } of judgement.worthIt ?? []) worthIt.add(spec.id)
    const others = candidates.map(({ workerId }) => workerId).filter((workerId) => !this.out.has(workerId))
    const byId = new Map(this.#view.workers.map((each) => [each.spec.id, each]))
    return {
      decision: {
        worker,
        candidates: others.filter((workerId) => worthIt.has(workerId)).map((workerId): Candidate => ({ workerId }))
      },
      leftOut: others
        .filter((workerId) => !worthIt.has(workerId))
        .map((workerId): RefusedWorker => {
          const other = byId.get(workerId)
          return { workerId, reason: this.#whyNot(other, judgement), declined: true }
        })
    }
  }

  #whyNot(worker: WorkerRecord | undefined, judgement: Judgement): string {
    const { heldFor } = worker ?? {}
    if (heldFor !== undefined && heldFor !== this.#task.id) return `is kept free for task ${heldFor}`
    const declined = worker && judgement.declines(worker)
    return declined === undefined ? "not looked at in so large a pool" : describeDeclined(declined)
  }

  /** The proposal without a worker, where it came to that. */
  settle(proposal: Proposal): Proposal {
    if (proposal._tag !== "Wait" || this.#reconsiderAt === Number.POSITIVE_INFINITY) return proposal
    return { ...proposal, reconsiderAt: this.#reconsiderAt }
  }

  #judge(): Judgement | undefined {
    const { patience, workers } = this.#view
    this.#judgement ??= { says: patience?.judge(this.#task, workers, this.#now, this.#hopeless) }
    return this.#judgement.says
  }

  #declineOthers(judgement: Judgement): void {
    for (const other of this.#view.workers) {
      if (this.out.has(other.spec.id) || !fitsNow(this.#task.requirements, other)) continue
      const another = judgement.declines(other)
      if (another !== undefined) this.#note(another)
    }
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
  const choosiness = new Choosiness(task, view, now, options, refused)
  for (;;) {
    const filter = new Filter(task, choosiness.out)
    const answer = choosiness.settleOn(ask(strategy, task, view, filter, now, options))
    if (answer === undefined) continue
    const { worker } = answer.decision
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
 * The strategy proposes the best worker that fits, and may name the devices there; patience may decline the worker as
 * not worth it; `commit` is the ledger's: it checks again, reserves and commits, or says why not. A worker that is declined or refused is out, and the next
 * best is tried, until one is committed or nobody is left. `Worker` then means committed. A strategy at fault is
 * reported and least connections decides.
 */
export const place = (
  task: TaskSpec,
  view: PlacementView,
  strategy: Strategy,
  commit: Committer,
  now: Millis,
  options: PlaceOptions = {}
): Proposal => {
  const complete = options.complete === true
  const choosiness = new Choosiness(task, view, now, options)
  const { refused } = choosiness
  for (;;) {
    const filter = new Filter(task, choosiness.out)
    const answer = choosiness.settleOn(ask(strategy, task, view, filter, now, options))
    if (answer === undefined) continue
    const { worker } = answer.decision
    const explanation = explain(task, view, answer, filter, refused, now, complete)
    if (worker === undefined) return choosiness.settle(withoutWorker(task, view, explanation))
    const workerId = worker.spec.id
    const refusal = commitOn(answer.by, task, worker, view, commit, (cause) => faultOf(answer.by, task, cause, options))
    if (refusal === undefined) {
      tellProposed(answer.by, task, view, worker, options)
      return { _tag: "Worker", workerId, explanation }
    }
    choosiness.refuse(workerId, describeRefusal(refusal))
    if (!isAboutTheWorker(refusal)) {
      return {
        _tag: "Wait",
        explanation: {
          ...explanation,
          outcome: "waits",
          workerId: undefined,
          refused: [...refused, ...(answer.leftOut ?? [])]
        }
      }
    }
  }
}
