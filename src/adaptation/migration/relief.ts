import type { Epoch, Millis, TaskId, WorkerId } from "../../model/index.ts"
import type { EconomicsSettings } from "./migration-economics.ts"
import type { MigrationMemory } from "./migration-memory.ts"
import type { ExpectedUse } from "./overload-risk.ts"
import { ReliefPass } from "./relief-pass.ts"

/** A running task without a known end whose use is known. */
export interface OpenTask {
  readonly taskId: TaskId
  readonly epoch: Epoch
  readonly workerId: WorkerId
  readonly type: string
  readonly demand: ExpectedUse
  /** Whether it has checkpointed: only such a task can be handed over without losing what it did. */
  readonly checkpointed: boolean
  readonly stateBytes: number
}

/** A worker as relief sees it. */
export interface ReliefWorker {
  readonly workerId: WorkerId
  /** Cores of speed 1. */
  readonly capacity: number
  /** Of those, in use by whatever is not among the tasks; 0 if left out. */
  readonly base?: number
  /** Why it can be no target, such as `is paused`; left out where it can. */
  readonly closed?: string
}

export interface ReliefState {
  readonly tasks: ReadonlyArray<OpenTask>
  readonly workers: ReadonlyArray<ReliefWorker>
  /** Whether the worker meets every hard requirement of the task and has room for it now: the ledger's answer. */
  readonly fits: (taskId: TaskId, workerId: WorkerId) => boolean
  readonly memory: MigrationMemory
}

export interface ReliefSettings extends Pick<EconomicsSettings, "moveMs" | "bytesPerSecond"> {
  /** How long a move is expected to do good: overload avoided is counted over this time. */
  readonly horizon: Millis
  /** Core-seconds of overload that each move must avoid at least, beyond what it costs. */
  readonly minGain: number
  /** Moves on their way at most, those of others included. */
  readonly maxMoves: number
  /** Moves one worker may be part of within the budget's window. */
  readonly movesPerWorker: number
  /** Targets compared for one task, the one with the least to fear first. */
  readonly maxTargets: number
  /** Workers compared for an exchange with one, and tasks of each of the two, those that need the most first. */
  readonly maxPartners: number
  readonly maxExchanged: number
  /** So many workers in a row with nothing worth a move end a look: those after them have less to fear. */
  readonly maxInVain: number
}

export const reliefDefaults: ReliefSettings = {
  horizon: 7_200_000,
  minGain: 1,
  moveMs: 100,
  bytesPerSecond: 200e6,
  maxMoves: 2,
  movesPerWorker: 4,
  maxTargets: 5,
  maxPartners: 20,
  maxExchanged: 16,
  maxInVain: 6
}

/** One task's move. Of an exchange each of the two moves has half of what both come to. */
export interface ReliefMove {
  readonly taskId: TaskId
  readonly epoch: Epoch
  readonly type: string
  readonly source: WorkerId
  readonly target: WorkerId
  /** The task that comes in exchange. */
  readonly exchangedFor?: TaskId
  /** Overload avoided on both workers together, in core-seconds over the horizon. */
  readonly avoided: number
  /** What the task does not compute while it moves, in core-seconds. */
  readonly cost: number
  /** avoided − cost. */
  readonly net: number
  readonly explanation: string
}

/**
 * Which tasks without a known end to move, and where, so that workers are overloaded less (2.17–2.19).
 *
 * A worker's load is the sum of what its tasks are expected to need, with the sum of their variances: one at 60 % whose
 * tasks jump may have more to fear than one at 80 % whose tasks are steady. From the worker with the most overload to
 * expect, the task is moved, or exchanged for one elsewhere, that lowers the expected overload of both workers together
 * the most for each move; then again, until none is worth it. So moves keep room for jumps, and come to rest: each lowers
 * one sum by more than `minGain`, and none is undone while the estimates stay.
 *
 * Exchanges part steady tasks from such that jump: steady ones can fill a worker, and room is kept where it is needed.
 * Spread evenly, room is short everywhere. By moves one at a time that cannot be reached: each first half makes it worse.
 *
 * Cost: for each move, the tasks of one worker × (`maxTargets` + `maxPartners` × `maxExchanged`).
 *
 * @returns the moves with the highest net first, the two of an exchange one after the other
 */
export const relieve = (state: ReliefState, settings: ReliefSettings, now: Millis): ReadonlyArray<ReliefMove> => {
  const pass = new ReliefPass(state, settings, now)
  const chosen: Array<ReadonlyArray<ReliefMove>> = []
  let room = settings.maxMoves - state.memory.active
  while (room > 0) {
    const moves = pass.next(room)
    if (moves === undefined) break
    room -= moves.length
    chosen.push(moves)
  }
  return chosen.sort(([a], [b]) => (b?.net ?? 0) - (a?.net ?? 0)).flat()
}
