import { describe, expect, it } from "vitest"
import { presets } from "../../actors/index.ts"
import {
  optionProblems,
  problemsOf,
  SubmitOptions,
  toTaskSpec,
  toWorkerSpec,
  WorkerDefinition
} from "../../src/config/index.ts"
import { type Priority, priorities } from "../../src/model/index.ts"
import { Placement, type Strategy } from "../../src/placement/index.ts"
import { ledgerOf, viewOf } from "../placement/pool.ts"

const { options, workloads } = presets.arbitrage
const machine = { cores: 8, memoryGiB: 70, storageGiB: 700, hostname: "here", nodeVersion: "24.0.0" }
const specs = options.workers.map((worker) => toWorkerSpec(worker, worker.id, machine, options.workers.length))

describe("the preset of seven components (B4)", () => {
  it.each([
    ["arbitrage_engine", "critical", 20, [90, 85, 85, 80], 3.0, 1.5],
    ["bridge_monitor", "high", 15, [70, 80, 85, 60], 2.0, 1.2],
    ["cross_chain_mev", "high", 12, [85, 85, 90, 75], 2.5, 1.3],
    ["price_feeds", "high", 25, [80, 90, 95, 90], 2.0, 1.1],
    ["wallet_manager", "critical", 8, [60, 70, 50, 50], 1.5, 2.0],
    ["memory_system", "normal", 30, [65, 95, 60, 95], 1.8, 1.0],
    ["health_monitor", "low", 5, [40, 50, 30, 40], 0.5, 0.8]
  ])(
    "%s is %s and takes %d tasks",
    (id, priority, tasks, [cpu = 0, memory = 0, network = 0, storage = 0], weight, multiplier) => {
      const spec = specs.find((worker) => worker.id === id)
      expect(spec).toMatchObject({
        limits: { slots: tasks },
        ceilings: { cpu: cpu / 100, memory: memory / 100, network: network / 100, storage: storage / 100 },
        capabilities: { labels: { component: id, class: priority } },
        weight,
        priorityMultiplier: multiplier
      })
      // A seventh of the machine each, and of that no more than the ceilings.
      expect(spec?.limits.resources).toEqual({
        cpu: 10 * cpu,
        memory: 100 * memory,
        network: 10_000 * network,
        storage: 1_000 * storage
      })
    }
  )

  it("is made of options and definitions that a runtime takes", () => {
    expect(optionProblems({ handlers: "handlers.ts", ...options })).toEqual([])
    for (const worker of options.workers) expect(problemsOf(WorkerDefinition, worker, "", {})).toEqual([])
    expect(options.workers).toHaveLength(7)
  })

  it("has eight types of work, whose settings a submit takes, for components that are there", () => {
    expect(Object.keys(workloads)).toEqual([
      "arbitrage_opportunity",
      "price_update",
      "bridge_monitoring",
      "mev_detection",
      "wallet_operation",
      "memory_operation",
      "health_check",
      "general"
    ])
    const ids: ReadonlyArray<string> = options.workers.map(({ id }) => id)
    for (const { priority, preferredWorkers = [] } of Object.values(workloads)) {
      expect(problemsOf(SubmitOptions, { priority, preferredWorkers }, "", {})).toEqual([])
      for (const id of preferredWorkers) {
        expect(ids).toContain(id)
        expect(options.workers.find((worker) => worker.id === id)?.capabilities.labels.class).toBe(priority)
      }
    }
  })

  const strategies: ReadonlyArray<Strategy> = [
    { id: "alike", score: () => 10 },
    { id: "in parts", score: () => ({ one: 4, other: 6 }) },
    {
      id: "factors",
      factors: [{ name: "same", kind: "column", weight: 1, fill: (_task, _view, column) => column.fill(50) }]
    }
  ]
  const placedBy = (strategy: Strategy, priority: Priority) => {
    const ledger = ledgerOf(specs)
    const task = toTaskSpec("t", "general", undefined, { priority }, 0)
    const proposal = new Placement({ strategy }).propose(task, viewOf([...ledger.workers.values()]), 0)
    return proposal._tag === "Worker" ? proposal.workerId : undefined
  }

  for (const strategy of strategies) {
    it(`multiplies the score of critical and high tasks alone (${strategy.id})`, () => {
      const chosen = Object.fromEntries(priorities.map((priority) => [priority, placedBy(strategy, priority)]))
      expect(chosen).toEqual({
        critical: "wallet_manager",
        high: "wallet_manager",
        normal: "arbitrage_engine",
        low: "arbitrage_engine",
        minimal: "arbitrage_engine"
      })
    })
  }
})
