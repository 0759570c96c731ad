import type { Refusal, WorkerRecord } from "../ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../model/index.ts"
import type { Explanation, StrategyFault } from "./explanation/explanation.ts"
import { fallback, faultOf, tellProposed } from "./pipeline/answer.ts"
import { conclude, decidable, fallbackInBatch, type OpenBatch, openBatch } from "./pipeline/batch.ts"
import { type Committer, commitOn } from "./pipeline/commit.ts"
import { type Route, routeOf } from "./pipeline/delegation.ts"
import { Filter } from "./pipeline/filter.ts"
import type { WaitFor } from "./pipeline/homing.ts"
import { move, place, ponder } from "./pipeline/place.ts"
import type { PlaceOptions, Proposal } from "./pipeline/proposal.ts"
import { isQuick, quickly } from "./pipeline/quickly.ts"
import { tellEnded } from "./pipeline/tell-ended.ts"
import { homeAlong, waitAlong } from "./pipeline/wait-along.ts"
import { hasWishes, Wishes, type WishesOptions } from "./pipeline/wishes.ts"
import { type StrategyId, strategies } from "./strategies/registry.ts"
import type { EndedRun, Strategy } from "./strategy.ts"
import type { PlacementView } from "./view.ts"
import { assign, type ScoreRunner } from "./weighing/kernel.ts"

export interface PlacementOptions {
  readonly strategy: Strategy | StrategyId
  /** Told of each fault of the strategy; the decision itself is made by least connections. Must not throw. */
  readonly onFault?: (fault: StrategyFault) => void
  /** Whether, and how, what tasks wish for is heeded where the strategy does not do it. Left out: it is not. */
  readonly wishes?: WishesOptions
  /** Pools up to this size get explanations that name every worker; larger ones name the chosen alone. Default 8. */
  readonly explainUpTo?: number
}

/** Whether a decision about it rests on more of a worker than its slots and resources, so that only as it is made it can be explained. */
const asksForMore = ({ requirements: { demand } }: TaskSpec): boolean =>
  demand.devices.length > 0 || demand.whole === true

/** Proposes workers for tasks with one strategy. Holds no truth: the ledger commits or refuses. */
export class Placement {
  readonly strategy: Strategy
  readonly #explainUpTo: number
  readonly #brief: PlaceOptions
  readonly #complete: PlaceOptions
  /** The strategy by itself, where it leaves no decision to another. */
  readonly #direct: Route | undefined
  readonly #wishes: Wishes | undefined
  #filter: Filter | undefined
  /** Who found the last worker on the quick way. */
  #quickRoute: Route | undefined

  constructor({ strategy, onFault, wishes, explainUpTo = 8 }: PlacementOptions) {
    this.strategy = typeof strategy === "string" ? strategies[strategy]() : strategy
    this.#wishes = wishes && new Wishes(this.strategy, wishes)
    this.#direct = "delegate" in this.strategy ? undefined : { by: this.strategy, through: [] }
    this.#explainUpTo = explainUpTo
    this.#brief = onFault === undefined ? {} : { onFault }
    this.#complete = { ...this.#brief, complete: true }
  }

  /**
   * The best worker for the task now. The strategy is told that it was proposed, so each call counts as one
   * decision: commit what it proposes before the next. `refused` are workers the ledger has already refused for it.
   */
  propose(task: TaskSpec, view: PlacementView, now: Millis, refused?: ReadonlySet<WorkerId>): Proposal {
    const options = this.#optionsFor(view)
    const { proposal, answer } = ponder(task, view, this.#for(task), now, options, refused)
    tellProposed(answer.route, task, view, answer.decision.worker, options)
    return proposal
  }

  /** Proposes and commits; after a refusal, the next best. See `place`. */
  place(
    task: TaskSpec,
    view: PlacementView,
    commit: Committer,
    now: Millis,
    known: Pick<PlaceOptions, "judgement" | "since"> = {}
  ): Proposal {
    return place(task, view, this.#for(task), commit, now, { ...this.#optionsFor(view), ...known })
  }

  /**
   * Another worker for a task that runs on `source`: the same steps, with a commit that offers the move. See `move`. Nothing
   * is moved that the strategy would leave where it is only because it is asked of the others alone: whether to move is for
   * the caller to say.
   */
  move(
    task: TaskSpec,
    source: WorkerId,
    view: PlacementView,
    commit: (target: WorkerId) => Refusal | undefined,
    now: Millis
  ): Proposal {
    return move(task, source, view, this.#for(task), commit, now, this.#optionsFor(view))
  }

  /**
   * Commits a proposal of a batch, on the devices that whoever decided names. Gives the ledger's refusal, after which the
   * proposal is worth nothing.
   */
  commit(
    { explanation: { fault } }: Proposal,
    task: TaskSpec,
    worker: WorkerRecord,
    view: PlacementView,
    commit: Committer
  ): Refusal | undefined {
    const by = fault === undefined ? this.strategy : fallback
    return commitOn(by, task, worker, view, commit, (cause) => faultOf(by.id, task, cause, this.#brief))
  }

  /**
   * The short way to what `place` would choose, without an explanation and, as far as the strategy goes, without looking at
   * those that have not changed: the worker, or `undefined` where nobody fits. `ordinary`: `place` is to be asked, since the
   * strategy knows no short way for this task, or since something is out of order, which `place` then reports.
   *
   * Changes nothing. Patience has no say in it: judge the worker, and give `place` the judgement where it is declined. Then
   * commit by the ledger and call `tellProposed`; where the ledger refuses, go on by `place`.
   */
  quick(task: TaskSpec, view: PlacementView, now: Millis): WorkerRecord | undefined | "ordinary" {
    try {
      const strategy = this.#for(task)
      const route = "delegate" in strategy ? routeOf(strategy, task, view, now) : this.#direct
      if (route === undefined) return "ordinary"
      this.#quickRoute = route
      if (asksForMore(task) && view.workers.length <= this.#explainUpTo) return "ordinary"
      return quickly(route.by, task, view, this.#filterOf(task), now)
    } catch {
      return "ordinary"
    }
  }

  /** Whether `quick` can be of use at all. */
  get isQuick(): boolean {
    const { strategy } = this
    return "delegate" in strategy || isQuick(strategy)
  }

  /** The strategy that found the worker of the last call of `quick`. */
  get quickBy(): Route | undefined {
    return this.#quickRoute
  }

  /**
   * Whether the task, for which the last call of `quick` found a worker, had better wait for another that is busy. `since`:
   * when it could have been placed for the first time.
   */
  waitFor(task: TaskSpec, view: PlacementView, now: Millis, since: Millis): WaitFor | undefined {
    const route = this.#quickRoute
    return route && waitAlong(route, task, view, now, since, this.#brief)
  }

  /** The worker where the task is at home, be it free or not; `undefined`: any is as good. */
  homeOf(task: TaskSpec, view: PlacementView, now: Millis): WorkerId | undefined {
    try {
      return homeAlong(routeOf(this.#for(task), task, view, now), task, view, now, this.#brief)
    } catch {
      return undefined
    }
  }

  /** Tells those that found a worker, in the last call of `quick`, that it has been committed. */
  tellProposed(task: TaskSpec, view: PlacementView, worker: WorkerRecord): void {
    if (this.#quickRoute !== undefined) tellProposed(this.#quickRoute, task, view, worker, this.#brief)
  }

  /**
   * A run has ended by itself: completed or failed. Tells the strategy and all that it may leave a decision to, each once,
   * and has what is kept of the worker looked at again. Call it once what else learns from the run has done so.
   */
  ended(run: EndedRun, view: PlacementView, now: Millis): void {
    view.pool?.learned(run.workerId)
    // Those that heed wishes learn nothing of it.
    tellEnded(this.strategy, run, view, now, (strategy, cause) => faultOf(strategy.id, run.task, cause, this.#brief))
  }

  /** Where the task would go now, with every worker named. Changes nothing. */
  explain(task: TaskSpec, view: PlacementView, now: Millis): Explanation {
    return ponder(task, view, this.#for(task), now, { complete: true }).proposal.explanation
  }

  /**
   * Proposals for the first of the tasks, in order, each counting on the ones before it: the same as proposing and
   * committing one by one. There may be fewer than tasks (at least one, unless there are none), since some can only
   * be decided once those before them are committed. Commit these, then ask again with the rest.
   */
  proposeBatch(tasks: ReadonlyArray<TaskSpec>, view: PlacementView, now: Millis): ReadonlyArray<Proposal> {
    const batch = this.#open(tasks, view)
    if (batch === undefined) return tasks.slice(0, 1).map((task) => this.propose(task, view, now))
    return this.#conclude(batch, assign(batch.weighing.batch), view, now)
  }

  /** As `proposeBatch`, with the scores worked out by the runner: at once, or later if it says so. */
  proposeBatchOn(
    runner: ScoreRunner,
    tasks: ReadonlyArray<TaskSpec>,
    view: PlacementView,
    now: Millis
  ): ReadonlyArray<Proposal> | Promise<ReadonlyArray<Proposal>> {
    const batch = this.#open(tasks, view)
    if (batch === undefined) return tasks.slice(0, 1).map((task) => this.propose(task, view, now))
    const chosen = runner.assign(batch.weighing.batch)
    return chosen instanceof Int32Array
      ? this.#conclude(batch, chosen, view, now)
      : chosen.then((later) => this.#conclude(batch, later, view, now))
  }

  /** `undefined`: the strategy decides one at a time, or there is but one to decide. */
  #open(tasks: ReadonlyArray<TaskSpec>, view: PlacementView): OpenBatch | undefined {
    const { strategy } = this
    if (!("factors" in strategy)) return undefined
    const first = decidable(this.#plain(tasks))
    if (first.length < 2) return undefined
    try {
      return openBatch(first, strategy, view)
    } catch (cause) {
      const [task] = first
      return openBatch(first, fallbackInBatch, view, task && faultOf(strategy.id, task, cause, this.#brief))
    }
  }

  #conclude(batch: OpenBatch, chosen: Int32Array, view: PlacementView, now: Millis): ReadonlyArray<Proposal> {
    const options = this.#optionsFor(view)
    const proposals = conclude(batch, chosen, view, now, options.complete === true)
    batch.tasks.forEach((task, row) => {
      tellProposed({ by: batch.by, through: [] }, task, view, batch.workers[chosen[row] ?? -1], options)
    })
    return proposals
  }

  /** Who decides about the task. */
  #for(task: TaskSpec): Strategy {
    return this.#wishes === undefined || !hasWishes(task) ? this.strategy : this.#wishes.of(task)
  }

  /** The first of them, as many as the strategy alone decides about. */
  #plain(tasks: ReadonlyArray<TaskSpec>): ReadonlyArray<TaskSpec> {
    const end = this.#wishes === undefined ? -1 : tasks.findIndex(hasWishes)
    return end < 0 ? tasks : tasks.slice(0, end)
  }

  #filterOf(task: TaskSpec): Filter {
    this.#filter = this.#filter?.renew(task) ?? new Filter(task)
    return this.#filter
  }

  #optionsFor({ workers }: PlacementView): PlaceOptions {
    return workers.length <= this.#explainUpTo ? this.#complete : this.#brief
  }
}
