import type { WorkerRecord } from "../ledger/index.ts"
import type { ForecastView, HealthView, PerformanceView, ProfilesView } from "../model/index.ts"
import type { LoadIndex } from "./load-index.ts"
import type { Patience } from "./patience.ts"
import type { RunTimesView } from "./run-times-view.ts"

/** What placement looks at. Nothing in it is changed by placing; the ledger changes the workers when it commits. */
export interface PlacementView {
  /** In the stable order of joining: who joined first is first, whoever leaves closes the gap. */
  readonly workers: ReadonlyArray<WorkerRecord>
  readonly performance: PerformanceView
  readonly health: HealthView
  /**
   * The same workers by load, where whoever owns the view keeps such an index up to date. With it the least
   * loaded worker is found in O(log n); without it all are looked at. The answer is the same.
   */
  readonly byLoad?: LoadIndex
  /** Declines free workers that are not worth it. Without it whoever the strategy proposes is good enough. */
  readonly patience?: Patience
  /** How long tasks take, and how fast workers are. Without it nothing is known. */
  readonly times?: RunTimesView
  readonly forecast?: ForecastView
  readonly profiles?: ProfilesView
}
