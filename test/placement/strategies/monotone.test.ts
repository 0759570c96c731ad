import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { WorkerRecord } from "../../../src/ledger/index.ts"
import type { Milli, TaskSpec } from "../../../src/model/index.ts"
import { toMilli } from "../../../src/model/index.ts"
import { Placement, type PlacementView, type Strategy } from "../../../src/placement/index.ts"
import { leastConnections } from "../../../src/placement/strategies/by-load/least-connections.ts"
import { resourceBased } from "../../../src/placement/strategies/by-load/resource-based.ts"
import { hotCold } from "../../../src/placement/strategies/by-lot/hot-cold.ts"
import { p2c } from "../../../src/placement/strategies/by-lot/p2c.ts"
import { hardwareSpecific } from "../../../src/placement/strategies/by-speed/hardware-specific.ts"
import { leastResponseTime } from "../../../src/placement/strategies/by-speed/least-response-time.ts"
import { peakEwma } from "../../../src/placement/strategies/by-speed/peak-ewma.ts"
import { predictive } from "../../../src/placement/strategies/by-speed/predictive.ts"
import { priorityBased } from "../../../src/placement/strategies/by-speed/priority-based.ts"
import { anyKnowledge, anyPool, anyTask, known, viewOf } from "../pool.ts"

/** Each of them prefers what is less loaded. Those that draw by lot draw all workers here: else the draw decides. */
const loadPolicies: Readonly<Record<string, () => Strategy>> = {
  least_connections: leastConnections,
  least_response_time: leastResponseTime,
  priority_based: priorityBased,
  resource_based: resourceBased,
  predictive,
  hardware_specific: hardwareSpecific,
  p2c: () => p2c({ choices: 8 }),
  peak_ewma: peakEwma,
  hot_cold: hotCold
}

const chosenBy = (strategy: Strategy, task: TaskSpec, view: PlacementView): string | undefined => {
  const { workerId, fault } = new Placement({ strategy }).explain(task, view, 0)
  expect(fault).toBeUndefined()
  return workerId
}

const more = (used: Milli, limit: Milli): Milli => toMilli(Math.min(used + 500, limit) / 1000)

const busier = (worker: WorkerRecord): WorkerRecord => {
  const { resources, slots } = worker.spec.limits
  return {
    ...worker,
    slots: Math.min(worker.slots + 1, slots),
    used: {
      ...worker.used,
      cpu: more(worker.used.cpu, resources.cpu),
      memory: more(worker.used.memory, resources.memory)
    }
  }
}

describe("a strategy that goes by load", () => {
  for (const [id, make] of Object.entries(loadPolicies)) {
    it(`never prefers a worker because it got more to do (${id})`, () => {
      let moved = 0
      fc.assert(
        fc.property(anyPool(2), anyTask("t"), anyKnowledge, (workers, task, knows) => {
          const chosen = chosenBy(make(), task, viewOf(workers, knows))
          for (const { spec } of workers) {
            if (spec.id === chosen) continue
            const loaded = workers.map((worker) => (worker.spec.id === spec.id ? busier(worker) : worker))
            expect(chosenBy(make(), task, viewOf(loaded, knows))).not.toBe(spec.id)
          }
          const loaded = workers.map((worker) => (worker.spec.id === chosen ? busier(worker) : worker))
          if (chosenBy(make(), task, viewOf(loaded, knows)) !== chosen) moved += 1
        }),
        { numRuns: 300 }
      )
      expect(moved).toBeGreaterThan(10)
    })

    it(`decides the same when every duration is scaled, and whatever the workers are called (${id})`, () => {
      fc.assert(
        fc.property(
          anyPool(2),
          anyTask("t"),
          anyKnowledge,
          fc.constantFrom(0.25, 8, 1024),
          (workers, task, knows, c) => {
            const plain = chosenBy(make(), task, viewOf(workers, knows))
            const scaled = (found: ReturnType<PlacementView["performance"]["worker"]>) =>
              found && { ...found, meanMs: found.meanMs * c }
            const performance: PlacementView["performance"] = {
              of: (workerId, type) => scaled(knows.performance.of(workerId, type)),
              worker: (workerId) => scaled(knows.performance.worker(workerId))
            }
            expect(chosenBy(make(), task, viewOf(workers, { ...knows, performance }))).toBe(plain)

            const old = (workerId: string): string => workerId.replace("renamed ", "")
            const renamed = workers.map((worker) => ({
              ...worker,
              spec: { ...worker.spec, id: `renamed ${worker.spec.id}` }
            }))
            const sameOf = {
              performance: {
                of: (workerId: string, type: string) => knows.performance.of(old(workerId), type),
                worker: (workerId: string) => knows.performance.worker(old(workerId))
              },
              health: { of: (workerId: string) => knows.health.of(old(workerId)) }
            }
            const other = chosenBy(make(), task, viewOf(renamed, sameOf))
            expect(other && old(other)).toBe(plain)
          }
        )
      )
    })

    it(`survives statistics that are missing, negative or no numbers (${id})`, () => {
      const odd = fc.constantFrom(Number.NaN, -5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 3)
      fc.assert(
        fc.property(
          anyPool(1),
          anyTask("t"),
          odd,
          odd,
          odd,
          odd,
          (workers, task, runs, successRate, meanMs, figure) => {
            const strategy = make()
            const byWorker = Object.fromEntries(workers.map(({ spec }) => [spec.id, { runs, successRate, meanMs }]))
            const view: PlacementView = {
              workers,
              performance: known(byWorker),
              health: { of: () => figure },
              forecast: { of: () => figure },
              times: {
                runs: 1,
                meanWorkMs: figure,
                workMs: () => figure,
                workQuantile: () => figure,
                remainingWorkMs: () => figure,
                speedOf: () => figure,
                speedAtMost: () => 1
              }
            }
            for (const { spec } of workers) {
              strategy.ended?.({ task, workerId: spec.id, ms: figure, ok: runs !== 3 }, view, 5)
            }
            const chosen = chosenBy(strategy, task, view)
            const plain = chosenBy(leastConnections(), task, view)
            expect(chosen === undefined).toBe(plain === undefined)
          }
        )
      )
    })
  }
})
