import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { WorkerRecord } from "../../../src/ledger/index.ts"
import type { WorkerId } from "../../../src/model/index.ts"
import {
  type Factor,
  Placement,
  Pool,
  performanceBased,
  type WeightedStrategy,
  weightedCapacity
} from "../../../src/placement/index.ts"
import { anyRecord, anyTask, known, record, taskSpec, viewOf, workerSpec } from "../pool.ts"

const ids = 14

/** What was learned of each worker, as figures of all sorts. */
type Learned = Map<WorkerId, number>

const anyFigure = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 30 }) },
  { weight: 1, arbitrary: fc.constantFrom(Number.NaN, 0, -3, Number.POSITIVE_INFINITY, 120) }
)

const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.nat(ids).chain((at) => anyRecord(`w${at}`).map((worker) => ({ kind: "set" as const, worker })))
  },
  { weight: 1, arbitrary: fc.nat(ids).map((at) => ({ kind: "remove" as const, id: `w${at}` })) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("learn" as const), at: fc.nat(ids), figure: anyFigure }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("ask" as const),
      task: anyTask("t"),
      refused: fc.subarray(["w0", "w1", "w2", "w3"], { maxLength: 2 })
    })
  }
)

const figureOf = (learned: Learned, { spec }: WorkerRecord): number => learned.get(spec.id) ?? 10

/** One of every kind of factor, kept and filled. */
const everyKind = (learned: Learned): WeightedStrategy => {
  const of = (_task: unknown, worker: WorkerRecord): number => figureOf(learned, worker)
  const factors: ReadonlyArray<Factor> = [
    { name: "points", weight: 2, kind: "column", scale: "points", of },
    { name: "less", weight: 3, kind: "column", scale: "less", of },
    { name: "more", weight: 1, kind: "column", scale: "more", of },
    { name: "capacity", weight: 2, kind: "capacity", of },
    {
      name: "filled",
      weight: 1,
      kind: "column",
      fill: (_task, { workers }, column) => {
        workers.forEach((worker, index) => {
          column[index] = figureOf(learned, worker)
        })
      }
    },
    { name: "slots", weight: 1, kind: "slots" },
    { name: "headroom", weight: 1, kind: "headroom" }
  ]
  return {
    id: "every kind",
    factors,
    classOf: ({ type }) => type,
    trialsOf: (_task, worker) => (figureOf(learned, worker) === 7 ? 2 : 0)
  }
}

describe("weighing by what is kept of a pool", () => {
  for (const make of [everyKind, () => weightedCapacity(), () => performanceBased()]) {
    it(`comes to what weighing all anew comes to, to the bit (${make(new Map()).id})`, () => {
      fc.assert(
        fc.property(fc.array(anyStep, { minLength: 10, maxLength: 120 }), (steps) => {
          const learned: Learned = new Map()
          const performance = known({})
          const of = (workerId: WorkerId) => {
            const figure = learned.get(workerId)
            return figure === undefined ? undefined : { runs: Math.abs(figure), successRate: 0.9, meanMs: figure }
          }
          const pool = new Pool()
          const members = new Map<WorkerId, WorkerRecord>()
          const kept = new Placement({ strategy: make(learned), explainUpTo: 0 })
          const anew = new Placement({ strategy: make(learned), explainUpTo: 0 })
          for (const step of steps) {
            if (step.kind === "set") {
              pool.changed(step.worker)
              members.set(step.worker.spec.id, step.worker)
            } else if (step.kind === "remove") {
              pool.removed(step.id)
              members.delete(step.id)
            } else if (step.kind === "learn") {
              learned.set(`w${step.at}`, step.figure)
              pool.learned(`w${step.at}`)
            } else {
              const view = { ...viewOf(members.values()), performance: { ...performance, of, worker: of } }
              const refused = new Set(step.refused)
              const expected = anew.propose(step.task, view, 0, refused)
              expect(kept.propose(step.task, { ...view, pool }, 0, refused)).toEqual(expected)
            }
          }
        }),
        { numRuns: 250 }
      )
    })
  }

  it("asks again only of workers that have changed", () => {
    const asked: Array<WorkerId> = []
    const strategy: WeightedStrategy = {
      id: "counts",
      factors: [
        {
          name: "figure",
          weight: 1,
          kind: "column",
          scale: "less",
          of: (_task, { spec }) => {
            asked.push(spec.id)
            return Number(spec.id.slice(1)) + 1
          }
        }
      ]
    }
    const workers = Array.from({ length: 100 }, (_, at) => record(workerSpec(`w${at}`)))
    const pool = new Pool(workers)
    const placement = new Placement({ strategy })
    const propose = () => placement.propose(taskSpec("t"), { ...viewOf(workers), pool }, 0).explanation.workerId
    expect(propose()).toBe("w0")
    expect(asked.length).toBe(100)
    asked.length = 0
    pool.changed(record(workerSpec("w0"), { slots: 4 }))
    pool.learned("w70")
    expect(propose()).toBe("w1")
    expect(asked.toSorted()).toEqual(["w0", "w70"])
  })
})

describe("a very large pool", () => {
  const workers = Array.from({ length: 4_000 }, (_, at) => record(workerSpec(`w${at}`, { weight: 1 + (at % 97) })))

  it("is scored in samples that go round, so that every worker comes up, and the explanation says so", () => {
    const pool = new Pool(workers)
    const placement = new Placement({ strategy: "weighted_capacity" })
    const view = { ...viewOf(workers), pool }
    const seen = new Set<WorkerId>()
    const chosen: Array<WorkerId | undefined> = []
    for (let turn = 0; turn < 20; turn += 1) {
      const { explanation } = placement.propose(taskSpec(`t${turn}`), view, 0)
      expect(explanation.sampled).toEqual({ scored: 720, fitting: 4_000 })
      chosen.push(explanation.workerId)
      if (explanation.workerId !== undefined) seen.add(explanation.workerId)
    }
    expect(chosen[0]).toBe("w96")
    expect(chosen[1]).toBe("w775")
    expect(seen.size).toBeGreaterThan(5)
  })

  it("is sampled alike however often it is asked before something is placed, and where all is to be explained", () => {
    const pool = new Pool(workers)
    const placement = new Placement({ strategy: "weighted_capacity" })
    const view = { ...viewOf(workers), pool }
    placement.propose(taskSpec("a"), view, 0)
    const explained = placement.explain(taskSpec("b"), view, 0)
    expect(explained.workerId).toBe("w775")
    expect(explained.candidates.length).toBe(4_000)
    expect(placement.explain(taskSpec("b"), view, 0).workerId).toBe("w775")
    expect(placement.propose(taskSpec("b"), view, 0).explanation.workerId).toBe("w775")
  })

  it("is scored whole where no more than a thousand fit", () => {
    const some = workers.map((worker, at) => (at % 5 === 0 ? worker : { ...worker, phase: "draining" as const }))
    const placement = new Placement({ strategy: "weighted_capacity" })
    const { explanation } = placement.propose(taskSpec("t"), { ...viewOf(some), pool: new Pool(some) }, 0)
    expect(explanation.sampled).toBeUndefined()
  })
})
