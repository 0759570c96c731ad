import type { ChildSpec } from "../../../src/actor/index.ts"
import type { FitRunner, Forecast } from "../../../src/adaptation/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"
import type { MigrationCoordinatorRef } from "../balance/migration-coordinator.ts"
import type { HomeLines } from "../balance/worker-loads.ts"
import type { Follower, Part, Surroundings } from "../part.ts"
import { Arrivals } from "./arrivals.ts"
import type { ForecastReport } from "./forecast-report.ts"
import { LoadHistory } from "./load-history.ts"
import { predictor } from "./predictor.ts"

export interface PredictionPartOptions extends Surroundings {
  /** Tasks that wait for certain workers. */
  readonly homes: { readonly lines: () => HomeLines }
  /** Where many series of load are fitted. */
  readonly fitting: FitRunner
  /** Told what was forecast for each worker; empty where nothing was. */
  readonly onForecasts: (forecasts: ReadonlyMap<WorkerId, Forecast>) => void
  /** Who balances by what was seen. */
  readonly balancer: () => MigrationCoordinatorRef | undefined
}

/** What load will come (F1–F5). */
export class PredictionPart implements Part {
  readonly #arrivals: Arrivals
  readonly #loads: LoadHistory
  readonly #actor: ReturnType<typeof predictor>
  readonly #forecasts: boolean

  constructor(options: PredictionPartOptions) {
    const { settings, ledger, vitals, runs, performance, bus, homes, fitting, onForecasts, balancer } = options
    const { checkInterval, performanceWindow, prediction, predictionWindow, features } = settings.adaptation
    this.#forecasts = features.predictiveBalancing
    this.#arrivals = new Arrivals(performance.times)
    this.#loads = new LoadHistory({
      settings: { ...prediction, horizon: predictionWindow, interval: checkInterval, window: performanceWindow },
      arrivals: this.#arrivals,
      fitting,
      forecasts: this.#forecasts
    })
    this.#actor = predictor({
      sources: { ledger, vitals, runs, performance, homes: homes.lines },
      bus,
      checkInterval,
      history: this.#loads,
      onForecasts,
      balancer
    })
  }

  get children(): ReadonlyArray<ChildSpec> {
    return [{ id: "predictor", actor: this.#actor }]
  }

  get followers(): ReadonlyArray<Follower> {
    return this.#forecasts ? [{ heeds: Arrivals.heeds, onEvent: this.#arrivals.onEvent }] : []
  }

  /** All that is forecast at this time. */
  report(now: Millis): ForecastReport {
    return this.#loads.report(now)
  }
}
