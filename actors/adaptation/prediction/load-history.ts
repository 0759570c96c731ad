import {
  type FitRunner,
  type Forecast,
  Forecaster,
  type ForecastSettings,
  systemSeries,
  workerSeries
} from "../../../src/adaptation/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"
import type { Arrivals } from "./arrivals.ts"
import type { FlowForecast, ForecastReport, SeriesForecast } from "./forecast-report.ts"

export interface LoadHistoryOptions {
  readonly settings: Pick<ForecastSettings, "method" | "horizon" | "interval" | "window" | "period">
  readonly arrivals: Arrivals
  /** Where many series are fitted. */
  readonly fitting: FitRunner
  /** Whether anything is forecast (G13). */
  readonly forecasts: boolean
}

/** The load at one time. */
export interface LoadSample {
  /** The mean use of the workers that take work, 0–1. */
  readonly system: number
  /** The use of each of them. */
  readonly workers: ReadonlyMap<WorkerId, number>
  /** Whether there still is such a worker, whether it takes work or not. */
  readonly isThere: (workerId: WorkerId) => boolean
}

/** What is expected by now. */
export interface Foreseen {
  readonly system: Forecast | undefined
  readonly workers: ReadonlyMap<WorkerId, Forecast>
}

/** Times that flows are forecast within a horizon, at most. */
const flowsWithinHorizon = 24

/** The two series of a flow. A kind may have any name. */
const allOf = { tasks: "tasks", work: "work" }
const seriesOf = (kind: string) => ({ tasks: `tasks of ${kind}`, work: `work of ${kind}` })

/**
 * What the load was and how forecasts of it did (F1, F5): of the system, of each worker, and of what arrives of each kind
 * of task. It stands beside the actor that feeds it, whose restarts it outlives.
 */
export class LoadHistory {
  readonly #options: LoadHistoryOptions
  readonly #use: Forecaster
  readonly #flow: Forecaster
  #workers: ReadonlySet<WorkerId> = new Set()
  #kinds: ReadonlySet<string> = new Set()
  #latestUse: ReadonlyMap<string, Forecast> = new Map()
  #latestFlow: ReadonlyMap<string, Forecast> = new Map()
  #flowsAt: Millis | undefined

  constructor(options: LoadHistoryOptions) {
    this.#options = options
    const { settings, forecasts } = options
    // Without a model nothing waits to be fitted.
    const used: Partial<ForecastSettings> = forecasts ? settings : { ...settings, method: "linear-regression" }
    this.#use = new Forecaster(used)
    this.#flow = new Forecaster({ ...used, bounds: { min: 0, max: Number.POSITIVE_INFINITY } })
  }

  /**
   * Takes in how it is now. Where there are so many series that they are fitted on another thread, nothing is forecast
   * before the promise resolves.
   */
  sample({ system, workers, isThere }: LoadSample, now: Millis): void | Promise<void> {
    const { arrivals, fitting } = this.#options
    this.#use.take(systemSeries, system, now)
    for (const [workerId, use] of workers) this.#use.take(workerSeries(workerId), use, now)
    const known = new Set([...this.#workers, ...workers.keys()])
    for (const workerId of known) {
      if (isThere(workerId)) continue
      this.#use.forget(workerSeries(workerId))
      known.delete(workerId)
    }
    this.#workers = known
    const arrived = arrivals.take(now)
    if (arrived !== undefined) {
      const { all, kinds } = arrived
      for (const [series, { tasks, work }] of [
        [allOf, all] as const,
        ...[...kinds].map(([kind, each]) => [seriesOf(kind), each] as const)
      ]) {
        this.#flow.take(series.tasks, tasks, now)
        this.#flow.take(series.work, work, now)
      }
      for (const kind of this.#kinds) if (!kinds.has(kind)) this.#forgetKind(kind)
      this.#kinds = new Set(kinds.keys())
    }
    this.#use.score(now)
    this.#flow.score(now)
    const underWay = [this.#use.fit(fitting), this.#flow.fit(fitting)].filter((each) => each !== undefined)
    return underWay.length === 0 ? undefined : Promise.all(underWay).then(() => {})
  }

  /**
   * Forecasts every series as it is now, so that each of these forecasts is scored when its time has come. Gives what is
   * expected of the mean of the workers' use, and of each of these workers; what nothing can be said of is left out.
   */
  foresee(workers: Iterable<WorkerId>, now: Millis): Foreseen {
    const expected = new Map<WorkerId, Forecast>()
    const { forecasts, settings } = this.#options
    const latestUse = new Map<string, Forecast>()
    this.#latestUse = latestUse
    if (!forecasts) return { system: undefined, workers: expected }
    for (const workerId of workers) {
      const forecast = kept(latestUse, this.#use, workerSeries(workerId), now)
      if (forecast !== undefined) expected.set(workerId, forecast)
    }
    // Nobody waits for these: they need not be told at every look, where there are many within the horizon.
    if (this.#flowsAt === undefined || now - this.#flowsAt >= settings.horizon / flowsWithinHorizon) {
      this.#flowsAt = now
      const latestFlow = new Map<string, Forecast>()
      this.#latestFlow = latestFlow
      for (const { tasks, work } of [allOf, ...[...this.#kinds].map(seriesOf)]) {
        kept(latestFlow, this.#flow, tasks, now)
        kept(latestFlow, this.#flow, work, now)
      }
    }
    return { system: kept(latestUse, this.#use, systemSeries, now), workers: expected }
  }

  /** The mean use of late, the oldest first. */
  systemLoads(now: Millis): ReadonlyArray<number> {
    return this.#use.samples(systemSeries, now).map(({ value }) => value)
  }

  /** How earlier forecasts of the system's load came true; `undefined` before the first came due. */
  get accuracy() {
    return this.#use.accuracy(systemSeries)
  }

  /** All that was forecast last, and how much it can be relied on. */
  report(now: Millis): ForecastReport {
    const use = (series: string) => reported(this.#latestUse.get(series), this.#use)
    const flow = ({ tasks, work }: typeof allOf): FlowForecast => ({
      tasks: reported(this.#latestFlow.get(tasks), this.#flow),
      work: reported(this.#latestFlow.get(work), this.#flow)
    })
    return {
      at: now,
      horizon: this.#options.settings.horizon,
      system: use(systemSeries),
      workers: Object.fromEntries([...this.#workers].map((id) => [id, use(workerSeries(id))])),
      arrivals: flow(allOf),
      kinds: Object.fromEntries([...this.#kinds].map((kind) => [kind, flow(seriesOf(kind))]))
    }
  }

  #forgetKind(kind: string): void {
    const { tasks, work } = seriesOf(kind)
    this.#flow.forget(tasks)
    this.#flow.forget(work)
  }
}

/** Forecasts a series, and keeps that. */
const kept = (
  latest: Map<string, Forecast>,
  forecaster: Forecaster,
  series: string,
  now: Millis
): Forecast | undefined => {
  const forecast = forecaster.forecast(series, now)
  if (forecast !== undefined) latest.set(series, forecast)
  return forecast
}

const reported = (forecast: Forecast | undefined, forecaster: Forecaster): SeriesForecast | undefined => {
  if (forecast === undefined) return undefined
  const { series, dueAt, current, value, low, high, confidence, beatsNoChange } = forecast
  const record = forecaster.accuracy(series)
  const methods = forecaster.leaders(series)
  return {
    ...{ dueAt, current, value, low, high, confidence, beatsNoChange, methods },
    ...(record !== undefined && { record })
  }
}
