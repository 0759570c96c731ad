import * as Effect from "effect/Effect"
import { Actor } from "../../../src/actor/index.ts"
import { dimensionGaps, type Forecast, type RunningTask, type WorkerLoad } from "../../../src/adaptation/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"
import type { EventBus } from "../../event-bus.ts"
import { dimensionedWorkers } from "../balance/dimension-view.ts"
import type { MigrationCoordinatorRef } from "../balance/migration-coordinator.ts"
import { type LoadSources, runningTasks, workerLoads } from "../balance/worker-loads.ts"
import type { LoadHistory } from "./load-history.ts"

export const predictorProtocol = {
  Sample: Actor.message<Record<never, never>>(),
  /** What was sampled has been fitted elsewhere. */
  Fitted: Actor.message<Record<never, never>>()
}

export interface PredictorOptions {
  readonly sources: LoadSources
  readonly bus: EventBus
  readonly checkInterval: Millis
  /** What was seen and forecast, which outlives the actor. */
  readonly history: LoadHistory
  /** Told what was forecast for each worker; empty where nothing was. */
  readonly onForecasts: (forecasts: ReadonlyMap<WorkerId, Forecast>) => void
  /** Who balances by what was seen. */
  readonly balancer: () => MigrationCoordinatorRef | undefined
}

/** The load as it is. */
interface Scene {
  readonly tasks: ReadonlyArray<RunningTask>
  readonly loads: ReadonlyArray<WorkerLoad>
  /** Those that take work. */
  readonly active: ReadonlyArray<WorkerLoad>
}

const mean = (values: ReadonlyArray<number>): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

/** The largest less the smallest; 0 of none. Spread over arguments, a hundred thousand would be too many. */
const spreadOf = (values: ReadonlyArray<number>): number => {
  const [first] = values
  if (first === undefined) return 0
  let [least, most] = [first, first]
  for (const value of values) {
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return most - least
}

/**
 * Samples load at an interval, has it forecast and each forecast scored when its time has come (F1–F5). What it saw goes
 * to the migration coordinator. All that it knows is in its history.
 */
export const predictor = ({ sources, bus, checkInterval, history, balancer, onForecasts }: PredictorOptions) => {
  const look = (now: Millis): Scene => {
    const tasks = runningTasks(sources, now)
    const loads = workerLoads(sources, tasks)
    return { tasks, loads, active: loads.filter(({ phase }) => phase === "up" || phase === "warming") }
  }

  const conclude = ({ tasks, loads, active }: Scene, now: Millis): void => {
    const ids = active.map(({ workerId }) => workerId)
    const { system, workers: forecasts } = history.foresee(ids, now)
    if (system !== undefined) {
      const { dueAt, value, low, high, confidence, current } = system
      const record = history.accuracy
      bus.publish({
        _tag: "LoadForecast",
        at: now,
        dueAt,
        load: value,
        low,
        high,
        confidence,
        current,
        ...(record !== undefined && { accuracy: record.accuracy, coverage: record.coverage }),
        ...(record?.mase !== undefined && { mase: record.mase })
      })
    }
    onForecasts(forecasts)
    balancer()?.tell("Balance", { tasks, loads, forecasts, systemLoads: history.systemLoads(now) })
  }

  return Actor.make("Predictor", {
    protocol: predictorProtocol,
    initial: (context) => {
      context.timers.every("sample", checkInterval, "Sample")
      return {}
    },
    handlers: {
      Sample: (state, _, context) => {
        const now = context.now()
        const scene = look(now)
        const { loads, active } = scene
        const used = active.map(({ utilisation }) => utilisation)
        const systemLoad = mean(used)
        const imbalance = spreadOf(used)
        const utilisation = Object.fromEntries(loads.map((load) => [load.workerId, load.utilisation]))
        const gaps = dimensionGaps(dimensionedWorkers(sources.ledger, loads))
        bus.publish({ _tag: "LoadSampled", at: now, systemLoad, imbalance, utilisation, gaps })
        const fitting = history.sample(
          {
            system: systemLoad,
            workers: new Map(active.map((load) => [load.workerId, load.utilisation])),
            isThere: (workerId) => sources.ledger.worker(workerId) !== undefined
          },
          now
        )
        if (fitting === undefined) conclude(scene, now)
        else
          context.pipeToSelf(
            Effect.promise(() => fitting),
            () => ["Fitted", {}]
          )
        return state
      },
      Fitted: (state, _, context) => {
        const now = context.now()
        conclude(look(now), now)
        return state
      }
    }
  })
}
