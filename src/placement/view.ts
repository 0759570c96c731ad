import type { WorkerRecord } from "../ledger/index.ts"
import type { ForecastView, HealthView, PerformanceView, ProfilesView, WeightView } from "../model/index.ts"
import type { Patience } from "./patience/patience.ts"
import type { RunTimesView } from "./patience/run-times-view.ts"
import type { Pool } from "./pool/pool.ts"

/** What placement looks at. Nothing in it is changed by placing; the ledger changes the workers when it commits. */
export interface PlacementView {
  /** In the stable order of joining: who joined first is first, whoever leaves closes the gap. */
  readonly workers: ReadonlyArray<WorkerRecord>
  readonly performance: PerformanceView
  readonly health: HealthView
  /**
   * The same workers at their places, where whoever owns the view tells the pool of each change. With it decisions rest on
   * what is kept of those that have not changed; without it all workers are looked at. The answer is the same.
   */
  readonly pool?: Pool
  /** Declines free workers that are not worth it. Without it whoever the strategy proposes is good enough. */
  readonly patience?: Patience
  /** How long tasks take, and how fast workers are. Without it nothing is known. */
  readonly times?: RunTimesView
  readonly forecast?: ForecastView
  readonly profiles?: ProfilesView
  /** Weights as learned, for strategies that spread by weight. Without it they are as declared. */
  readonly weights?: WeightView
}
