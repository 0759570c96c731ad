import type { Priority, TaskSpec } from "../../../model/index.ts"
import type { DelegatingStrategy, Strategy, WeightedStrategy } from "../../strategy.ts"
import type { PlacementView } from "../../view.ts"
import { leastConnections } from "../by-load/least-connections.ts"
import { hardwareSpecific } from "../by-speed/hardware-specific.ts"
import { performanceBased } from "../by-speed/performance-based.ts"

export interface AdaptiveOptions {
  /** For critical tasks. Default: performance-based. */
  readonly critical: Strategy
  /** For high ones. Default: half performance, half how much is free. */
  readonly high: Strategy
  /** For normal, low and minimal ones. Default: least connections. */
  readonly usual: Strategy
  /** For those that prefer a kind of hardware, where it is known what workers have. Default: hardware-specific. */
  readonly hardware: Strategy
}

/** What the free share of whatever is scarcest counts for with high tasks, against performance. */
const resources = 0.5

/** Performance and resources, each for its share of the points. */
const performanceAndResources = (): WeightedStrategy => {
  const { factors, classOf } = performanceBased()
  const total = factors.reduce((sum, { weight }) => sum + weight, 0)
  return {
    id: "performance_and_resources",
    ...(classOf !== undefined && { classOf }),
    factors: [
      ...factors.map((factor) => ({ ...factor, weight: (factor.weight / total) * (1 - resources) })),
      { name: "resources", weight: resources, kind: "headroom" }
    ]
  }
}

/**
 * Adaptive, the default: the more urgent a task, the more goes into choosing its worker.
 *
 * Formula: critical → `performance_based`; high → half its factors, half the free share of whatever is scarcest on the
 * worker; normal, low and minimal → `least_connections`. A task that prefers a kind of hardware → `hardware_specific`. Source: the default of service balancers that know priorities.
 * Ties: as in the strategy that decides. Cost: that of the strategy that decides, for most tasks O(log n).
 * Not for workers of very different speed where no task is urgent: `predictive` or `performance_based` for all.
 */
export const adaptive = (options: Partial<AdaptiveOptions> = {}): DelegatingStrategy => {
  const { critical = performanceBased(), high = performanceAndResources(), usual = leastConnections() } = options
  const { hardware = hardwareSpecific() } = options
  const prefers = ({ requirements }: TaskSpec, { profiles }: PlacementView): boolean =>
    requirements.hardware !== undefined && profiles !== undefined
  const byPriority: Readonly<Record<Priority, Strategy>> = { critical, high, normal: usual, low: usual, minimal: usual }
  return {
    id: "adaptive",
    ...(usual.order !== undefined && { order: usual.order }),
    delegates: [...new Set([critical, high, usual, hardware])],
    delegate: (task, view) => (prefers(task, view) ? hardware : byPriority[task.priority]),
    because: (task, view) =>
      prefers(task, view) ? `it prefers ${task.requirements.hardware}` : `its priority is ${task.priority}`
  }
}
