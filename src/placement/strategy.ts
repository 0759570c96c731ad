import type { OrderMaker, WorkerRecord } from "../ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../model/index.ts"
import type { Filter } from "./pipeline/filter.ts"
import type { Homing } from "./pipeline/homing.ts"
import type { Wish } from "./pipeline/wishes.ts"
import type { PlacementView } from "./view.ts"

/** A run that a strategy has placed, and how it ended. */
export interface EndedRun {
  readonly task: TaskSpec
  readonly workerId: WorkerId
  /** From the start of the run to its end. */
  readonly ms: Millis
  readonly ok: boolean
  /** When the task was accepted; left out where that is not known. */
  readonly acceptedAt?: Millis
}

/** What a strategy remembers, as plain data. */
export interface StrategyMemory {
  /** Times as milliseconds before `now`. */
  save(now: Millis): unknown
  /** Throws where it can make nothing of it, and has changed nothing then. */
  load(data: unknown, now: Millis): void
}

interface StrategyBase extends Partial<Homing> {
  /** The name by which settings, explanations and measurements speak of it. */
  readonly id: string
  /** Which of equals it takes, in words. Left out: the one that joined first. */
  readonly tieRule?: string
  /** In which order waiting tasks go, where no other is set. Left out: it does not say. */
  readonly order?: OrderMaker
  /** What tasks may wish for and it heeds itself: for other wishes somebody else stands before it. Left out: nothing. */
  readonly heeds?: ReadonlyArray<Wish>
  /** What it has learned, to be kept over a restart. Left out: it begins anew each time. */
  readonly memory?: StrategyMemory
  /**
   * Called once each time a worker this strategy chose has been proposed (by `propose`) or committed (by `place`);
   * never for an explanation alone. The only place where a strategy may change what it remembers.
   */
  proposed?(task: TaskSpec, worker: WorkerRecord, view: PlacementView): void
  /**
   * Told of each run that has ended by itself, on any worker: completed or failed, not moved or cut short; of a flood of runs
   * below 0.05 ms, of one in eight. The second and last place where a strategy may change what it remembers.
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
  /**
   * Which of equals: the one that joined first, or the next in turn after the one chosen last, whatever task that was for;
   * the turn stays where runs are so short that waking another worker would cost a good part of them. Left out: first.
   */
  readonly ties?: "first" | "turn"
  /**
   * While it gives the same number, ranks that were kept hold; with another one all workers are asked again. Asked once per
   * decision. Left out: they hold until their worker changes.
   */
  generation?(): number
  /** Whether the priority multiplier counts. Left out: it does. */
  readonly multiplied?: boolean
}

/** A part of a strategy that was wrong in one decision, while the others decided. */
export interface PartFault {
  readonly strategy: string
  readonly cause: unknown
}

/** The scores of all candidates, in their order, and which parts of the strategy had no say in them. */
export interface JointScores {
  readonly scores: ArrayLike<number | Parts>
  /** The named parts of the score of a candidate, where scores are plain numbers: asked for only to explain. */
  readonly partsOf?: (candidate: number) => Parts
  readonly faults?: ReadonlyArray<PartFault>
}

/**
 * Scores the workers that fit against each other: for strategies whose score of one worker depends on who else there is.
 *
 * `scoreAll` is called once per decision with at least one candidate, in the order of joining. It returns for each a
 * finite number, or its named parts; the highest wins, of equals the one that joined first. For critical and high tasks
 * it is multiplied by the worker's priority multiplier. Each of `faults` is reported.
 */
export interface JointStrategy extends StrategyBase {
  scoreAll(task: TaskSpec, candidates: ReadonlyArray<WorkerRecord>, view: PlacementView, now: Millis): JointScores
}

/**
 * Leaves each decision to another strategy, by the task and the state of the cluster.
 *
 * `delegate` is called once per decision, must answer with one of `delegates` and must not remember anything. `proposed`
 * of this strategy is called as well as that of the one that decided, `ended` as well as those of all `delegates`; it
 * must not pass them on.
 */
export interface DelegatingStrategy extends StrategyBase {
  /** All that it may ever leave a decision to. */
  readonly delegates: ReadonlyArray<Strategy>
  delegate(task: TaskSpec, view: PlacementView, now: Millis): Strategy
  /** Why this one decides, in a few words, such as "its priority is high". */
  because?(task: TaskSpec, view: PlacementView, now: Millis): string
}

/**
 * How figures become points. `points`: they are points, 0–100. `less`: the least of all known figures is worth 100, one twice
 * as large 50. `more`: the largest is worth 100, one half as large 50.
 */
export type Scale = "points" | "less" | "more"

/** Fills one figure per worker, in the order of the view; NaN is unknown. Asked for all workers at each decision. */
interface Filled {
  fill(task: TaskSpec, view: PlacementView, column: Float64Array): void
}

/**
 * The figure of one worker by itself; NaN is unknown. It may rest on the class of the task, on the worker and on what was
 * learned of that worker, as `RankStrategy.rank` may, so it is kept: asked again only after a change of that worker's
 * reservations or phase, after a run that ended there, and where the pool is told that something was learned of it.
 */
interface Kept {
  of(task: TaskSpec, worker: WorkerRecord, view: PlacementView): number
}

/** A part of the score that stays as it is while tasks are placed, as points, 0–100. */
type ColumnFactor = { readonly kind: "column" } & (Filled | ({ readonly scale: Scale } & Kept))

/** What the free slots can do: free slots × the speed of one, in any unit, against the most any worker could when empty. */
type CapacityFactor = { readonly kind: "capacity" } & (Filled | Kept)

/** One factor of a weighted score. Each is worth 0–100 before its weight; a weight of 0 is as good as no factor. */
export type Factor = { readonly name: string; readonly weight: number } & (
  | ColumnFactor
  | CapacityFactor
  /** The free share of slots. */
  | { readonly kind: "slots" }
  /** The free share of whatever is scarcest: slots or one of the resources. */
  | { readonly kind: "headroom" }
)

/**
 * Declares factors and weights, and leaves the arithmetic to the kernel: one decision, a batch and a batch on
 * another thread all give the same answer.
 *
 * A factor's `fill` is called once per decision, or once per batch and class of tasks; `of` as it says. Unknown values count
 * halfway between the lowest and the highest known one, so that not being known neither helps nor harms.
 */
export interface WeightedStrategy extends StrategyBase {
  readonly factors: ReadonlyArray<Factor>
  /** Tasks with equal answers share the columns. Left out: all do. */
  classOf?(task: TaskSpec): string
  /** How many slots must be in use before a worker that is too little known is judged; 0 where it is known. Kept as a factor's `of`. */
  trialsOf?(task: TaskSpec, worker: WorkerRecord, view: PlacementView): number
  /** The same for all workers, asked for at each decision. */
  trials?(task: TaskSpec, view: PlacementView, column: Float64Array): void
  /** Whether the priority multiplier counts. Left out: it does. */
  readonly multiplied?: boolean
  /** A quicker way to the same worker for one task, as in `SeekStrategy`. */
  seek?(task: TaskSpec, view: PlacementView, filter: Filter, now: Millis): WorkerRecord | undefined
}

/** A strategy that decides itself. */
export type DecidingStrategy =
  | ScoreStrategy
  | PickStrategy
  | SeekStrategy
  | WeightedStrategy
  | RankStrategy
  | JointStrategy

/**
 * How a worker is chosen. A strategy only proposes: it sees the workers and changes none of them. Whatever it
 * does wrong (throws, answers with what is no worker, with one that does not fit or with NaN) is reported, and
 * the decision is made by least connections instead.
 */
export type Strategy = DecidingStrategy | DelegatingStrategy
