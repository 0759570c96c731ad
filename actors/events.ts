import type { DimensionGaps, EjectionEnd } from "../src/adaptation/index.ts"
import type { MachineReport } from "../src/execution/index.ts"
import type { ErrorData, LedgerEvent, Millis, TaskId, WorkerId } from "../src/model/index.ts"

/** What happens beside the ledger: seen by the runtime, changing no state of a task. */
export type RuntimeEvent = { readonly at: Millis } & (
  | { readonly _tag: "TaskProgressed"; readonly taskId: TaskId; readonly fraction: number; readonly note?: string }
  | {
      readonly _tag: "TaskLogged"
      readonly taskId: TaskId
      readonly level: "debug" | "info" | "warn" | "error"
      readonly message: string
      readonly fields: Readonly<Record<string, unknown>>
    }
  | {
      readonly _tag: "WorkerReady"
      readonly workerId: WorkerId
      readonly bootMs: Millis
      /** What it was measured to be, where that was asked for: 1 is the reference. */
      readonly speed?: number
    }
  /** The worker's thread has ended; `failedOver` names the running tasks that went back to the queue. */
  | {
      readonly _tag: "WorkerExited"
      readonly workerId: WorkerId
      readonly reason: string
      readonly failedOver: ReadonlyArray<TaskId>
      readonly error?: ErrorData
    }
  /** It is being ended for the memory it holds: over its own limit, or most of a total that runs out. In bytes. */
  | {
      readonly _tag: "WorkerMemoryExceeded"
      readonly workerId: WorkerId
      readonly of: "buffers" | "total"
      readonly used: number
      readonly limit: number
    }
  /** The process nears its limit of memory, in bytes, and no worker holds enough of it to be ended. */
  | { readonly _tag: "MemoryShort"; readonly used: number; readonly limit: number }
  /** Its supervisor has given up on it. */
  | { readonly _tag: "WorkerGivenUp"; readonly workerId: WorkerId; readonly cause: string }
  | { readonly _tag: "WorkerRestarted"; readonly workerId: WorkerId; readonly delay: Millis }
  | {
      readonly _tag: "WorkerAssessed"
      readonly workerId: WorkerId
      readonly score: number
      readonly verdict: string
      readonly reasons: ReadonlyArray<string>
    }
  /** It does markedly worse than the others at the same work, and gets no more until then. */
  | {
      readonly _tag: "WorkerEjected"
      readonly workerId: WorkerId
      readonly until: Millis
      readonly signal: string
      readonly figure: number
      readonly expected: number
      readonly message: string
    }
  /**
   * An ejection ends: its time is over, too few others are left (`panic`), something waits that only it could take
   * (`needed`), or nobody remembers what it was for.
   */
  | { readonly _tag: "WorkerReturned"; readonly workerId: WorkerId; readonly reason: EjectionEnd }
  /** Something of it is not as it usually is, or as it is elsewhere (E4); each once in a while. */
  | {
      readonly _tag: "WorkerAnomaly"
      readonly workerId: WorkerId
      readonly signal: string
      readonly figure: number
      readonly expected: number
      readonly deviation: number
      readonly message: string
      /** Anomalies since the last that was told, over all workers, which were too many to tell. */
      readonly suppressed: number
    }
  | {
      readonly _tag: "LoadSampled"
      readonly systemLoad: number
      readonly imbalance: number
      readonly utilisation: Readonly<Record<WorkerId, number>>
      /** max − min of the workers, 0–1, of each dimension that two of them have. */
      readonly gaps: DimensionGaps
    }
  | {
      readonly _tag: "LoadForecast"
      readonly dueAt: Millis
      readonly load: number
      readonly confidence: number
      /** The load as it was when this was forecast. */
      readonly current: number
      /** Bounds within which nine in ten are to lie. */
      readonly low: number
      readonly high: number
      /** How well earlier forecasts came true, 0–1; absent until the first has come due. */
      readonly accuracy?: number
      /** Their mean error, in that of "no change": below 1 is better; absent where nothing has changed. */
      readonly mase?: number
      /** The share of them whose interval held. */
      readonly coverage?: number
    }
  /** It is not needed at this load, and takes no work until something finds no room elsewhere. */
  | { readonly _tag: "WorkerRested"; readonly workerId: WorkerId; readonly reason: string }
  /** Because of its temperature in degrees Celsius another share of it may be used, 0–1. */
  | { readonly _tag: "WorkerHeat"; readonly workerId: WorkerId; readonly celsius: number; readonly headroom: number }
  /** It rested, and takes work again. */
  | { readonly _tag: "WorkerWoken"; readonly workerId: WorkerId; readonly reason: string }
  | { readonly _tag: "ThresholdsMoved"; readonly high: number; readonly low: number }
  | {
      readonly _tag: "MigrationChosen"
      readonly taskId: TaskId
      readonly source: WorkerId
      readonly target: WorkerId
      /** What the move itself takes. */
      readonly costSeconds: number
      /** How much earlier the task will be done on the target, the move not counted. */
      readonly benefitSeconds: number
      /** 0–10. */
      readonly costScore: number
      /** To even out load, to clear a worker that is unwell, or one that is to rest. */
      readonly reason: "balance" | "evacuate" | "consolidate"
      readonly explanation: string
    }
  /** There are to be more workers than there were, or fewer. */
  | { readonly _tag: "PoolScaled"; readonly from: number; readonly to: number; readonly reason: string }
  /** A worker's weight has moved by a step; `target`: where it belongs by what the worker has shown. */
  | {
      readonly _tag: "WeightAdjusted"
      readonly workerId: WorkerId
      readonly from: number
      readonly to: number
      readonly target: number
    }
  /** What was learned could not be written to the data directory; it is tried again. */
  | { readonly _tag: "LearnedNotKept"; readonly problem: string }
  /** The history that is recorded cannot be written: from now on nothing of it is. */
  | { readonly _tag: "HistoryNotKept"; readonly problem: string }
  /** A strategy that chooses among others has chosen anew. */
  | {
      readonly _tag: "StrategyChanged"
      /** Who chose: `dynamic`, `learned`. */
      readonly strategy: string
      readonly from: string
      readonly to: string
      readonly reason: string
    }
  | { readonly _tag: "StrategyFaulted"; readonly strategy: string; readonly taskId: TaskId; readonly message: string }
  /** The machine was looked at again; `changes`: what it can do otherwise than before, in words. */
  | { readonly _tag: "MachineProbed"; readonly machine: MachineReport; readonly changes: ReadonlyArray<string> }
  | { readonly _tag: "ActorRestarted"; readonly actor: string; readonly cause: string; readonly delay: Millis }
  /** Everything has stopped: asked to, or because the root of the tree gave up. */
  | { readonly _tag: "RuntimeEnded"; readonly reason: string }
  | { readonly _tag: "MetricsDegraded"; readonly problem: string }
  /** What an earlier run has left in the data directory was found; `tasks` go on. */
  | {
      readonly _tag: "JournalRecovered"
      readonly tasks: number
      /** Ended tasks that are remembered. */
      readonly ended: number
      /** Damaged files, and the names under which they were kept. */
      readonly setAside: ReadonlyArray<{ readonly file: string; readonly keptAs: string; readonly reason: string }>
      /** Bytes of a last write that was cut off. */
      readonly cut: number
      readonly ms: Millis
    }
  /** Of kind `write`: until `JournalResumed` nothing is accepted and no result is told. */
  | { readonly _tag: "JournalDegraded"; readonly kind: string; readonly problem: string }
  | { readonly _tag: "JournalResumed"; readonly failures: number }
)

/** Everything a runtime tells: each change of the ledger, and what it sees beside. */
export type BallastEvent = LedgerEvent | RuntimeEvent

export type BallastEventTag = BallastEvent["_tag"]

/** One variant of `BallastEvent` by its tag. */
export type BallastEventOf<Tag extends BallastEventTag> = Extract<BallastEvent, { readonly _tag: Tag }>
