import type { WorkerRecord } from "../ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../model/index.ts"
import type { Filter } from "./filter.ts"
import type { PlacementView } from "./view.ts"

/** A run that a strategy has placed, and how it ended. */
export interface EndedRun {
  readonly task: TaskSpec
  readonly workerId: WorkerId
  /** From the start of the run to its end. */
  readonly ms: Millis
  readonly ok: boolean
}

interface StrategyBase {
  /** The name by which settings, explanations and measurements speak of it. */
  readonly id: string
  /** Which of equals it takes, in words. Left out: the one that joined first. */
  readonly tieRule?: string
  /**
   * Called once each time a worker this strategy chose has been proposed (by `propose`) or committed (by `place`);
   * never for an explanation alone. The only place where a strategy may change what it remembers.
   */
  proposed?(task: TaskSpec, worker: WorkerRecord, view: PlacementView): void
  /**
   * Told of each run that has ended by itself, on any worker: completed or failed, not moved or cut short. The second and
   * last place where a strategy may change what it remembers.
   */
  ended?(run: EndedRun, view: PlacementView, now: Millis): void
  /**
   * How good each of the workers that fit would be, in any unit, more being better: what a composite asks of it. Filled
   * into `into`, in the order of `candidates`; NaN: no opinion. Left out: the score where it scores, otherwise its choice
   * against all others.
   */
  prefer?(
    task: TaskSpec,
    candidates: ReadonlyArray<WorkerRecord>,
    view: PlacementView,
    now: Millis,
    into: Float64Array
  ): void
  /**
   * Which of the worker's devices a task is to have. Called once a worker is decided on, before each commit of a task
   * that asks for devices; `worker` stands as the commit will find it. It is not called where a running task moves.
   *
   * Returns indexes into `worker.spec.limits.devices`, in the order of `task.requirements.demand.devices`, for each
   * demand as many different ones as its `count`; or `undefined`, to leave it to the ledger, which takes of each kind
   * those with the least left over. The ledger checks kind, share and memory of what is named. Where it will not do, or
   * this throws, the ledger's own choice stands on the same worker, and the fault is reported.
   */
  devices?(task: TaskSpec, worker: WorkerRecord, view: PlacementView): ReadonlyArray<number> | undefined
}

/** The parts of a score by name, in points. The score is their sum. */
export type Parts = Readonly<Record<string, number>>

/**
 * Scores one worker at a time: the simplest way to write a strategy of one's own.
 *
 * `score` is called once per decision for each worker that fits, in the order of joining. It returns a finite
 * number, or its named parts; the highest wins. For critical and high tasks it is multiplied by the worker's
 * priority multiplier (a negative score is divided by it, so that more is always better).
 * It is never asked about a worker that does not fit, and the ledger checks again before anything is placed.
 */
export interface ScoreStrategy extends StrategyBase {
  score(task: TaskSpec, worker: WorkerRecord, view: PlacementView, now: Millis): number | Parts
}

/**
 * Chooses among the workers that fit.
 *
 * `pick` is called once per decision with at least one candidate, in the order of joining, and returns the id of
 * one of them. Anything else counts as a fault.
 */
export interface PickStrategy extends StrategyBase {
  pick(task: TaskSpec, candidates: ReadonlyArray<WorkerRecord>, view: PlacementView, now: Millis): WorkerId
}

/**
 * Walks the pool in an order of its own and stops at the first worker that fits: for strategies whose cost must
 * not grow with the pool.
 *
 * `seek` is called once per decision, and again after each refusal of the ledger. It asks `filter.fits` of each
 * worker it comes to and returns the first that does, or `undefined` once it has been to all. The filter notes
 * who was passed over. It must not remember anything here, only in `proposed`.
 */
export interface SeekStrategy extends StrategyBase {
  seek(task: TaskSpec, view: PlacementView, filter: Filter, now: Millis): WorkerRecord | undefined
}

/**
 * Scores a worker by itself, so that the scores can be kept: who is best for a class of tasks is then known without
 * looking at all, in O(log n).
 *
 * `rank` returns a finite number; the highest wins. It may rest on the class and shape of the task, on the worker, and on
 * what was learned of that worker, and on nothing else: not on other workers, nor on `now` in a way that changes the order of
 * two workers of which nothing has changed. It is asked again of a worker after each change of its reservations or phase
 * and after each run that ended there. For critical and high tasks the worker's priority multiplier counts, unless
 * `multiplied` is false.
 */
export interface RankStrategy extends StrategyBase {
  rank(task: TaskSpec, worker: WorkerRecord, view: PlacementView, now: Millis): number
  /** Tasks of one class rank workers alike. Left out: all do. */
  classOf?(task: TaskSpec): string
  /** Which of equals: the one that joined first, or the next in turn after the last chosen. Left out: first. */
  readonly ties?: "first" | "turn"
  readonly multiplied?: boolean
}

/**
 * Leaves each decision to another strategy, by the task and the state of the cluster.
 *
 * `delegate` is called once per decision and must not remember anything. `proposed` and `ended` of this strategy are
 * called as well as those of the one that decided; it must not pass them on.
 */
export interface DelegatingStrategy extends StrategyBase {
  delegate(task: TaskSpec, view: PlacementView, now: Millis): Strategy
}

/** One factor of a weighted score. Each is worth 0–100 before its weight; a weight of 0 is as good as no factor. */
export type Factor = { readonly name: string; readonly weight: number } & (
  | {
      /** Stays as it is while tasks are placed. Fills 0–100 per worker, in the order of the view; NaN is unknown. */
      readonly kind: "column"
      fill(task: TaskSpec, view: PlacementView, column: Float64Array): void
    }
  | {
      /** What the free slots can do: free slots × speed, against the most any worker could do when empty. */
      readonly kind: "capacity"
      /** Fills the speed of one slot per worker, in any unit; NaN is unknown. */
      fill(task: TaskSpec, view: PlacementView, column: Float64Array): void
    }
  /** The free share of slots. */
  | { readonly kind: "slots" }
  /** The free share of whatever is scarcest: slots or one of the resources. */
  | { readonly kind: "headroom" }
)

/**
 * Declares factors and weights, and leaves the arithmetic to the kernel: one decision, a batch and a batch on
 * another thread all give the same answer.
 *
 * Each factor's `fill` is called once per decision, or once per batch and class of tasks. Unknown values count
 * halfway between the lowest and the highest known one, so that not being known neither helps nor harms.
 */
export interface WeightedStrategy extends StrategyBase {
  readonly factors: ReadonlyArray<Factor>
  /** Tasks with equal answers share the columns. Left out: all do. */
  classOf?(task: TaskSpec): string
  /** Fills how many slots must be in use before a worker that is too little known is judged; 0 where it is known. */
  trials?(task: TaskSpec, view: PlacementView, column: Float64Array): void
  /** Whether the priority multiplier counts. Left out: it does. */
  readonly multiplied?: boolean
  /** A quicker way to the same worker for one task, as in `SeekStrategy`. */
  seek?(task: TaskSpec, view: PlacementView, filter: Filter, now: Millis): WorkerRecord | undefined
}

/**
 * How a worker is chosen. A strategy only proposes: it sees the workers and changes none of them. Whatever it
 * does wrong (throws, answers with what is no worker, with one that does not fit or with NaN) is reported, and
 * the decision is made by least connections instead.
 */
export type Strategy =
  | ScoreStrategy
  | PickStrategy
  | SeekStrategy
  | WeightedStrategy
  | RankStrategy
  | DelegatingStrategy

/** A strategy that finds its worker by walking the pool, and by nothing of a task but what it requires. */
export type SwiftStrategy = Strategy & Pick<SeekStrategy, "seek">

/** Whether one look at the pool tells all that the strategy goes by. */
export const isSwift = (strategy: Strategy): strategy is SwiftStrategy =>
  "seek" in strategy &&
  strategy.seek !== undefined &&
  !("factors" in strategy && strategy.factors.some(({ kind }) => kind !== "slots"))
