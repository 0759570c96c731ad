import type { Accuracy, MethodShare } from "../../../src/adaptation/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"

/** What is expected of one series, and how much that can be relied on. */
export interface SeriesForecast {
  readonly dueAt: Millis
  /** The value now. */
  readonly current: number
  /** The value that is expected. */
  readonly value: number
  /** Bounds within which nine in ten values are to lie. */
  readonly low: number
  readonly high: number
  /** 0–1. */
  readonly confidence: number
  /** Whether it has done better than "no change" on this series: otherwise nobody acts on it. */
  readonly beatsNoChange: boolean
  /** How earlier forecasts came true; absent until the first has come due. */
  readonly record?: Accuracy
  /** The methods that weigh most in it, with their shares; none for the linear regression. */
  readonly methods: ReadonlyArray<MethodShare>
}

/** What comes of a kind of task; `undefined` where there is too little to go by. */
export interface FlowForecast {
  /** Tasks a second. */
  readonly tasks: SeriesForecast | undefined
  /** Seconds of work a second, at speed 1: so many workers of one slot it will keep busy. */
  readonly work: SeriesForecast | undefined
}

/** All that is forecast. Times are those of events. */
export interface ForecastReport {
  readonly at: Millis
  /** How far ahead. */
  readonly horizon: Millis
  /** The mean of the workers' use, 0–1. */
  readonly system: SeriesForecast | undefined
  /** Each worker's use, 0–1. */
  readonly workers: Readonly<Record<WorkerId, SeriesForecast | undefined>>
  /** Tasks of all kinds. */
  readonly arrivals: FlowForecast
  readonly kinds: Readonly<Record<string, FlowForecast>>
}
