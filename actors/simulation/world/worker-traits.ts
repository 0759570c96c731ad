import type { DurationInput, WorkerDefinition } from "../../../src/config/index.ts"
import type { Millis } from "../../../src/model/index.ts"

/** A time in which a worker is faster or slower than usual, by the simulated clock. */
export interface Phase<Time = Millis> {
  readonly from: Time
  /** Left out: for ever. */
  readonly until?: Time
  /** What its speed is multiplied by; 0 stands still. Phases that overlap multiply. */
  readonly factor: number
}

/** A time in which the runs that a worker begins each take exactly so long, by the simulated clock. */
export interface FixedPhase<Time = Millis> {
  readonly from: Time
  readonly until: Time
  readonly ms: Time
}

/** What a simulated worker can do, whatever the runtime is told of it. */
export interface WorkerTraits<Time = Millis> {
  /** Work done in a millisecond, for all kinds of tasks or by type (`*`: the others). 1 is ordinary. */
  readonly speed?: number | Readonly<Record<string, number>>
  /** Runs that share so many cores slow each other down. Default: as many as slots, so that they do not. */
  readonly cores?: number
  /** By how much each run beyond the cores slows all of them down besides, as a share. Default 0. */
  readonly contention?: number
  /** How long until its handlers are loaded, instead of what the world draws. */
  readonly boot?: Time
  /** After each start it does only this share of its speed for so long, as code that is not compiled yet. */
  readonly warmUp?: { readonly for: Time; readonly factor: number }
  readonly phases?: ReadonlyArray<Phase<Time>>
  /**
   * Runs begun meanwhile each take exactly so long, whatever their work, however many checkpoints they make, and
   * whatever else makes the worker fast or slow: how a published scene has it. Only what stops the worker, a hang or the
   * end of its thread, stops them too.
   */
  readonly fixed?: ReadonlyArray<FixedPhase<Time>>
}

/** A worker of a simulated world: what the runtime is told of it, and what it is. */
export interface SimulatedWorker extends WorkerDefinition, WorkerTraits<DurationInput> {
  /** So many of them; their ids then end in a number. Default 1. */
  readonly count?: number
}

/** Work done in a millisecond at a task of the type, by one run that has a core to itself. */
export const speedAt = ({ speed = 1 }: WorkerTraits, type: string): number =>
  typeof speed === "number" ? speed : (speed[type] ?? speed["*"] ?? 1)

/** What the phases multiply its speed by at that moment. */
export const phaseFactor = ({ phases = [] }: WorkerTraits, now: Millis): number => {
  let factor = 1
  for (const { from, until = Number.POSITIVE_INFINITY, factor: by } of phases)
    if (from <= now && now < until) factor *= by
  return factor
}

/** When the phases change next, after that moment; infinite where they do not. */
export const nextPhaseChange = ({ phases = [] }: WorkerTraits, now: Millis): Millis => {
  let next = Number.POSITIVE_INFINITY
  for (const { from, until = Number.POSITIVE_INFINITY } of phases) {
    if (from > now && from < next) next = from
    if (until > now && until < next) next = until
  }
  return next
}

/** How long a run takes that begins at that moment, where a fixed time rules; otherwise `undefined`. */
export const fixedTime = ({ fixed }: WorkerTraits, now: Millis): Millis | undefined =>
  fixed?.find(({ from, until }) => from <= now && now < until)?.ms
