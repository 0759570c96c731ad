import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PerformanceBook } from "../../../src/adaptation/index.ts"
import type { WorkerRecord } from "../../../src/ledger/index.ts"
import type { Milli, TaskSpec } from "../../../src/model/index.ts"
import {
  type Explanation,
  Placement,
  type PlacementView,
  Pool,
  performanceBased,
  type WeightedStrategy,
  weightedCapacity
} from "../../../src/placement/index.ts"
import { allSound, anyKnowledge, anyPool, anyTask, known, record, taskSpec, viewOf, workerSpec } from "../pool.ts"

const explain = (strategy: WeightedStrategy, task: TaskSpec, view: PlacementView): Explanation =>
  new Placement({ strategy }).explain(task, view, 0)

const scoresOf = ({ candidates }: Explanation): ReadonlyMap<string, number> =>
  new Map(candidates.map(({ workerId, score }) => [workerId, score ?? Number.NaN]))

/** Least connections as a strategy of one factor. */
const freeSlots: WeightedStrategy = {
  id: "free_slots",
  factors: [{ name: "free slots", weight: 1, kind: "slots" }],
  multiplied: false
}

const weighted = [freeSlots, weightedCapacity(), performanceBased()]

describe("the score of a weighted strategy", () => {
  for (const strategy of weighted) {
    it(`is finite, within 0–100 before the multiplier, and the sum of its parts (${strategy.id})`, () => {
      fc.assert(
        fc.property(anyPool(1), anyTask("t"), anyKnowledge, (workers, task, knows) => {
          for (const { score = Number.NaN, parts = {}, multiplier = 1 } of explain(
            strategy,
            task,
            viewOf(workers, knows)
          ).candidates) {
            const plain = score / multiplier
            expect(plain).toBeGreaterThanOrEqual(0)
            expect(plain).toBeLessThanOrEqual(100 + 1e-9)
            expect(Object.values(parts).reduce((sum, part) => sum + part, 0)).toBeCloseTo(plain, 6)
          }
        }),
        { numRuns: 300 }
      )
    })

    it(`does not depend on the order of the workers, which decides among equals alone (${strategy.id})`, () => {
      fc.assert(
        fc.property(
          anyPool(1).chain((workers) =>
            fc.tuple(fc.constant(workers), fc.shuffledSubarray([...workers], { minLength: workers.length }))
          ),
          anyTask("t"),
          anyKnowledge,
          ([workers, shuffled], task, knows) => {
            const one = explain(strategy, task, viewOf(workers, knows))
            const other = explain(strategy, task, viewOf(shuffled, knows))
            expect(new Map([...scoresOf(other)].toSorted())).toEqual(new Map([...scoresOf(one)].toSorted()))
            const highest = Math.max(...scoresOf(other).values())
            const first = shuffled.find(({ spec }) => scoresOf(other).get(spec.id) === highest)
            expect(other.workerId).toBe(first?.spec.id)
          }
        ),
        { numRuns: 300 }
      )
    })

    it(`leaves a factor of weight 0 out (${strategy.id})`, () => {
      fc.assert(
        fc.property(anyPool(1), anyTask("t"), anyKnowledge, (workers, task, knows) => {
          const mute: WeightedStrategy = {
            ...strategy,
            factors: [
              ...strategy.factors,
              { name: "noise", weight: 0, kind: "column", fill: (_task, _view, column) => column.fill(50) },
              { name: "more noise", weight: 0, kind: "headroom" }
            ]
          }
          const view = viewOf(workers, knows)
          const { candidates, workerId } = explain(strategy, task, view)
          expect(explain(mute, task, view)).toMatchObject({ candidates, workerId })
        })
      )
    })

    it(`never prefers a worker because it got more to do (${strategy.id})`, () => {
      fc.assert(
        fc.property(anyPool(1), anyTask("t"), anyKnowledge, fc.nat(), (workers, task, knows, at) => {
          const index = at % workers.length
          const busier = workers.map((worker, place) =>
            place === index ? { ...worker, slots: Math.min(worker.slots + 1, worker.spec.limits.slots) } : worker
          )
          const before = explain(strategy, task, viewOf(workers, knows))
          const after = explain(strategy, task, viewOf(busier, knows))
          if (after.workerId === workers[index]?.spec.id) expect(before.workerId).toBe(after.workerId)
        }),
        { numRuns: 300 }
      )
    })
  }

  it("never finds a worker fit because its capacity was lowered", () => {
    const smaller = (worker: WorkerRecord): WorkerRecord => ({
      ...worker,
      spec: {
        ...worker.spec,
        limits: {
          ...worker.spec.limits,
          slots: worker.spec.limits.slots - 1,
          resources: { ...worker.spec.limits.resources, cpu: half(worker.spec.limits.resources.cpu) }
        }
      }
    })
    fc.assert(
      fc.property(anyPool(1), anyTask("t"), anyKnowledge, (workers, task, knows) => {
        const before = scoresOf(explain(weightedCapacity(), task, viewOf(workers, knows)))
        const after = scoresOf(explain(weightedCapacity(), task, viewOf(workers.map(smaller), knows)))
        for (const workerId of after.keys()) expect(before.has(workerId)).toBe(true)
      })
    )
  })

  it("is multiplied by the worker's priority multiplier for critical and high tasks alone", () => {
    const view = viewOf([record(workerSpec("first")), record(workerSpec("apt", { priorityMultiplier: 1.5 }))])
    const chosen = (priority: TaskSpec["priority"]): string | undefined =>
      explain(weightedCapacity(), taskSpec("t", { priority }), view).workerId
    expect((["critical", "high", "normal", "low", "minimal"] as const).map(chosen)).toEqual([
      "apt",
      "apt",
      "first",
      "first",
      "first"
    ])
  })

  it("stays the same when every duration is scaled", () => {
    fc.assert(
      fc.property(anyPool(1), anyTask("t"), anyKnowledge, fc.constantFrom(0.25, 8, 1024), (workers, task, knows, c) => {
        const scaled: PlacementView["performance"] = {
          of: (workerId, type) => {
            const found = knows.performance.of(workerId, type)
            return found && { ...found, meanMs: found.meanMs * c }
          },
          worker: (workerId) => {
            const found = knows.performance.worker(workerId)
            return found && { ...found, meanMs: found.meanMs * c }
          }
        }
        for (const strategy of weighted) {
          const plain = explain(strategy, task, viewOf(workers, knows))
          expect(explain(strategy, task, viewOf(workers, { ...knows, performance: scaled }))).toEqual(plain)
        }
      })
    )
  })

  it("survives statistics that are missing, negative or no numbers", () => {
    const odd = fc.constantFrom(Number.NaN, -5, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 3)
    fc.assert(
      fc.property(anyPool(1), anyTask("t"), odd, odd, odd, odd, (workers, task, runs, successRate, meanMs, health) => {
        const view = {
          workers,
          performance: known(Object.fromEntries(workers.map(({ spec }) => [spec.id, { runs, successRate, meanMs }]))),
          health: { of: () => health }
        }
        for (const strategy of weighted) {
          const { fault, candidates, workerId } = explain(strategy, task, view)
          expect(fault).toBeUndefined()
          expect(workerId === undefined).toBe(candidates.length === 0)
          for (const { score } of candidates) expect(Number.isFinite(score)).toBe(true)
        }
      })
    )
  })
})

describe("weighted capacity", () => {
  const lone = (one: WorkerRecord, other: WorkerRecord, view: Partial<PlacementView> = {}): string | undefined =>
    explain(weightedCapacity(), taskSpec("t"), { ...viewOf([one, other]), health: allSound, ...view }).workerId

  it("prefers the bigger, the freer, the sounder and the faster worker, all else being equal", () => {
    const plain = record(workerSpec("plain"))
    expect(lone(plain, record(workerSpec("strong", { weight: 2 })))).toBe("strong")
    expect(lone(plain, record(workerSpec("roomy", { slots: 8 })))).toBe("roomy")
    expect(lone(record(workerSpec("loaded", { cpu: 4 }), { cpu: 2 }), plain)).toBe("plain")
    expect(lone(plain, record(workerSpec("sound")), { health: { of: (id) => (id === "plain" ? 0.5 : 1) } })).toBe(
      "sound"
    )
    const performance = known({ plain: { meanMs: 200 }, quick: { meanMs: 100 } })
    expect(lone(plain, record(workerSpec("quick")), { performance })).toBe("quick")
  })

  it("neither favours nor punishes a worker of which nothing is known", () => {
    const workers = ["slow", "new", "quick"].map((id) => record(workerSpec(id)))
    const performance = known({ slow: { meanMs: 200 }, quick: { meanMs: 100 } })
    const { candidates } = explain(weightedCapacity(), taskSpec("t"), { ...viewOf(workers), performance })
    expect(candidates.map(({ parts }) => parts?.["response time"])).toEqual([10, 15, 20])
  })
})

describe("performance-based", () => {
  const workers = ["slow", "failing", "good"].map((id) => record(workerSpec(id)))
  const performance = known({
    slow: { meanMs: 400 },
    failing: { successRate: 0.2 },
    good: {}
  })

  it("prefers the worker that does this type of task best", () => {
    expect(explain(performanceBased(), taskSpec("t"), { ...viewOf(workers), performance }).workerId).toBe("good")
  })

  it("tells one type of task from another", () => {
    const view = viewOf(workers.slice(0, 2), {
      performance: {
        ...performance,
        of: (workerId, type) =>
          known({ slow: { meanMs: type === "render" ? 10 : 400 }, failing: { meanMs: 100 } }).of(workerId, type)
      }
    })
    expect(explain(performanceBased(), taskSpec("t", { type: "render" }), view).workerId).toBe("slow")
    expect(explain(performanceBased(), taskSpec("t", { type: "resize" }), view).workerId).toBe("failing")
  })

  it("tries each worker, though there is so little to do that the first is always free", () => {
    const workers = ["slow", "quick", "slow too"].map((id) => record(workerSpec(id)))
    const strategy = performanceBased({ trials: 2 })
    for (const pool of [undefined, new Pool(workers)]) {
      const book = new PerformanceBook()
      const placement = new Placement({ strategy, explainUpTo: 0 })
      const view = { ...viewOf(workers, { performance: book }), ...(pool !== undefined && { pool }) }
      const chosen = Array.from({ length: 9 }, (_, at) => {
        const task = taskSpec(`t${at}`)
        const { workerId = "" } = placement.propose(task, view, at).explanation
        book.record(workerId, task.type, { ms: workerId === "quick" ? 10 : 100, ok: true }, at)
        placement.ended({ task, workerId, ms: 1, ok: true }, view, at)
        return workerId
      })
      expect(chosen.slice(0, 6)).toEqual(["slow", "slow", "quick", "quick", "slow too", "slow too"])
      expect(new Set(chosen.slice(6))).toEqual(new Set(["quick"]))
    }
  })

  it("tries an unknown worker, but with no more tasks at once than the trials it owes", () => {
    const newcomer = record(workerSpec("new", { slots: 100 }))
    const view = (slots: number, runs: number): PlacementView => ({
      ...viewOf([...workers, { ...newcomer, slots }]),
      performance: {
        ...performance,
        of: (workerId, type) =>
          workerId === "new" ? { runs, successRate: 0, meanMs: 1_000 } : performance.of(workerId, type)
      }
    })
    const chosen = (slots: number, runs: number, priority: TaskSpec["priority"] = "normal"): string | undefined =>
      explain(performanceBased(), taskSpec("t", { priority }), view(slots, runs)).workerId
    expect([0, 1, 2].map((slots) => chosen(slots, 0))).toEqual(["new", "new", "new"])
    expect(chosen(3, 0)).not.toBe("new")
    expect(chosen(1, 2)).not.toBe("new")
    expect(chosen(0, 0, "critical")).not.toBe("new")
  })
})

const half = (milli: Milli): Milli => {
  const { limits } = workerSpec("half", { cpu: milli / 2_000 })
  return limits.resources.cpu
}
