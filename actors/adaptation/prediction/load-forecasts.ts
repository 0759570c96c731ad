import { type Forecast, isReliable } from "../../../src/adaptation/index.ts"
import type { ForecastView, WorkerId } from "../../../src/model/index.ts"

/** The latest forecast of each worker's load, as far as it can be relied on. */
export class LoadForecasts implements ForecastView {
  #loads: ReadonlyMap<WorkerId, number> = new Map()

  of(workerId: WorkerId): number | undefined {
    return this.#loads.get(workerId)
  }

  /** Takes in what was forecast for each worker now. Gives those of which something else is expected than before. */
  update(forecasts: ReadonlyMap<WorkerId, Forecast>): ReadonlyArray<WorkerId> {
    const before = this.#loads
    const loads = new Map<WorkerId, number>()
    for (const [workerId, forecast] of forecasts) if (isReliable(forecast)) loads.set(workerId, forecast.value)
    this.#loads = loads
    return [...new Set([...before.keys(), ...loads.keys()])].filter((id) => before.get(id) !== loads.get(id))
  }
}
