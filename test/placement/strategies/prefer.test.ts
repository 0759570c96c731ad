import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fitsNow, type WorkerRecord } from "../../../src/ledger/index.ts"
import type { TaskSpec } from "../../../src/model/index.ts"
import { Placement, type PlacementView, type SeekStrategy } from "../../../src/placement/index.ts"
import { hotCold } from "../../../src/placement/strategies/by-lot/hot-cold.ts"
import { p2c } from "../../../src/placement/strategies/by-lot/p2c.ts"
import { random } from "../../../src/placement/strategies/by-lot/random.ts"
import { weightedRoundRobin } from "../../../src/placement/strategies/in-turn/weighted-round-robin.ts"
import { anyPool, anyTask, record, taskSpec, viewOf, workerSpec } from "../pool.ts"

const preferred = (
  strategy: SeekStrategy,
  task: TaskSpec,
  candidates: ReadonlyArray<WorkerRecord>,
  view: PlacementView
): ReadonlyMap<string, number> => {
  const into = new Float64Array(candidates.length).fill(Number.NaN)
  strategy.prefer?.(task, candidates, view, 0, into)
  return new Map(candidates.map(({ spec }, index) => [spec.id, into[index] ?? Number.NaN]))
}

describe("what a strategy that chooses prefers", () => {
  const makers = {
    p2c: () => p2c({ choices: 8 }),
    hot_cold: () => hotCold(),
    random,
    weighted_round_robin: weightedRoundRobin
  }
  const latencies = fc.array(fc.constantFrom(undefined, 20, 22, 90, 400), { minLength: 8, maxLength: 8 })

  for (const [id, make] of Object.entries(makers)) {
    it(`is a finite number for each worker that fits (${id})`, () => {
      fc.assert(
        fc.property(anyPool(1), anyTask("t"), (workers, task) => {
          const candidates = workers.filter((worker) => fitsNow(task.requirements, worker))
          for (const value of preferred(make(), task, candidates, viewOf(workers)).values())
            expect(value).toBeGreaterThan(-1e9)
        })
      )
    })
  }

  for (const id of ["p2c", "hot_cold"] as const) {
    it(`is most of all whom it would choose of all (${id})`, () => {
      let choices = 0
      fc.assert(
        fc.property(anyPool(2), anyTask("t"), latencies, (workers, task, times) => {
          const strategy = makers[id]()
          const view = viewOf(workers)
          workers.forEach(({ spec }, at) => {
            const ms = times[at]
            if (ms !== undefined)
              strategy.ended?.({ task: taskSpec(`s${at}`), workerId: spec.id, ms, ok: true }, view, 0)
          })
          const { workerId } = new Placement({ strategy }).explain(task, view, 0)
          if (workerId === undefined) return
          choices += 1
          const values = preferred(
            strategy,
            task,
            workers.filter((worker) => fitsNow(task.requirements, worker)),
            view
          )
          expect(values.get(workerId)).toBe(Math.max(...values.values()))
        }),
        { numRuns: 400 }
      )
      expect(choices).toBeGreaterThan(100)
    })
  }

  it("is less for a worker that has just had its turn (weighted_round_robin)", () => {
    const workers = ["a", "b"].map((each) => record(workerSpec(each)))
    const view = viewOf(workers)
    const strategy = weightedRoundRobin()
    new Placement({ strategy }).propose(taskSpec("t"), view, 0)
    const values = preferred(strategy, taskSpec("u"), workers, view)
    expect(values.get("a")).toBeLessThan(values.get("b") ?? Number.NaN)
  })
})
