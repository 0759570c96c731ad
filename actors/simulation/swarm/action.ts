import type { Millis, WorkerId, WorkerSpec } from "../../../src/model/index.ts"
import type { TaskDraft } from "../../../src/testing/index.ts"
import type { SwarmStrategy } from "./swarm-strategies.ts"

/** Numbers that name tasks, workers and runs: each is taken modulo how many there are at that moment. */
export type Pick = number

/** Where the coordinator's handler fails once: in what it does itself, or in what it asks of the ledger. */
export const faultSites = {
  coordination: ["nodeReady", "nodeGone", "reports", "workerFailed", "settle", "due", "drain", "removeWorker"],
  ledger: [
    "accept",
    "place",
    "complete",
    "fail",
    "requeue",
    "cancel",
    "workerLost",
    "due",
    "checkpoint",
    "released",
    "expire",
    "changePhase",
    "limitWorker",
    "placeAhead",
    "offerMigration",
    "releaseMigration",
    "commitMigration",
    "abortMigration"
  ]
} as const

export type FaultSite =
  | { readonly in: "coordination"; readonly part: (typeof faultSites.coordination)[number] }
  | { readonly in: "ledger"; readonly part: (typeof faultSites.ledger)[number] }

/**
 * The steps of a run and of its migration at which a thread may end.
 *
 * `placed`: the ledger has placed it, and no thread knows of it · `begun`: it has just begun · `checkpointed`, `ended`:
 * its report is on its way · `offered`: the source is yet to hear that it is to let go · `yielded`: the source has let go,
 * and nobody knows · `moved`: it is about to reach the target.
 *
 * The end comes on a turn of its own: what was about to happen may come first, such as the beginning of a run `placed`.
 */
export const runSteps = ["placed", "begun", "checkpointed", "ended", "offered", "yielded", "moved"] as const
export type RunStep = (typeof runSteps)[number]

/** What a strategy does wrong: it throws, or answers with nobody, with one who is no worker, with a full one, with no numbers. */
export const strategyFaults = ["throws", "nobody", "stranger", "unfit"] as const
export type StrategyFaultKind = (typeof strategyFaults)[number]

/** What any party may decide of a worker, at any moment. */
export const decidedPhases = ["pause", "resume", "eject", "return", "slow-start", "warmed", "rest", "wake"] as const
export type DecidedPhase = (typeof decidedPhases)[number]

/** What is wrong with what is said of a worker: no numbers, numbers that cannot be, or true ones of another worker. */
export const misreports = ["nothing", "negative", "endless", "full", "idle"] as const
export type MisreportKind = (typeof misreports)[number]

/**
 * What is asked of a runtime, or befalls it; plain data, so that it can be shrunk, kept in a file and run again.
 *
 * Messages between the runtime and a worker may come late, and are lost with the thread or the actor they are for. None
 * comes twice or out of order: a thread's port does neither, and so there is no such fault here.
 */
export type SwarmAction =
  | { readonly _tag: "Submit"; readonly draft: TaskDraft; readonly timeout?: Millis; readonly wait: boolean }
  /** Many at once: more than there is room for. */
  | { readonly _tag: "Burst"; readonly draft: TaskDraft; readonly count: number; readonly wait: boolean }
  | { readonly _tag: "Cancel"; readonly task: Pick }
  | {
      readonly _tag: "Crash"
      readonly worker: Pick
      /** `moving`: the source or target of a migration, where one is under way. */
      readonly aim: "any" | "moving"
      /** How many of its runs are to blame; absent where that is unknown. */
      readonly culprits?: number
    }
  /**
   * The next time that any run comes to the step: its thread ends, or its node fails (`target`: that of where it moves
   * to), or whoever decides what moves fails.
   */
  | {
      readonly _tag: "CrashAt"
      readonly step: RunStep
      readonly who: "source" | "target"
      readonly what: "thread" | "node" | "mover"
    }
  | { readonly _tag: "OutOfMemory"; readonly worker: Pick }
  /** Its thread ends, and none that is started for it comes up, until the faults stop. */
  | { readonly _tag: "Death"; readonly worker: Pick }
  /** It stands still: computes nothing, hears nothing and says nothing. */
  | { readonly _tag: "Hang"; readonly worker: Pick; readonly for: Millis }
  | { readonly _tag: "Slow"; readonly worker: Pick; readonly factor: number; readonly for: Millis }
  /** It is slow, and is not, so many times in turn, each for so long: whoever judges it is kept busy. */
  | { readonly _tag: "Flap"; readonly worker: Pick; readonly times: number; readonly every: Millis }
  /** It is given so many slots fewer than it has. */
  | { readonly _tag: "Limit"; readonly worker: Pick; readonly fewer: number }
  /** Somebody decides of it what may be right or wrong just now. */
  | { readonly _tag: "Phase"; readonly worker: Pick; readonly event: DecidedPhase }
  /** Its heartbeats are lost. */
  | { readonly _tag: "Mute"; readonly worker: Pick; readonly for: Millis }
  | { readonly _tag: "LateBeats"; readonly worker: Pick; readonly by: Millis; readonly for: Millis }
  /** The node's own handler throws, the next time it speaks to its thread. */
  | { readonly _tag: "KillNode"; readonly worker: Pick }
  /** The coordinator's handler throws, the next time it comes there: before anything is done, or after. */
  | { readonly _tag: "KillCoordinator"; readonly site: FaultSite; readonly after: boolean }
  /**
   * One of the parts beside the ring of tasks throws, as those of adaptation, in the message after so many: before
   * anything is done, or after. So many times in a row: of enough of them its supervisor is started anew.
   */
  | {
      readonly _tag: "KillPart"
      readonly part: Pick
      readonly skip: number
      readonly after: boolean
      readonly times: number
    }
  /** Somebody outside says of a worker what makes no sense. */
  | { readonly _tag: "Misreport"; readonly worker: Pick; readonly what: MisreportKind }
  /** So many of the strategy's next answers are wrong. */
  | { readonly _tag: "StrategyFault"; readonly how: StrategyFaultKind; readonly times: number }
  /** The machine's wall clock is set. */
  | { readonly _tag: "WallClock"; readonly by: Millis }
  | { readonly _tag: "Migrate"; readonly run: Pick; readonly worker: Pick }
  /** Decided on what is true now, and asked for so much later. */
  | { readonly _tag: "MigrateLate"; readonly run: Pick; readonly worker: Pick; readonly after: Millis }
  | { readonly _tag: "Abandon"; readonly migration: Pick }
  | { readonly _tag: "AddWorker"; readonly worker: WorkerSpec }
  | { readonly _tag: "Drain" | "Retire" | "Restart"; readonly worker: Pick }
  /** Several join and leave at once. */
  | { readonly _tag: "Storm"; readonly join: ReadonlyArray<WorkerSpec>; readonly leave: ReadonlyArray<Pick> }
  | { readonly _tag: "Advance"; readonly by: Millis }

export type ActionOf<Tag extends SwarmAction["_tag"]> = Extract<SwarmAction, { readonly _tag: Tag }>

export interface SwarmCommand {
  readonly action: SwarmAction
  /** Turns that are taken before the next command comes. */
  readonly turns: number
}

/** `safety`: any fault until the runtime is stopped. `liveness`: faults stop, and everything must end. */
export type SwarmMode = "safety" | "liveness"

/** All that a run follows from: plain data that outlives changes of what made it. */
export interface SwarmScenario {
  /** What the order of turns, the threads' fates and every jitter follow from. */
  readonly seed: number
  readonly strategy: SwarmStrategy
  readonly maxQueue: number
  readonly ageing: Millis
  readonly workers: ReadonlyArray<WorkerSpec>
  readonly commands: ReadonlyArray<SwarmCommand>
  /** Whether the runtime is stopped in the midst of it all, or left to end what it has taken in. */
  readonly stopsAtOnce: boolean
  /** How long the faults go on by themselves before it is stopped. Default 0. */
  readonly stopsAfter?: Millis
  /** How long the workers that are left get, once the faults have stopped, before others come to help. Default 0. */
  readonly rests?: Millis
  /** The longest step of a run, in milliseconds; the world's own where it is left out. */
  readonly step?: Millis
  /** The most checkpoints of a run; the world's own where it is left out. */
  readonly checkpoints?: number
  /** How fast workers are, by id; 1 where it is left out. */
  readonly speeds?: Readonly<Record<WorkerId, number>>
  /** Between these bounds workers like the first come and go with the load. Left out: none does by itself. */
  readonly pool?: { readonly min: number; readonly max: number }
  /** How often load is judged. Default 2 s. */
  readonly checkInterval?: Millis
}

export const modeOf = ({ stopsAtOnce }: SwarmScenario): SwarmMode => (stopsAtOnce ? "safety" : "liveness")

export const isScenario = (value: unknown): value is SwarmScenario =>
  typeof value === "object" &&
  value !== null &&
  "seed" in value &&
  "strategy" in value &&
  "maxQueue" in value &&
  "workers" in value &&
  Array.isArray(value.workers) &&
  "commands" in value &&
  Array.isArray(value.commands)
