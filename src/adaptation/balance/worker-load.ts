import type { WorkerId, WorkerPhase } from "../../model/index.ts"
import { slowdown } from "./thread-shares.ts"
import type { WorkLeft } from "./work-left.ts"

/** A worker as balancing sees it, built from the ledger and the health monitor. */
export interface WorkerLoad {
  readonly workerId: WorkerId
  readonly phase: WorkerPhase
  /** Share of its compute in use, 0–1: measured where possible, otherwise the reserved share. */
  readonly utilisation: number
  readonly slots: number
  /** Slots taken, targets of migrations on their way included. */
  readonly running: number
  /** Relative speed; 1 is ordinary. */
  readonly speed: number
  /** 0 failing – 1 sound. */
  readonly health: number
  /** Work running and waiting for this worker, in seconds at speed 1. */
  readonly backlogSeconds: number
  /** Seconds that work on this worker stands still before it goes on, beyond sharing its compute; 0 if left out. */
  readonly waitSeconds?: number
  /**
   * Share of its thread that one task computes if it has it to itself, 0–1. Left out: by its use, as far as that tells,
   * otherwise 1.
   */
  readonly taskShare?: number
  /** What is left of each task that runs there, as far as it is known. Left out: of none. */
  readonly left?: WorkLeft
  /** Whether its tasks are to go on elsewhere, so that it takes none. Left out: no. */
  readonly isCleared?: boolean
}

/** Use from which on a thread's tasks may ask for more than there is. */
const full = 0.85

/** See `WorkerLoad.taskShare`. */
export const taskShareOf = ({ taskShare, utilisation, running }: WorkerLoad): number => {
  if (taskShare !== undefined) return taskShare
  return utilisation < full && running > 0 ? Math.min(1, utilisation / running) : 1
}

/**
 * By how much a task with so much left to do is slowed down there by the others, until it is done: a thread is shared in
 * equal parts among those that are not done yet, and those of which nothing is known are taken to be as long.
 *
 * @param among whether the task is one of those that run there
 */
export const slowdownOn = (load: WorkerLoad, seconds: number, among: boolean): number => {
  const running = Math.max(among ? 1 : 0, load.running)
  const known = Math.min(running, load.left?.count ?? 0)
  // Of a task with nothing left to do, all the others are in the way.
  const beside = seconds > 0 && load.left !== undefined ? load.left.beside(seconds) / seconds : known
  return slowdown(running - known + beside + (among ? 0 : 1), taskShareOf(load))
}

/** A figure that cannot be used takes the worker out of the comparison, never into it. */
export const isMeasured = ({ utilisation, speed, backlogSeconds, health }: WorkerLoad): boolean =>
  utilisation >= 0 &&
  speed > 0 &&
  backlogSeconds >= 0 &&
  health >= 0 &&
  Number.isFinite(utilisation + speed + backlogSeconds)

/** Work that it does in a second where it has enough to do: its speed × the tasks that its thread can get on with at a time. */
export const workRateOf = ({ speed, taskShare, slots }: WorkerLoad): number =>
  speed * (taskShare === undefined ? 1 : Math.max(1, Math.min(slots, 1 / taskShare)))

/** Seconds until the worker is done with its backlog. */
export const drainSeconds = (load: WorkerLoad): number => load.backlogSeconds / workRateOf(load)

/** Whether the worker is in a phase that takes work at all. */
export const isActive = ({ phase }: WorkerLoad): boolean => phase === "up" || phase === "warming"

/** Why a worker can be no target of a move; `undefined` where it can. */
export const closedBecause = (load: WorkerLoad, minHealth: number): string | undefined => {
  if (!isActive(load)) return `is ${load.phase}`
  if (load.isCleared === true) return "is being cleared"
  if (!isMeasured(load)) return "has no usable figures"
  if (load.health < minHealth) return `health ${load.health.toFixed(2)} is below ${minHealth}`
  if (load.running >= load.slots) return `all ${load.slots} slots are taken`
  return undefined
}
