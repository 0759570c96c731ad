/**
 * A server's speed is multiplied by `factor` (at least 0; above 1 it is faster) from `from` until `until`, in ms. Phases
 * that overlap multiply.
 */
export interface SlowPhase {
  readonly from: number
  readonly until: number
  readonly factor: number
}

/** A task begun from `from` until `until` takes `ms`, whatever its work; one begun before keeps its own time. */
export interface FixedPhase {
  readonly from: number
  readonly until: number
  readonly ms: number
}

/** A server of a queueing model. Each of its slots works at the full speed. */
export interface Server {
  readonly id: string
  /** Ms of work done per ms; as a table, by task type: it cannot run a type that is missing or 0. */
  readonly speed: number | Readonly<Record<string, number>>
  /** Tasks it runs at once, at least 1; `Infinity`: none ever waits. */
  readonly slots: number
  readonly slow?: ReadonlyArray<SlowPhase>
  readonly fixed?: ReadonlyArray<FixedPhase>
}

/** 0 where the server cannot run the type. */
export const speedOn = ({ speed }: Server, type: string): number =>
  typeof speed === "number" ? speed : Object.hasOwn(speed, type) ? (speed[type] ?? 0) : 0

/** When a task begun at `begin` ends that takes so many ms while nothing slows the server; `Infinity` where it never does. */
export type Service = (begin: number, ms: number) => number

interface Stretch {
  readonly until: number
  readonly factor: number
}

const stretchesOf = (phases: ReadonlyArray<SlowPhase>): ReadonlyArray<Stretch> => {
  const edges = [...new Set(phases.flatMap(({ from, until }) => [from, until])), Number.POSITIVE_INFINITY]
  return [...new Set(edges)]
    .sort((a, b) => a - b)
    .map((until, index, all) => {
      const from = all[index - 1] ?? Number.NEGATIVE_INFINITY
      const covering = phases.filter((phase) => phase.from <= from && phase.until >= until)
      return { until, factor: covering.reduce((product, phase) => product * phase.factor, 1) }
    })
}

/** What its speed is multiplied by when it is at its fastest; 1 where no phase makes it faster. */
export const peakFactor = ({ slow = [] }: Server): number =>
  stretchesOf(slow).reduce((most, { factor }) => Math.max(most, factor), 1)

/** Whether nothing ever changes how fast the server is. */
export const isSteady = ({ slow = [], fixed = [] }: Server): boolean => slow.length === 0 && fixed.length === 0

/** The integral of the speed over the phases, solved for the end: O(phases) a call. */
export const serviceOf = ({ slow = [], fixed = [] }: Server): Service => {
  const stretches = stretchesOf(slow)
  const slowed: Service = (begin, ms) => {
    let at = begin
    let left = ms
    for (const { until, factor } of stretches) {
      if (until <= at) continue
      if (left <= 0) return at
      const end = factor > 0 ? at + left / factor : Number.POSITIVE_INFINITY
      if (end <= until) return end
      left -= (until - at) * factor
      at = until
    }
    return at
  }
  const own: Service = slow.length === 0 ? (begin, ms) => begin + ms : slowed
  if (fixed.length === 0) return own
  return (begin, ms) => {
    const phase = fixed.find(({ from, until }) => from <= begin && begin < until)
    return phase === undefined ? own(begin, ms) : begin + phase.ms
  }
}

/** Throws a `RangeError` for a server that no model can run. */
export const checkServer = ({ id, speed, slots, slow = [], fixed = [] }: Server): void => {
  const speeds = typeof speed === "number" ? [speed] : Object.values(speed)
  if (!speeds.every((each) => each >= 0 && each < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`server ${id}: a speed is a number of at least 0`)
  }
  if (slots !== Number.POSITIVE_INFINITY && !(Number.isInteger(slots) && slots >= 1)) {
    throw new RangeError(`server ${id}: slots are a whole number of at least 1, or Infinity, not ${slots}`)
  }
  if (!slow.every(({ factor }) => factor >= 0 && factor < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`server ${id}: the factor of a phase is a number of at least 0`)
  }
  if (!fixed.every(({ ms }) => ms >= 0)) throw new RangeError(`server ${id}: a fixed phase lasts at least 0 ms`)
}
