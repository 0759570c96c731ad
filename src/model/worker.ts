import type { Limits, ResourceName, ResourceVector } from "./resources.ts"
import type { Millis } from "./units.ts"

export type WorkerId = string

/** What a worker can be asked for beyond quantities. */
export interface Capabilities {
  readonly backends: ReadonlyArray<string>
  readonly labels: Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, string>>
  readonly browsers: ReadonlyArray<string>
  readonly hardware: string
  readonly hostname: string
  readonly computeCapability?: number
}

/** How a worker is brought back after a crash. Times in milliseconds. */
export interface RestartPolicy {
  readonly type: "permanent" | "transient" | "temporary"
  readonly maxRestarts: number
  readonly window: Millis
  readonly backoff: { readonly base: Millis; readonly max: Millis; readonly jitter: number }
}

/**
 * Why a worker ended. `stopped`: closed in order. `crashed`: an uncaught error, or an exit nobody asked for.
 * `out-of-memory`: it reached a limit of its memory. `load-failed`: its handlers could not be loaded, so another start
 * fails likewise. `terminated`: by its owner.
 */
export type ExitReason = "stopped" | "crashed" | "out-of-memory" | "load-failed" | "terminated"

/** A worker's limits of memory, in MiB. V8's own bound its heap and stack; `maxBuffersMb` what lies beside the heap. */
export interface ThreadLimits {
  readonly maxOldGenerationSizeMb?: number
  readonly maxYoungGenerationSizeMb?: number
  readonly stackSizeMb?: number
  readonly maxBuffersMb?: number
}

/** A worker as registered: every default filled in. */
export interface WorkerSpec {
  readonly id: WorkerId
  /** What is there, before ceilings. */
  readonly capacity: ResourceVector
  /** The share of each resource that may be used, 0–1. */
  readonly ceilings: Readonly<Record<ResourceName, number>>
  /** What may be reserved: capacity × ceilings. */
  readonly limits: Limits
  readonly capabilities: Capabilities
  /** Relative speed as declared; 1 is ordinary. */
  readonly weight: number
  /** Its speed is measured when it has started, and stands for the weight until runs tell. */
  readonly benchmark?: true
  /** Multiplies the worker's score for critical and high tasks. */
  readonly priorityMultiplier: number
  /** What carries it. `remote`: nothing of ours; it comes and pulls its tasks. */
  readonly isolation: "thread" | "process" | "remote"
  readonly resourceLimits: ThreadLimits
  /** The share of wall time its handlers may compute, 0–1; 1 is unthrottled. */
  readonly dutyCycle: number
  readonly restart: RestartPolicy
}

/**
 * Where a worker is in its life; the ledger is the one writer. Only `warming` and `up` take new work. `ejected`: taken out
 * of placement for a while, as an outlier. `resting`: not needed at this load; whatever finds no room elsewhere wakes it.
 */
export type WorkerPhase = "starting" | "warming" | "up" | "ejected" | "resting" | "draining" | "maintenance" | "failed"

/**
 * What befalls a worker, or is decided of it, that may change its phase. `ready`: its thread takes work; `closing`: that is
 * being ended; `lost`: it is gone, and another will come; `failed`: none will. The others are decisions: of whoever uses the
 * runtime (`revived`, `drain`, `pause`, `resume`), of health (`eject`, `return`, `slow-start`, `warmed`), of energy (`rest`,
 * `wake`).
 */
export type PhaseEvent =
  | "ready"
  | "closing"
  | "lost"
  | "failed"
  | "revived"
  | "drain"
  | "pause"
  | "resume"
  | "eject"
  | "return"
  | "slow-start"
  | "warmed"
  | "rest"
  | "wake"

/** What a worker was asked for that outlives its thread: the next one goes on with it. */
export type AskedPhase = "draining" | "maintenance"

/** What `list()` shows: the phase, and within `up` the load. */
export type WorkerStatus =
  | "starting"
  | "warming"
  | "available"
  | "busy"
  | "overloaded"
  | "ejected"
  | "resting"
  | "draining"
  | "maintenance"
  | "failed"
