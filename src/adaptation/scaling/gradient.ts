import type { Millis } from "../../model/index.ts"

export interface GradientSettings {
  readonly min: number
  readonly max: number
  /** Runs over which the long average is taken. */
  readonly window: number
  readonly smoothing: number
  readonly tolerance: number
  /** Runs beyond what the gradient says, so that it can grow. */
  readonly queue: number
}

export const gradientDefaults: GradientSettings = {
  min: 1,
  max: 64,
  window: 600,
  smoothing: 0.2,
  tolerance: 1.5,
  queue: 4
}

export interface GradientState {
  readonly limit: number
  readonly long: Millis
  readonly seen: number
}

export const startingGradient = (limit: number): GradientState => ({ limit, long: 0, seen: 0 })

/**
 * Gradient2 (Netflix concurrency-limits): the limit moves with the ratio of a long average of run times to the latest. Its
 * floor is 1 here, for threads that compute, and `ms` the run by itself, without its wait.
 *
 *     gradient = clamp(0.5, tolerance · long ÷ ms, 1);  limit ← 0.8 · limit + 0.2 · (limit · gradient + queue)
 *
 * Only while at least half of the limit is in use. Kept as what `ConcurrencyLimit` is measured against.
 */
export const gradient2 = (
  state: GradientState,
  { ms, running }: { readonly ms: Millis; readonly running: number },
  settings: GradientSettings
): GradientState => {
  if (!(ms > 0) || !Number.isFinite(ms)) return state
  const { min, max, window, smoothing, tolerance, queue } = settings
  const seen = state.seen + 1
  const averaged = state.seen === 0 ? ms : state.long + (ms - state.long) * Math.max(2 / (window + 1), 1 / seen)
  const long = averaged / ms > 2 ? averaged * 0.95 : averaged
  if (running < state.limit / 2) return { limit: state.limit, long, seen }
  const gradient = Math.max(0.5, Math.min(1, (tolerance * long) / ms))
  const wanted = state.limit * gradient + queue
  const limit = Math.max(min, Math.min(max, state.limit * (1 - smoothing) + wanted * smoothing))
  return { limit, long, seen }
}
