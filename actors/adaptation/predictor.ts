import { Actor } from "../../src/actor/index.ts"
import { type Forecast, Forecaster, systemSeries, workerSeries } from "../../src/adaptation/index.ts"
import type { Millis, WorkerId } from "../../src/model/index.ts"
import type { EventBus } from "../event-bus.ts"
import type { MigrationCoordinatorRef } from "./migration-coordinator.ts"
import { type LoadSources, runningTasks, workerLoads } from "./worker-loads.ts"

export const predictorProtocol = {
  Sample: Actor.message<Record<never, never>>()
}

export interface PredictorOptions {
  readonly sources: LoadSources
  readonly bus: EventBus
  readonly checkInterval: Millis
  readonly predictionWindow: Millis
  readonly performanceWindow: Millis
  /** Whether loads are forecast at all (G13). */
  readonly forecasts: boolean
  /** Told what was forecast for each worker; empty where nothing was. */
  readonly onForecasts: (forecasts: ReadonlyMap<WorkerId, Forecast>) => void
  /** Who balances by what was seen. */
  readonly balancer: () => MigrationCoordinatorRef | undefined
}

const mean = (values: ReadonlyArray<number>): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

/**
 * Samples load at an interval, forecasts it, and scores each forecast when its time has come (F1–F3, F5). What it saw
 * goes to the migration coordinator.
 */
export const predictor = (options: PredictorOptions) => {
  const {
    sources,
    bus,
    checkInterval,
    predictionWindow,
    performanceWindow,
    forecasts: enabled,
    balancer,
    onForecasts
  } = options
  return Actor.make("Predictor", {
    protocol: predictorProtocol,
    initial: (context) => {
      context.timers.every("sample", checkInterval, "Sample")
      return new Forecaster({ horizon: predictionWindow, window: performanceWindow })
    },
    handlers: {
      Sample: (forecaster, _, context) => {
        const now = context.now()
        const tasks = runningTasks(sources, now)
        const loads = workerLoads(sources, tasks)
        const active = loads.filter(({ phase }) => phase === "up" || phase === "warming")
        const used = active.map(({ utilisation }) => utilisation)
        const systemLoad = mean(used)
        const imbalance = used.length === 0 ? 0 : Math.max(...used) - Math.min(...used)
        const utilisation = Object.fromEntries(loads.map((load) => [load.workerId, load.utilisation]))
        bus.publish({ _tag: "LoadSampled", at: now, systemLoad, imbalance, utilisation })
        forecaster.observe(systemSeries, systemLoad, now)
        for (const load of active) forecaster.observe(workerSeries(load.workerId), load.utilisation, now)
        forecaster.score(now)
        const forecasts = new Map<WorkerId, Forecast>()
        if (enabled) {
          const system = forecaster.forecast(systemSeries, now)
          if (system !== undefined) {
            const { dueAt, value, confidence, current } = system
            const accuracy = forecaster.accuracy(systemSeries)?.accuracy
            bus.publish({
              _tag: "LoadForecast",
              at: now,
              dueAt,
              load: value,
              confidence,
              current,
              ...(accuracy !== undefined && { accuracy })
            })
          }
          for (const { workerId } of active) {
            const forecast = forecaster.forecast(workerSeries(workerId), now)
            if (forecast !== undefined) forecasts.set(workerId, forecast)
          }
        }
        onForecasts(forecasts)
        const systemLoads = forecaster.samples(systemSeries, now).map(({ value }) => value)
        balancer()?.tell("Balance", { tasks, loads, forecasts, systemLoads })
        return forecaster
      }
    }
  })
}
