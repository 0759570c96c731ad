import { keep, type Method } from "./method.ts"

export interface SeasonSettings {
  /** Steps after which the series repeats. Left out: it is looked for. */
  readonly period?: number
  /** Steps that a period which is looked for has at most. */
  readonly longest: number
  /** The autocorrelation from which a lag is taken for a period. */
  readonly threshold: number
}

export const seasonDefaults: SeasonSettings = { longest: 300, threshold: 0.5 }

/** What is left of the sums of the autocorrelation with each step, and the least weight of a value in the mean. */
const memoryOfSums = 0.998
const leastWeight = 0.005
/** Steps from one look for a period to the next, and those that must have come before the first. */
const lookEvery = 16
const fewestValues = 24
/** By how much a longer period must fit better than a shorter one, whose multiple it may be. */
const better = 1.02
/** Weight of the latest difference in how much the series lies above the same time a period ago. */
const correction = 0.1

// Where things stand in the memory.
const [counted, average, chosen, lift, ring] = [0, 1, 2, 3, 4]

/**
 * What was a period ago, lifted by as much as the series has lain above that of late. The period is declared, or is the
 * lag at which the autocorrelation peaks, above `threshold`; NaN while there is none. O(longest) a value.
 */
export const season = (steps: number, settings: Partial<SeasonSettings> = {}): Method => {
  const { period, longest, threshold } = { ...seasonDefaults, ...settings }
  const length = period ?? longest
  const sums = ring + length
  const ago = (memory: Float64Array, count: number, lag: number): number =>
    memory[ring + ((count - lag) % length)] ?? Number.NaN

  const addProducts = (memory: Float64Array, count: number, value: number): void => {
    const before = memory[average] ?? 0
    const mean = before + Math.max(leastWeight, 1 / (count + 1)) * (value - before)
    memory[average] = mean
    const deviation = value - mean
    memory[sums] = memoryOfSums * (memory[sums] ?? 0) + deviation * deviation
    const lags = Math.min(length, count)
    for (let lag = 1, place = count % length; lag <= lags; lag += 1) {
      place = place === 0 ? length - 1 : place - 1
      const at = sums + lag
      memory[at] = memoryOfSums * (memory[at] ?? 0) + deviation * ((memory[ring + place] ?? 0) - mean)
    }
  }

  const findPeriod = (memory: Float64Array, count: number): number => {
    const whole = memory[sums] ?? 0
    let best = 0
    let bar = threshold * whole
    for (let lag = 2; lag <= Math.min(length, count / 2); lag += 1) {
      const sum = memory[sums + lag] ?? 0
      const isPeak = sum > (memory[sums + lag - 1] ?? 0) && (lag === length || sum >= (memory[sums + lag + 1] ?? 0))
      if (!isPeak || sum <= bar) continue
      best = lag
      bar = sum * better
    }
    return best
  }

  return {
    size: ring + length + (period === undefined ? length + 1 : 0),
    push: (memory, value) => {
      const count = memory[counted] ?? 0
      const known = period ?? memory[chosen] ?? 0
      if (known > 0 && count >= known) {
        const lifted = memory[lift] ?? 0
        memory[lift] = lifted + correction * (value - ago(memory, count, known) - lifted)
      }
      if (period === undefined) addProducts(memory, count, value)
      keep(memory, ring, length, count, value)
      memory[counted] = count + 1
      if (period !== undefined || count + 1 < fewestValues || (count + 1) % lookEvery !== 0) return
      const found = findPeriod(memory, count + 1)
      if (found !== known) memory[lift] = 0
      memory[chosen] = found
    },
    expected: (memory) => {
      const count = memory[counted] ?? 0
      const known = period ?? memory[chosen] ?? 0
      if (known === 0) return Number.NaN
      // Whole periods back, to the latest that has been seen.
      const lag = known * Math.ceil(steps / known) - steps + 1
      return lag > count ? Number.NaN : ago(memory, count, lag) + (memory[lift] ?? 0)
    }
  }
}
