import type {
  AskedPhase,
  Assignment,
  Crash,
  Epoch,
  ErrorData,
  FailureReason,
  MadeRoomFor,
  Milli,
  Millis,
  Passage,
  Reservation,
  ResourceName,
  TaskId,
  TaskSpec,
  TaskStatus,
  WorkerId,
  WorkerPhase,
  WorkerSpec
} from "../model/index.ts"

/** What is reserved of one device. */
export interface DeviceUse {
  share: Milli
  memory: Milli
}

/** A run without a task: cancelled or expired while it ran. */
export interface Stopping {
  readonly taskId: TaskId
  readonly reservation: Reservation
  readonly concurrencyKey: string | undefined
  readonly concurrencyLimit: number
}

/** A worker as the ledger knows it. Read it freely; only the ledger writes. */
export interface WorkerRecord {
  readonly spec: WorkerSpec
  /** How many had joined before it: never given twice. Left out of records that no ledger keeps. */
  readonly number?: number
  readonly phase: WorkerPhase
  /** What it was asked for that outlives its thread. */
  readonly asked?: AskedPhase | undefined
  /** Reserved at this instant, of `spec.limits`. */
  readonly used: Readonly<Record<ResourceName, Milli>>
  /** Reserved of each device, by its index in `spec.limits.devices`. */
  readonly devices: ReadonlyArray<Readonly<DeviceUse>>
  /** Reserved slots: running tasks, and targets of migrations on their way. */
  readonly slots: number
  /**
   * Slots that may be taken at this time: at least 1, at most `spec.limits.slots`, which it is unless somebody keeps it
   * lower. More may be taken where it was lowered meanwhile, or where one task has the whole worker.
   */
  readonly limit: number
  /** Whether what is reserved is one task's that has the worker to itself. */
  readonly alone: boolean
  /** Live assignments here, by epoch. */
  readonly running: ReadonlyMap<Epoch, Assignment>
  /** Those among them that were sent ahead and wait there for a slot, in order. */
  readonly ahead: ReadonlyArray<TaskRecord>
  /** Runs of tasks that have ended meanwhile, still holding what they reserved until the worker has let go of them. */
  readonly stopping: ReadonlyMap<Epoch, Stopping>
  /** The waiting task this worker is kept free for. */
  readonly heldFor: TaskId | undefined
  /** What may begin here although it ranks behind that task, as it stands now; `undefined`: nothing. */
  readonly passage?: Passage | undefined
  /** Tasks that a worker which pulls asks for at this time; infinite for one that is given what fits. */
  readonly open: number
}

/** A migration between its offer and its end. `offered`: still running on the source. */
export interface MigrationRecord {
  readonly id: number
  readonly taskId: TaskId
  readonly source: WorkerId
  readonly epoch: Epoch
  readonly reservation: Reservation
  readonly offeredAt: Millis
  readonly phase: "offered" | "released"
}

/** How a task ended, once it has. */
export type Outcome =
  | { readonly _tag: "completed"; readonly result: unknown }
  | {
      readonly _tag: "failed"
      readonly reason: FailureReason
      readonly error: ErrorData
    }
  | { readonly _tag: "cancelled"; readonly reason: string }
  | { readonly _tag: "expired"; readonly limit: "deadline" | "queueTimeout" }
  | { readonly _tag: "shed"; readonly load: number; readonly madeRoomFor?: MadeRoomFor }
  | { readonly _tag: "quarantined"; readonly crashes: ReadonlyArray<Crash> }

/** A task as the ledger knows it. Read it freely; only the ledger writes. */
export interface TaskRecord {
  /** As accepted; while the task is a suspect, it asks for a worker to itself. */
  readonly spec: TaskSpec
  /** What its submitter left with it, to find again at each event; in no event itself, so a restart loses it. */
  readonly ticket: unknown
  readonly status: TaskStatus
  /** Its place in the order of acceptance; kept when it is queued again. */
  readonly seq: number
  /**
   * Smaller goes first: priority × the ageing span + the time of acceptance, so that waiting work ages upward, less a
   * head start for what is declared to take long.
   */
  readonly rank: number
  readonly acceptedAt: Millis
  /** Runs begun so far. */
  readonly attempts: number
  /** Runs that ended in the handler's error or timeout. */
  readonly failures: number
  /** Workers that went down with it and count against it. */
  readonly crashes: ReadonlyArray<Crash>
  /** Whether it may have brought a worker down, along with others that ran there: until that is settled it runs alone. */
  readonly suspect: boolean
  /** How often it was tried again in vain while no worker of the pool could ever take it. */
  readonly requeues: number
  /** Steps of priority by which it went lower for that. */
  readonly lowered: number
  /** Whether an earlier run of this process has accepted it. */
  readonly isRestored: boolean
  /** Its last checkpoint; `undefined` before the first. */
  readonly state: unknown
  readonly assignment: Assignment | undefined
  /** The run that the latest event has ended; `undefined` where it ended none. */
  readonly left: Assignment | undefined
  /** When it was placed for the first time. */
  readonly firstRunAt: Millis | undefined
  readonly reservation: Reservation | undefined
  readonly migration: MigrationRecord | undefined
  /** Where status is `delayed`: not before this time. */
  readonly notBefore: Millis | undefined
  readonly outcome: Outcome | undefined
  readonly endedAt: Millis | undefined
}
