import type { Priority } from "../../model/index.ts"
import type { SubmitOptions } from "../submit-options.ts"
import type { WorkerDefinition } from "../worker-definition.ts"

const percent = (cpu: number, memory: number, network: number, storage: number) => ({
  cpu: cpu / 100,
  memory: memory / 100,
  network: network / 100,
  storage: storage / 100
})

/** A component of the system, as a worker: one thread that runs so many tasks at once. */
const component = (
  id: string,
  priority: Priority,
  concurrent: number,
  ceilings: ReturnType<typeof percent>,
  weight: number,
  priorityMultiplier: number
) => ({
  id,
  capacity: { concurrent },
  ceilings,
  capabilities: { labels: { component: id, class: priority } },
  weight,
  priorityMultiplier
})

/** The seven components (S2): tasks at once, ceilings of CPU, memory, network and storage, weight, multiplier. */
const workers = [
  component("arbitrage_engine", "critical", 20, percent(90, 85, 85, 80), 3, 1.5),
  component("bridge_monitor", "high", 15, percent(70, 80, 85, 60), 2, 1.2),
  component("cross_chain_mev", "high", 12, percent(85, 85, 90, 75), 2.5, 1.3),
  component("price_feeds", "high", 25, percent(80, 90, 95, 90), 2, 1.1),
  component("wallet_manager", "critical", 8, percent(60, 70, 50, 50), 1.5, 2),
  component("memory_system", "normal", 30, percent(65, 95, 60, 95), 1.8, 1),
  component("health_monitor", "low", 5, percent(40, 50, 30, 40), 0.5, 0.8)
] as const satisfies ReadonlyArray<WorkerDefinition>

type Workload = Readonly<Required<Pick<SubmitOptions, "priority">> & Pick<SubmitOptions, "preferredWorkers">>

const workload = (priority: Priority, ...preferredWorkers: ReadonlyArray<string>): Workload =>
  preferredWorkers.length === 0 ? { priority } : { priority, preferredWorkers }

/**
 * The eight types of work, each with what its tasks are submitted with. The priority is the class of the component that
 * does such work, and that component is preferred; another takes it where that one is full or gone.
 */
const workloads = {
  arbitrage_opportunity: workload("critical", "arbitrage_engine"),
  price_update: workload("high", "price_feeds"),
  bridge_monitoring: workload("high", "bridge_monitor"),
  mev_detection: workload("high", "cross_chain_mev"),
  wallet_operation: workload("critical", "wallet_manager"),
  memory_operation: workload("normal", "memory_system"),
  health_check: workload("low", "health_monitor"),
  general: workload("normal")
} as const satisfies Readonly<Record<string, Workload>>

/** An arbitrage system of seven components. `Ballast.start({ handlers, ...presets.arbitrage.options })`. */
export const arbitrage = {
  /** Options of a runtime: its workers, its strategy, and the limits the source names. */
  options: {
    workers,
    strategy: "adaptive",
    maxQueue: 1_000,
    shedding: { from: 0.95 },
    healthInterval: "10 seconds",
    adaptation: { checkInterval: "5 seconds" }
  },
  workloads
} as const
