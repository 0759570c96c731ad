import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PerformanceBook } from "../../../../src/adaptation/index.ts"
import { fitsNow, type WorkerRecord } from "../../../../src/ledger/index.ts"
import { InvalidOptions, priorityRank, type TaskSpec } from "../../../../src/model/index.ts"
import {
  adaptive,
  affinityBased,
  composite,
  leastConnections,
  Placement,
  performanceBased,
  perType,
  roundRobin,
  type Strategy,
  type StrategyFault,
  weightedCapacity
} from "../../../../src/placement/index.ts"
import { anyKnowledge, anyPool, anyTask, ledgerOf, record, taskSpec, viewOf, workerSpec } from "../../pool.ts"

/** Scores by a table: w0 gets the first figure, and so on. */
const table = (id: string, figures: ReadonlyArray<number>): Strategy => ({
  id,
  score: (_task, { spec }) => figures[Number(spec.id.slice(1))] ?? 0
})

const figures = fc.array(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 8, maxLength: 8 })

/** The rule in its plainest form: stretch each child's figures over those that fit, add, multiply, first of the best. */
const reference = (
  children: ReadonlyArray<{ readonly figures: ReadonlyArray<number>; readonly weight: number }>,
  task: TaskSpec,
  workers: ReadonlyArray<WorkerRecord>
): string | undefined => {
  const fitting = workers.filter((worker) => fitsNow(task.requirements, worker))
  const figureOf = (worker: WorkerRecord, of: ReadonlyArray<number>) => of[Number(worker.spec.id.slice(1))] ?? 0
  const total = children.reduce((sum, { weight }) => sum + weight, 0)
  let best: string | undefined
  let most = Number.NEGATIVE_INFINITY
  for (const worker of fitting) {
    let points = 0
    for (const child of children) {
      const all = fitting.map((other) => figureOf(other, child.figures))
      const low = Math.min(...all)
      const span = Math.max(...all) - low
      points += (child.weight / total) * (span === 0 ? 100 : (100 * (figureOf(worker, child.figures) - low)) / span)
    }
    const score = points * (priorityRank[task.priority] <= 2 ? worker.spec.priorityMultiplier : 1)
    if (score > most + 1e-9) {
      most = score
      best = worker.spec.id
    }
  }
  return best
}

const propose = (strategy: Strategy, task: TaskSpec, view: ReturnType<typeof viewOf>) => {
  const faults: Array<StrategyFault> = []
  const placement = new Placement({ strategy, onFault: (fault) => void faults.push(fault) })
  return { proposal: placement.propose(task, view, 0), faults }
}

const throwing: Strategy = {
  id: "throwing",
  score: () => {
    throw new Error("out of order")
  }
}

describe("composite", () => {
  it("decides as the sum of normalised scores of those that fit", () => {
    fc.assert(
      fc.property(
        anyPool(1, 8),
        anyTask("t"),
        fc.array(fc.record({ figures, weight: fc.constantFrom(0.5, 1, 2, 7) }), { minLength: 1, maxLength: 3 }),
        (workers, task, children) => {
          const algorithms = children.map((child, index) => ({
            strategy: table(`child ${index}`, child.figures),
            weight: child.weight
          }))
          const { proposal, faults } = propose(composite({ algorithms }), task, viewOf(workers))
          expect(faults).toEqual([])
          const expected = reference(children, task, workers)
          const chosen = proposal._tag === "Worker" ? proposal.workerId : undefined
          if (chosen === expected) return
          // Sums in another order may tell two apart that are equal.
          const { candidates } = proposal.explanation
          const scoreOf = (id: string | undefined) => candidates.find(({ workerId }) => workerId === id)?.score ?? 0
          expect(scoreOf(chosen)).toBeCloseTo(scoreOf(expected), 6)
        }
      )
    )
  })

  it("with one weighted strategy decides as that alone", () => {
    fc.assert(
      fc.property(anyPool(1, 8), anyTask("t"), anyKnowledge, fc.nat({ max: 1 }), (workers, task, knowledge, which) => {
        const make = () => (which === 0 ? weightedCapacity() : performanceBased())
        const view = viewOf(workers, knowledge)
        const alone = propose(make(), task, view).proposal
        const together = propose(composite({ algorithms: [{ strategy: make(), weight: 3 }] }), task, view).proposal
        const scores = (proposal: typeof alone) =>
          proposal.explanation.candidates.map(({ score = 0 }) => Math.round(score * 1e6))
        expect(together._tag).toBe(alone._tag)
        expect(scores(together)).toEqual(scores(alone))
      })
    )
  })

  it("spreads tasks as least connections does where no part has an opinion of them", () => {
    const ledger = ledgerOf(["a", "b", "c"].map((id) => workerSpec(id)))
    const algorithms = [
      { strategy: affinityBased(), weight: 2 },
      { strategy: throwing, weight: 1 }
    ]
    const placement = new Placement({ strategy: composite({ algorithms }) })
    const chosen = Array.from({ length: 6 }, (_, at) => {
      const task = taskSpec(`t${at}`)
      ledger.accept(task, at)
      const proposal = placement.place(
        task,
        viewOf(ledger.workers.values()),
        (workerId) => {
          const placed = ledger.place(task.id, workerId, at)
          return placed.ok ? undefined : placed.refusal
        },
        at
      )
      expect(Object.keys(proposal.explanation.candidates[0]?.parts ?? {})).toEqual(["least_connections"])
      return proposal._tag === "Worker" ? proposal.workerId : undefined
    })
    expect(chosen).toEqual(["a", "b", "c", "a", "b", "c"])
  })

  it("tries each worker where a part is to, though there is so little to do that the first is always free", () => {
    const book = new PerformanceBook()
    const view = viewOf(
      ["slow", "quick"].map((id) => record(workerSpec(id))),
      { performance: book }
    )
    const algorithms = [
      { strategy: performanceBased({ trials: 2 }), weight: 2 },
      { strategy: leastConnections(), weight: 1 }
    ]
    const placement = new Placement({ strategy: composite({ algorithms }) })
    const chosen = Array.from({ length: 6 }, (_, at) => {
      const { workerId = "" } = placement.propose(taskSpec(`t${at}`), view, at).explanation
      book.record(workerId, "work", { ms: workerId === "quick" ? 10 : 100, ok: true }, at)
      return workerId
    })
    expect(chosen).toEqual(["slow", "slow", "quick", "quick", "quick", "quick"])
  })

  it("never chooses a worker that does not fit, even where no child would name one that does", () => {
    const wrong: Strategy = { id: "wrong", pick: () => "gpu-less" }
    const right: Strategy = { id: "right", score: () => 0 }
    const workers = [record(workerSpec("gpu-less")), record(workerSpec("gpu", { cuda: 1 }))]
    const algorithms = [wrong, right].map((strategy) => ({ strategy, weight: 1 }))
    const { proposal, faults } = propose(composite({ algorithms }), taskSpec("t", { cuda: 1 }), viewOf(workers))
    expect(proposal).toMatchObject({ _tag: "Worker", workerId: "gpu" })
    expect(faults).toMatchObject([{ strategy: "wrong" }])
  })

  it.each([
    ["throws", throwing],
    ["scores NaN", { id: "nan", score: () => Number.NaN }],
    ["ranks NaN", { id: "nan", rank: () => Number.NaN }],
    ["prefers the infinite", { id: "infinite", score: () => 1, prefer: (_t, _c, _v, _n, into) => into.fill(1 / 0) }],
    ["finds nobody", { id: "blind", seek: () => undefined }],
    ["picks a stranger", { id: "strange", pick: () => "nobody" }],
    ["delegates in a circle", circle()]
  ] satisfies ReadonlyArray<readonly [string, Strategy]>)("leaves out a child that %s, and reports it", (_, bad) => {
    fc.assert(
      fc.property(anyPool(1, 8), anyTask("t"), figures, (workers, task, good) => {
        const sound = { strategy: table("good", good), weight: 1 }
        const alone = propose(composite({ algorithms: [sound] }), task, viewOf(workers)).proposal
        const beside = propose(composite({ algorithms: [{ strategy: bad, weight: 5 }, sound] }), task, viewOf(workers))
        const chosen = (proposal: typeof alone) => (proposal._tag === "Worker" ? proposal.workerId : undefined)
        expect(chosen(beside.proposal)).toBe(chosen(alone))
        expect(beside.faults).toHaveLength(chosen(alone) === undefined ? 0 : 1)
        expect(beside.proposal.explanation.candidates[0]?.parts ?? {}).not.toHaveProperty(bad.id)
      })
    )
  })

  it("leaves the decision to least connections where every child is at fault", () => {
    const workers = [record(workerSpec("busy"), { slots: 2 }), record(workerSpec("free"))]
    const strategy = composite({ algorithms: [{ strategy: throwing, weight: 1 }] })
    const { proposal, faults } = propose(strategy, taskSpec("t"), viewOf(workers))
    expect(proposal).toMatchObject({ workerId: "free", explanation: { strategy: "least_connections" } })
    expect(faults).toMatchObject([{ message: "out of order" }])
  })

  it("does not count a child without an opinion", () => {
    const silent: Strategy = { id: "silent", score: () => 1, prefer: () => {} }
    const workers = ["w0", "w1"].map((id) => record(workerSpec(id)))
    const algorithms = [
      { strategy: silent, weight: 9 },
      { strategy: table("good", [0, 1]), weight: 1 }
    ]
    const { proposal, faults } = propose(composite({ algorithms }), taskSpec("t"), viewOf(workers))
    expect(proposal).toMatchObject({ workerId: "w1" })
    expect(faults).toEqual([])
    expect(propose(composite({ algorithms: algorithms.slice(0, 1) }), taskSpec("t"), viewOf(workers))).toMatchObject({
      proposal: { workerId: "w0" },
      faults: []
    })
  })

  it("explains itself with each child's part, those of the same id by number", () => {
    const workers = ["w0", "w1"].map((id) => record(workerSpec(id)))
    const algorithms = [
      { strategy: table("a", [0, 10]), weight: 3 },
      { strategy: table("a", [5, 4]), weight: 1 },
      { strategy: roundRobin(), weight: 1 }
    ]
    const { explanation } = propose(composite({ algorithms }), taskSpec("t"), viewOf(workers)).proposal
    expect(explanation).toMatchObject({
      strategy: "composite",
      workerId: "w1",
      candidates: [
        { workerId: "w0", score: 40, parts: { a: 0, "a 2": 20, round_robin: 20 } },
        { workerId: "w1", score: 60, parts: { a: 60, "a 2": 0, round_robin: 0 } }
      ]
    })
  })

  it("tells each child, and those that children leave it to, of proposals and ends once, whoever throws", () => {
    const told: Array<string> = []
    const child = (id: string): Strategy => ({
      id,
      score: () => 1,
      proposed: () => {
        told.push(`${id} proposed`)
        if (id === "a") throw new Error("cannot remember")
      },
      ended: () => {
        told.push(`${id} ended`)
        if (id === "a") throw new Error("cannot learn")
      }
    })
    const within = perType({ default: child("b"), byType: { render: child("c") } })
    const strategy = composite({ algorithms: [child("a"), within].map((each) => ({ strategy: each, weight: 1 })) })
    const faults: Array<string> = []
    const placement = new Placement({ strategy, onFault: ({ message }) => void faults.push(message) })
    const view = viewOf([record(workerSpec("w0"))])
    const task = taskSpec("t")
    placement.propose(task, view, 0)
    expect(told).toEqual(["a proposed", "b proposed"])
    told.length = 0
    placement.ended({ task, workerId: "w0", ms: 5, ok: true }, view, 5)
    expect(told).toEqual(["a ended", "b ended", "c ended"])
    expect(faults).toEqual(["a: cannot remember", "cannot learn"])
  })

  it("remembers turns through its children", () => {
    const { workers } = ledgerOf(["a", "b", "c"].map((id) => workerSpec(id)))
    const placement = new Placement({ strategy: composite({ algorithms: [{ strategy: roundRobin(), weight: 1 }] }) })
    const chosen = Array.from({ length: 6 }, (_, index) => {
      const proposal = placement.propose(taskSpec(`t${index}`), viewOf(workers.values()), 0)
      return proposal._tag === "Worker" ? proposal.workerId : undefined
    })
    expect(chosen).toEqual(["a", "b", "c", "a", "b", "c"])
  })

  it("refuses weights that are none, and having no parts", () => {
    const of = (weight: number) => () => composite({ algorithms: [{ strategy: leastConnections(), weight }] })
    for (const weight of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) expect(of(weight)).toThrow(InvalidOptions)
    expect(() => composite({ algorithms: [] })).toThrow(InvalidOptions)
  })
})

describe("adaptive", () => {
  const workers = ["w0", "w1"].map((id) => record(workerSpec(id)))
  const decidedBy = (task: TaskSpec, strategy: Strategy = adaptive()): string =>
    propose(strategy, task, viewOf(workers)).proposal.explanation.strategy

  it("chooses by the priority of the task", () => {
    expect(decidedBy(taskSpec("t", { priority: "critical" }))).toContain("performance_based")
    expect(decidedBy(taskSpec("t", { priority: "high" }))).toContain("performance_and_resources")
    for (const priority of ["normal", "low", "minimal"] as const) {
      expect(decidedBy(taskSpec("t", { priority }))).toContain("least_connections")
    }
  })

  it("takes strategies of one's own for each", () => {
    const own = adaptive({ critical: table("own", [0, 1]) })
    expect(decidedBy(taskSpec("t", { priority: "critical" }), own)).toContain("own")
  })

  it("decides normal tasks as least connections does", () => {
    fc.assert(
      fc.property(anyPool(0, 8), fc.array(anyTask("t"), { maxLength: 6 }), (pool, tasks) => {
        const alone = new Placement({ strategy: leastConnections() })
        const within = new Placement({ strategy: adaptive() })
        for (const { priority: _, ...task } of tasks) {
          const normal: TaskSpec = { ...task, priority: "normal" }
          const expected = alone.propose(normal, viewOf(pool), 0)
          const proposal = within.propose(normal, viewOf(pool), 0)
          expect(proposal._tag).toBe(expected._tag)
          expect(proposal.explanation.workerId).toBe(expected.explanation.workerId)
        }
      })
    )
  })

  it("gives high tasks to the worker with more left where performance is the same", () => {
    const pool = [record(workerSpec("w0", { memory: 8 }), { memory: 7 }), record(workerSpec("w1", { memory: 8 }))]
    const { proposal } = propose(adaptive(), taskSpec("t", { priority: "high", memory: 1 }), viewOf(pool))
    expect(proposal).toMatchObject({ workerId: "w1" })
  })
})

describe("a strategy per type", () => {
  const strategy = perType({ default: table("usual", [1, 0]), byType: { render: table("for render", [0, 1]) } })
  const view = viewOf(["w0", "w1"].map((id) => record(workerSpec(id))))

  it("decides by the type of the task, and says so", () => {
    const chosen = (type: string) => propose(strategy, taskSpec("t", { type }), view).proposal.explanation
    expect(chosen("render")).toMatchObject({ workerId: "w1" })
    expect(chosen("resize")).toMatchObject({ workerId: "w0" })
    expect(chosen("constructor")).toMatchObject({ workerId: "w0" })
  })
})

function circle(): Strategy {
  const delegates: Array<Strategy> = []
  const round: Strategy = { id: "round", delegates, delegate: () => round }
  delegates.push(round)
  return round
}
