import { BoundedRing, RecentMap } from "../../collections/index.ts"
import type { Millis, WorkerId } from "../../model/index.ts"

/** One value of a series at a point in time. */
export interface Sample {
  readonly at: Millis
  readonly value: number
}

/** The name of a series. */
export type Series = string

/** The mean utilisation of the whole system, 0–1. */
export const systemSeries: Series = "system"

/** The utilisation of one worker, 0–1. */
export const workerSeries = (workerId: WorkerId): Series => `worker:${workerId}`

export interface HistorySettings {
  /** How far back samples are kept: `performanceWindow`. */
  readonly window: Millis
  /** Samples kept of one series at most. */
  readonly maxSamples: number
  /** Series kept; beyond that the one longest without a sample goes. */
  readonly maxSeries: number
}

export const historyDefaults: HistorySettings = { window: 300_000, maxSamples: 600, maxSeries: 10_000 }

/** The recent past of each series, in bounded memory (F1). Times of a series rise strictly. */
export class History {
  readonly settings: HistorySettings
  readonly #series: RecentMap<Series, BoundedRing<Sample>>

  constructor(settings: Partial<HistorySettings> = {}) {
    this.settings = { ...historyDefaults, ...settings }
    this.#series = new RecentMap(this.settings.maxSeries)
  }

  /** `false`, and nothing is kept, where the value is not finite or the time is not later than the last. */
  add(series: Series, value: number, now: Millis): boolean {
    if (!Number.isFinite(value) || !Number.isFinite(now)) return false
    const ring = this.#series.use(series, () => new BoundedRing<Sample>(this.settings.maxSamples))
    if (ring.last !== undefined && now <= ring.last.at) return false
    while (ring.first !== undefined && ring.first.at < now - this.settings.window) ring.shift()
    ring.push({ at: now, value })
    return true
  }

  /** The samples no older than the window, oldest first. */
  samples(series: Series, now: Millis): ReadonlyArray<Sample> {
    const ring = this.#series.get(series)
    const samples: Array<Sample> = []
    if (ring === undefined) return samples
    const from = now - this.settings.window
    for (const sample of ring) if (sample.at >= from) samples.push(sample)
    return samples
  }

  latest(series: Series): Sample | undefined {
    return this.#series.get(series)?.last
  }

  series(): ReadonlyArray<Series> {
    return [...this.#series.keys()]
  }

  forget(series: Series): void {
    this.#series.delete(series)
  }
}
