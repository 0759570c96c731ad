import { BoundedRing, RecentMap } from "../../collections/index.ts"
import type { Millis } from "../../model/index.ts"
import { FitBatch, type FitRunner, inlineFitting, newSeries } from "./fitting.ts"
import {
  type Forecast,
  type ForecastSettings,
  forecastDefaults,
  intervalLevel,
  type ScoredForecast
} from "./forecast.ts"
import { History, type Sample, type Series } from "./history.ts"
import { Pace, stepsOf } from "./pace.ts"
import { errorAt, fitLine, studentQuantile, valueAt } from "./regression.ts"
import { type Accuracy, Scoreboard } from "./scoreboard.ts"
import { latestTaken, type MethodShare, type OpenSeries, SeriesModel } from "./series-model.ts"

/** Forecasts of one series that wait for their time. Opened no closer than `horizon / openLimit`, so none is evicted. */
const openLimit = 64

/** Steps of a horizon, where nobody says how often samples come. */
const usualSteps = 6

/** √(2/π)·σ is the mean absolute error of a normal deviation. */
const meanOfNormal = Math.sqrt(2 / Math.PI)

interface SeriesState {
  readonly open: BoundedRing<Forecast>
  readonly scores: Scoreboard
  readonly pace: Pace
  /** What the model remembers of it; absent for a method that looks at the samples alone. */
  model: { readonly opened: OpenSeries; readonly buffer: SharedArrayBuffer } | undefined
  /** Steps that the model has not taken in. */
  waiting: Array<number>
}

/**
 * Forecasts each series and scores every forecast at its due time (F1, F3–F5).
 *
 * What is said for a series comes from methods that have been tried on this very series, at this horizon, at every step
 * so far; the interval comes from the errors that its forecasts really made, and before there are enough of these from
 * the scatter of the samples about their line. Samples may come at irregular times; what came at the due time is
 * interpolated between the samples around it. Too few samples, or none of late: no forecast.
 */
export class Forecaster {
  readonly settings: ForecastSettings
  readonly #history: History
  readonly #series: RecentMap<Series, SeriesState>
  readonly #due = new BoundedRing<ScoredForecast>(10_000)
  readonly #model: SeriesModel | undefined
  readonly #step: Millis
  #waiting = new Set<SeriesState>()
  #underWay: Promise<void> | undefined

  constructor(settings: Partial<ForecastSettings> = {}) {
    this.settings = { ...forecastDefaults, ...settings }
    const { method, horizon, interval = horizon / usualSteps, period, maxSeries } = this.settings
    this.#history = new History(this.settings)
    this.#series = new RecentMap(maxSeries)
    const { steps, step } = stepsOf(horizon, interval)
    this.#step = step
    this.#model =
      method === "linear-regression"
        ? undefined
        : new SeriesModel({
            method,
            steps,
            ...(period !== undefined && { period: Math.max(1, Math.round(period / step)) })
          })
  }

  /**
   * Takes in a sample at once. `false`, and nothing is kept, where the value is not finite or the time is not later than
   * the last.
   */
  observe(series: Series, value: number, now: Millis): boolean {
    const isKept = this.take(series, value, now)
    if (this.#underWay === undefined) this.fit()
    return isKept
  }

  /** Takes in a sample, of which the model learns with the next `fit`. */
  take(series: Series, value: number, now: Millis): boolean {
    const before = this.#history.latest(series)
    if (!this.#history.add(series, value, now)) return false
    const state = this.#series.use(series, () => this.#begin())
    if (before !== undefined) this.#settle(state, before, { at: now, value })
    const step = state.pace.take(value, now)
    const { model } = state
    if (step === undefined || model === undefined) return true
    if (step.missed === undefined && before !== undefined) {
      // Another memory, since somebody may be at work on the one it has.
      state.model = this.#model && newSeries(this.#model)
      state.waiting = []
    }
    const held = state.waiting.at(-1) ?? latestTaken(model.opened.memory)
    for (let missed = 0; missed < (step.missed ?? 0); missed += 1) state.waiting.push(held)
    state.waiting.push(step.value)
    this.#waiting.add(state)
    return true
  }

  /**
   * Lets the models take in what has come. Where the runner does that elsewhere, it is done once the promise resolves;
   * until then nothing new is forecast, and what comes meanwhile waits.
   */
  fit(runner: FitRunner = inlineFitting): void | Promise<void> {
    if (this.#underWay !== undefined) return this.#underWay
    if (this.#model === undefined || this.#waiting.size === 0) return
    const batch = new FitBatch(
      this.#model,
      [...this.#waiting].flatMap((state) => {
        const { model, waiting } = state
        state.waiting = []
        return model === undefined ? [] : [{ series: model.opened, buffer: model.buffer, values: waiting }]
      })
    )
    this.#waiting = new Set()
    const done = runner.fit(batch)
    if (done === undefined) return
    this.#underWay = done
      .catch(() => batch.run())
      .finally(() => {
        this.#underWay = undefined
      })
    return this.#underWay
  }

  /**
   * The series `horizon` after `now`; `undefined` where there is too little to go by, or where the models are at work
   * elsewhere. What it returns stays open until its due time and is scored then. Asking often does no harm: a few dozen
   * of the answers are scored.
   */
  forecast(series: Series, now: Millis): Forecast | undefined {
    const { horizon, minSamples, bounds, trust } = this.settings
    if (this.#underWay !== undefined) return undefined
    this.fit()
    const state = this.#series.get(series)
    const samples = this.#history.samples(series, now)
    const latest = samples[samples.length - 1]
    if (state === undefined || latest === undefined || samples.length < Math.max(3, minSamples)) return undefined
    // Minutes before now, so that the figures stay small whatever the clock's origin.
    const line = fitLine(
      samples.map(({ at }) => (at - now) / 60_000),
      samples.map(({ value }) => value)
    )
    if (line === undefined) return undefined
    const ahead = horizon / 60_000
    const clamp = (value: number) => Math.min(bounds.max, Math.max(bounds.min, value))
    const deviation = errorAt(line, ahead)
    const expected = this.#model && state.model ? this.#model.expected(state.model.opened) : valueAt(line, ahead)
    const value = clamp(Number.isFinite(expected) ? expected : latest.value)
    const half = state.scores.halfWidth() ?? studentQuantile(line.points - 2) * deviation
    const range = bounds.max - bounds.min
    const past = state.scores.summary(range)
    const usual = Number.isFinite(range) ? range / 2 : Math.abs(line.meanY)
    const scatter = deviation === 0 ? 0 : (meanOfNormal * deviation) / usual
    const fit = Math.min(1, Math.max(0, 1 - scatter))
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
      beatsNoChange: past?.beatsNoChange === true
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
    const { max, min } = this.settings.bounds
    return this.#series.get(series)?.scores.summary(max - min)
  }

  /** The methods that weigh most in the forecast of a series, the heaviest first; none for one without a model. */
  leaders(series: Series, most = 3): ReadonlyArray<MethodShare> {
    const model = this.#series.get(series)?.model
    return this.#model === undefined || model === undefined ? [] : this.#model.leaders(model.opened, most)
  }

  /** The samples of a series within the window, oldest first. */
  samples(series: Series, now: Millis): ReadonlyArray<Sample> {
    return this.#history.samples(series, now)
  }

  /** The series that there are, those longest without a sample first. */
  series(): ReadonlyArray<Series> {
    return this.#history.series()
  }

  /** For a worker that left. Its open forecasts are dropped unscored. */
  forget(series: Series): void {
    this.#history.forget(series)
    this.#series.delete(series)
  }

  #begin(): SeriesState {
    return {
      open: new BoundedRing<Forecast>(openLimit),
      scores: new Scoreboard(intervalLevel),
      pace: new Pace(this.#step, Math.ceil(this.settings.window / this.#step)),
      model: this.#model && newSeries(this.#model),
      waiting: []
    }
  }

  #settle({ open, scores }: SeriesState, before: Sample, after: Sample): void {
    // Over a gap this long, the line between the two samples says nothing of what was between them.
    const gap = after.at - before.at > this.settings.window
    while (open.first !== undefined && open.first.dueAt <= after.at) {
      const forecast = open.shift()
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
      const { error, noChangeError, covered } = scored
      scores.add({ error, noChangeError, covered, size: Math.abs(actual) })
      this.#due.push(scored)
    }
  }
}
