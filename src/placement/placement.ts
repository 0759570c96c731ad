import type { Refusal, WorkerRecord } from "../ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../model/index.ts"
import { conclude, decidable, type OpenBatch, openBatch } from "./batch.ts"
import { type Committer, commitOn } from "./commit.ts"
import type { Explanation, StrategyFault } from "./explanation.ts"
import { assign, type ScoreRunner } from "./kernel.ts"
import type { Judgement } from "./patience.ts"
import { fallback, faultOf, type PlaceOptions, type Proposal, place, ponder, tellProposed } from "./place.ts"
import { type StrategyId, strategies } from "./strategies.ts"
import type { Strategy } from "./strategy.ts"
import type { PlacementView } from "./view.ts"

export interface PlacementOptions {
  readonly strategy: Strategy | StrategyId
  /** Told of each fault of the strategy; the decision itself is made by least connections. Must not throw. */
  readonly onFault?: (fault: StrategyFault) => void
  /** Pools up to this size get explanations that name every worker; larger ones name the chosen alone. Default 8. */
  readonly explainUpTo?: number
}

/** Proposes workers for tasks with one strategy. Holds no truth: the ledger commits or refuses. */
export class Placement {
  readonly strategy: Strategy
  readonly #explainUpTo: number
  readonly #brief: PlaceOptions
  readonly #complete: PlaceOptions

  constructor({ strategy, onFault, explainUpTo = 8 }: PlacementOptions) {
    this.strategy = typeof strategy === "string" ? strategies[strategy]() : strategy
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
    const { proposal, answer } = ponder(task, view, this.strategy, now, options, refused)
    tellProposed(answer.by, task, view, answer.decision.worker, options)
    return proposal
  }

  /** Proposes and commits; after a refusal, the next best. See `place`. */
  place(task: TaskSpec, view: PlacementView, commit: Committer, now: Millis, judgement?: Judgement): Proposal {
    const options = this.#optionsFor(view)
    return place(task, view, this.strategy, commit, now, judgement === undefined ? options : { ...options, judgement })
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
    return commitOn(by, task, worker, view, commit, (cause) => faultOf(by, task, cause, this.#brief))
  }

  /** Tells the strategy that a worker it found has been committed outside of `place`. */
  tellProposed(task: TaskSpec, view: PlacementView, worker: WorkerRecord): void {
    tellProposed(this.strategy, task, view, worker, this.#brief)
  }

  /** Where the task would go now, with every worker named. Changes nothing. */
  explain(task: TaskSpec, view: PlacementView, now: Millis): Explanation {
    return ponder(task, view, this.strategy, now, { complete: true }).proposal.explanation
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
    const first = decidable(tasks)
    if (first.length < 2) return undefined
    try {
      return openBatch(first, strategy, view)
    } catch (cause) {
      const [task] = first
      return openBatch(first, fallback, view, task && faultOf(strategy, task, cause, this.#brief))
    }
  }

  #conclude(batch: OpenBatch, chosen: Int32Array, view: PlacementView, now: Millis): ReadonlyArray<Proposal> {
    const options = this.#optionsFor(view)
    const proposals = conclude(batch, chosen, view, now, options.complete === true)
    batch.tasks.forEach((task, row) => {
      tellProposed(batch.by, task, view, batch.workers[chosen[row] ?? -1], options)
    })
    return proposals
  }

  #optionsFor({ workers }: PlacementView): PlaceOptions {
    return workers.length <= this.#explainUpTo ? this.#complete : this.#brief
  }
}
