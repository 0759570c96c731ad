import { BoundedRing, RecentMap } from "../../collections/index.ts"
import type { Millis } from "../../model/index.ts"
import { History, type HistorySettings, historyDefaults, type Sample, type Series } from "./history.ts"
import { errorAt, fitLine, studentQuantile, valueAt } from "./regression.ts"
import { type Accuracy, Scoreboard } from "./scoreboard.ts"

/** Share of values that the interval of a forecast is meant to hold. */
export const intervalLevel = 0.9

export interface ForecastSettings extends HistorySettings {
  /** How far ahead: `predictionWindow`. */
  readonly horizon: Millis
  /** Samples in the window below which nothing is forecast; at least 3. */
  readonly minSamples: number
  /** What the series may be; forecasts and intervals are kept inside. */
  readonly bounds: { readonly min: number; readonly max: number }
  /** Scored forecasts that count as much for the confidence as the fit itself. */
  readonly trust: number
}

export const forecastDefaults: ForecastSettings = {
  ...historyDefaults,
  horizon: 180_000,
  minSamples: 5,
  bounds: { min: 0, max: 1 },
  trust: 10
}

export interface Forecast {
  readonly series: Series
  readonly madeAt: Millis
  readonly dueAt: Millis
  /** The latest value when it was made: the forecast "no change". */
  readonly current: number
  readonly value: number
  /** Bounds of the 90 % interval. */
  readonly low: number
  readonly high: number
  /** Change of the value per minute. */
  readonly slope: number
  /** 0–1: 1 − 2·the error to expect, from the residuals of the fit and, ever more, from the errors of the past. */
  readonly confidence: number
  /** Whether the forecasts scored so far did better than "no change"; false until one is scored. */
  readonly beatsNoChange: boolean
}

/** A forecast that came due, and what came. */
export interface ScoredForecast extends Forecast {
  readonly actual: number
  readonly error: number
  readonly noChangeError: number
  /** Whether the value lay inside the interval. */
  readonly covered: boolean
}

/** Forecasts of one series that wait for their time. Opened no closer than `horizon / openLimit`, so none is evicted. */
const openLimit = 64

interface SeriesState {
  readonly open: BoundedRing<Forecast>
  readonly scores: Scoreboard
}

/**
 * Forecasts each series by linear regression over its window (F3) and scores every forecast at its due time (F5).
 *
 * The interval comes from the residuals (Student's t) until twenty forecasts were scored, from then on from the errors
 * really made (split conformal). Samples may come at irregular times; what came at the due time is interpolated between
 * the samples around it. Too few samples, or none of late: no forecast.
 */
export class Forecaster {
  readonly settings: ForecastSettings
  readonly #history: History
  readonly #series: RecentMap<Series, SeriesState>
  readonly #due = new BoundedRing<ScoredForecast>(10_000)

  constructor(settings: Partial<ForecastSettings> = {}) {
    this.settings = { ...forecastDefaults, ...settings }
    this.#history = new History(this.settings)
    this.#series = new RecentMap(this.settings.maxSeries)
  }

  /** `false`, and nothing is kept, where the value is not finite or the time is not later than the last. */
  observe(series: Series, value: number, now: Millis): boolean {
    const before = this.#history.latest(series)
    if (!this.#history.add(series, value, now)) return false
    if (before !== undefined) this.#settle(series, before, { at: now, value })
    return true
  }

  /**
   * The series `horizon` after `now`; `undefined` where there is too little to go by. What it returns stays open until
   * its due time and is scored then. Asking often does no harm: a few dozen of the answers are scored.
   */
  forecast(series: Series, now: Millis): Forecast | undefined {
    const { horizon, minSamples, bounds, trust } = this.settings
    const samples = this.#history.samples(series, now)
    const latest = samples[samples.length - 1]
    if (latest === undefined || samples.length < Math.max(3, minSamples)) return undefined
    // Minutes before now, so that the figures stay small whatever the clock's origin.
    const line = fitLine(
      samples.map(({ at }) => (at - now) / 60_000),
      samples.map(({ value }) => value)
    )
    if (line === undefined) return undefined
    const ahead = horizon / 60_000
    const state = this.#series.use(series, () => ({
      open: new BoundedRing<Forecast>(openLimit),
      scores: new Scoreboard()
    }))
    const clamp = (value: number) => Math.min(bounds.max, Math.max(bounds.min, value))
    const deviation = errorAt(line, ahead)
    const value = clamp(valueAt(line, ahead))
    const half = state.scores.halfWidth(intervalLevel) ?? studentQuantile(line.points - 2) * deviation
    const range = bounds.max - bounds.min
    const past = state.scores.summary(range)
    // √(2/π)·σ is the mean absolute error of a normal deviation.
    const fit = Math.min(1, Math.max(0, 1 - (2 * Math.sqrt(2 / Math.PI) * deviation) / range))
    const known = past === undefined ? 0 : past.scored / (past.scored + trust)
    const forecast: Forecast = {
      series,
      madeAt: now,
      dueAt: now + horizon,
      current: latest.value,
      value,
      low: clamp(value - half),
      high: clamp(value + half),
      slope: line.slope,
      confidence: fit * (1 - known) + (past?.accuracy ?? 0) * known,
      beatsNoChange: past?.mase !== undefined && past.mase < 1
    }
    const last = state.open.last
    if (last === undefined || now - last.madeAt > horizon / (openLimit - 1)) state.open.push(forecast)
    return forecast
  }

  /** The forecasts scored since the last call. Lets go of those whose time went by without a sample. */
  score(now: Millis): ReadonlyArray<ScoredForecast> {
    for (const [, { open }] of this.#series.entries()) {
      while (open.first !== undefined && open.first.dueAt + this.settings.window < now) open.shift()
    }
    return this.#due.drain()
  }

  /** `undefined` before the first forecast of the series came due. */
  accuracy(series: Series): Accuracy | undefined {
    return this.#series.get(series)?.scores.summary(this.settings.bounds.max - this.settings.bounds.min)
  }

  /** The samples of a series within the window, oldest first. */
  samples(series: Series, now: Millis): ReadonlyArray<Sample> {
    return this.#history.samples(series, now)
  }

  /** For a worker that left. Its open forecasts are dropped unscored. */
  forget(series: Series): void {
    this.#history.forget(series)
    this.#series.delete(series)
  }

  #settle(series: Series, before: Sample, after: Sample): void {
    const state = this.#series.get(series)
    if (state === undefined) return
    // Over a gap this long, the line between the two samples says nothing of what was between them.
    const gap = after.at - before.at > this.settings.window
    while (state.open.first !== undefined && state.open.first.dueAt <= after.at) {
      const forecast = state.open.shift()
      if (forecast === undefined || gap) continue
      const share = Math.max(0, (forecast.dueAt - before.at) / (after.at - before.at))
      const actual = before.value + share * (after.value - before.value)
      const scored: ScoredForecast = {
        ...forecast,
        actual,
        error: Math.abs(forecast.value - actual),
        noChangeError: Math.abs(forecast.current - actual),
        covered: actual >= forecast.low && actual <= forecast.high
      }
      state.scores.add({ error: scored.error, noChangeError: scored.noChangeError, covered: scored.covered })
      this.#due.push(scored)
    }
  }
}
