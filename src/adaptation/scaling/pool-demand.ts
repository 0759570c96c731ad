import type { Millis } from "../../model/index.ts"

/** What a pool has done so far and does at this moment. */
export interface PoolReading {
  /** Tasks accepted since the beginning. */
  readonly arrived: number
  /** Runs that have ended by themselves since the beginning. */
  readonly ended: number
  /** Slots in use. */
  readonly running: number
  /** How full its workers are, each 0–1, in sum: in workers. */
  readonly load: number
}

/** What is asked of a pool, as exponential averages. */
export interface PoolDemand {
  /** Tasks that come in a millisecond. */
  readonly arrivals: number
  /** Runs that end in a millisecond. */
  readonly ends: number
  /** Slots in use, in the mean. */
  readonly running: number
  /** Workers that are busy, in the mean. */
  readonly load: number
  /** Ends counted so far: below a handful nothing can be said of how long a task takes. */
  readonly seen: number
}

export interface PoolDemandState extends PoolDemand {
  /** How much of what the averages are to rest on has been seen, 0–1: the first readings count for what there is. */
  readonly weight: number
  readonly last: PoolReading | undefined
  readonly lastAt: Millis
}

/** Milliseconds after which what was seen counts for a third. */
const memory = 3_000
/** Ends from which on the time a slot is taken for is relied on. */
const enough = 5

export const noDemand: PoolDemandState = {
  arrivals: 0,
  ends: 0,
  running: 0,
  load: 0,
  seen: 0,
  weight: 0,
  last: undefined,
  lastAt: 0
}

/** What is asked of the pool by now. Readings may come at any intervals; one of the same moment changes nothing. */
export const readDemand = (state: PoolDemandState, reading: PoolReading, now: Millis): PoolDemandState => {
  const { last, lastAt } = state
  if (last === undefined) return { ...state, last: reading, lastAt: now }
  const passed = now - lastAt
  if (!(passed > 0)) return state
  const share = 1 - Math.exp(-passed / memory)
  const weight = state.weight * (1 - share) + share
  const gain = share / weight
  const toward = (from: number, value: number): number =>
    Number.isFinite(value) ? Math.max(0, from + (value - from) * gain) : from
  const ended = Math.max(0, reading.ended - last.ended)
  return {
    arrivals: toward(state.arrivals, (reading.arrived - last.arrived) / passed),
    ends: toward(state.ends, ended / passed),
    // What stood between two readings is taken to have changed evenly.
    running: toward(state.running, (reading.running + last.running) / 2),
    load: toward(state.load, (reading.load + last.load) / 2),
    seen: state.seen + ended,
    weight,
    last: reading,
    lastAt: now
  }
}

/**
 * How long a task takes a slot for, in the mean, by the utilisation law: slots in use ÷ ends in a millisecond. Whatever
 * slows tasks down is in it. `undefined`: too few have ended.
 */
export const slotTimeOf = ({ running, ends, seen }: PoolDemand): Millis | undefined =>
  seen >= enough && ends > 1e-9 ? running / ends : undefined
