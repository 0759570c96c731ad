import type { WorkerId, WorkerPhase } from "../../model/index.ts"

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
}

/** A figure that cannot be used takes the worker out of the comparison, never into it. */
export const isMeasured = ({ utilisation, speed, backlogSeconds, health }: WorkerLoad): boolean =>
  utilisation >= 0 &&
  speed > 0 &&
  backlogSeconds >= 0 &&
  health >= 0 &&
  Number.isFinite(utilisation + speed + backlogSeconds)

/** Seconds until the worker is done with its backlog. */
export const drainSeconds = ({ backlogSeconds, speed }: WorkerLoad): number => backlogSeconds / speed

/** Whether the worker is in a phase that takes work at all. */
export const isActive = ({ phase }: WorkerLoad): boolean => phase === "up" || phase === "warming"

/** Why a worker can be no target of a move; `undefined` where it can. */
export const closedBecause = (load: WorkerLoad, minHealth: number): string | undefined => {
  if (!isActive(load)) return `is ${load.phase}`
  if (!isMeasured(load)) return "has no usable figures"
  if (load.health < minHealth) return `health ${load.health.toFixed(2)} is below ${minHealth}`
  if (load.running >= load.slots) return `all ${load.slots} slots are taken`
  return undefined
}
