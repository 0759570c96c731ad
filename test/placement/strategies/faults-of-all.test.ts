import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { strategyFaults } from "../../../actors/simulation/swarm/action.ts"
import { StrategyFaults } from "../../../actors/simulation/swarm/strategy-faults.ts"
import {
  type SwarmStrategy,
  swarmStrategies,
  swarmStrategy
} from "../../../actors/simulation/swarm/swarm-strategies.ts"
import { fitsNow } from "../../../src/ledger/index.ts"
import { Placement, type PlacementView, Pool } from "../../../src/placement/index.ts"
import { anyKnowledge, anyPool, anyTasks, viewOf } from "../pool.ts"

const chosenWell = (
  placement: Placement,
  view: PlacementView,
  tasks: Parameters<Placement["proposeBatch"]>[0]
): void => {
  const byId = new Map(view.workers.map((worker) => [worker.spec.id, worker]))
  for (const task of tasks) {
    const somebodyFits = view.workers.some((worker) => fitsNow(task.requirements, worker))
    const proposal = placement.propose(task, view, 0)
    expect(proposal._tag === "Worker").toBe(somebodyFits)
    const worker = proposal._tag === "Worker" ? byId.get(proposal.workerId) : undefined
    if (worker !== undefined) expect(fitsNow(task.requirements, worker)).toBe(true)
    if (worker !== undefined) {
      placement.ended({ task, workerId: worker.spec.id, ms: 5, ok: true, acceptedAt: 0 }, view, 5)
    }
  }
}

describe.each(swarmStrategies.map((name): readonly [SwarmStrategy] => [name]))("%s", (name) => {
  it("whatever it does wrong, a task that fits somewhere is placed where it fits, and the fault is reported", () => {
    fc.assert(
      fc.property(
        anyPool(0, 6),
        anyTasks(4),
        anyKnowledge,
        fc.constantFrom(...strategyFaults),
        fc.integer({ min: 1, max: 12 }),
        fc.boolean(),
        (workers, tasks, knowledge, how, times, pooled) => {
          const strategy = swarmStrategy(name, 1)
          const placement = new Placement({ strategy })
          const faults = new StrategyFaults(strategy)
          const view = { ...viewOf(workers, knowledge), ...(pooled && { pool: new Pool(workers) }) }
          chosenWell(placement, view, tasks)
          faults.begin(how, times)
          chosenWell(placement, view, tasks)
          faults.end()
          chosenWell(placement, view, tasks)
        }
      ),
      { numRuns: 60 }
    )
  })

  it("reports a fault by its own name or that of a part", () => {
    const told: Array<string> = []
    const strategy = swarmStrategy(name, 1)
    const placement = new Placement({ strategy, onFault: ({ message }) => void told.push(message) })
    new StrategyFaults(strategy).begin("throws", 1)
    fc.assert(
      fc.property(anyPool(3, 3), anyTasks(2), (workers, tasks) => {
        for (const task of tasks) placement.propose(task, viewOf(workers), 0)
      }),
      { numRuns: 20 }
    )
    expect(told.join()).toMatch(/a fault of the strategy/)
  })
})
