import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fitsNow, type WorkerRecord } from "../../../src/ledger/index.ts"
import type { TaskSpec, WorkerId } from "../../../src/model/index.ts"
import {
  Placement,
  type PlacementView,
  Pool,
  type RankStrategy,
  type Strategy,
  type WeightedStrategy
} from "../../../src/placement/index.ts"
import { anyRecord, anyTask, record, taskSpec, viewOf, workerSpec } from "../pool.ts"

const ids = 12

const anyChange = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.nat(ids).chain((at) => anyRecord(`w${at}`).map((worker) => ({ kind: "set" as const, worker })))
  },
  { weight: 1, arbitrary: fc.nat(ids).map((at) => ({ kind: "remove" as const, id: `w${at}` })) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("ask" as const),
      task: anyTask("t"),
      refused: fc.subarray(
        Array.from({ length: ids }, (_, at) => `w${at}`),
        { maxLength: 3 }
      )
    })
  }
)

/** Few different ranks, so that there are equals; some below zero. */
const free: RankStrategy["rank"] = (_task, { slots, spec }) => Math.round((3 * slots) / spec.limits.slots) - 2

/** By looking at each: the best, of equals the first that joined after the one chosen last, or else the first. */
class Reference {
  readonly members = new Map<WorkerId, { readonly worker: WorkerRecord; readonly join: number }>()
  readonly #strategy: RankStrategy
  #joins = 0
  #turn = 0

  constructor(strategy: RankStrategy) {
    this.#strategy = strategy
  }

  set(worker: WorkerRecord): void {
    const join = this.members.get(worker.spec.id)?.join
    if (join === undefined) this.#joins += 1
    this.members.set(worker.spec.id, { worker, join: join ?? this.#joins })
  }

  get workers(): ReadonlyArray<WorkerRecord> {
    return [...this.members.values()].map(({ worker }) => worker)
  }

  choose(task: TaskSpec, refused: ReadonlySet<WorkerId>, view: PlacementView): WorkerId | undefined {
    const urgent = (task.priority === "critical" || task.priority === "high") && this.#strategy.multiplied !== false
    const scored = [...this.members.values()]
      .filter(({ worker }) => fitsNow(task.requirements, worker) && !refused.has(worker.spec.id))
      .map(({ worker, join }) => {
        const rank = this.#strategy.rank(task, worker, view, 0)
        const multiplier = urgent ? worker.spec.priorityMultiplier : 1
        return { id: worker.spec.id, join, rank: rank < 0 ? rank / multiplier : rank * multiplier }
      })
    const highest = Math.max(...scored.map(({ rank }) => rank))
    const equals = scored.filter(({ rank }) => rank === highest).toSorted((a, b) => a.join - b.join)
    const due = this.#strategy.ties === "turn" ? equals.find(({ join }) => join > this.#turn) : undefined
    const chosen = due ?? equals[0]
    if (chosen !== undefined) this.#turn = chosen.join
    return chosen?.id
  }
}

describe("a strategy that ranks", () => {
  it("chooses what looking at each chooses, however members, loads and the tasks asked about change", () => {
    fc.assert(
      fc.property(
        fc.array(anyChange, { minLength: 5, maxLength: 150 }),
        fc.constantFrom("first" as const, "turn" as const),
        fc.boolean(),
        fc.boolean(),
        (steps, ties, multiplied, complete) => {
          const strategy: RankStrategy = { id: "free", ties, multiplied, rank: free, classOf: ({ type }) => type }
          const reference = new Reference(strategy)
          const placement = new Placement({ strategy, explainUpTo: complete ? 100 : 0 })
          const pool = new Pool()
          for (const step of steps) {
            if (step.kind === "set") {
              pool.changed(step.worker)
              reference.set(step.worker)
            } else if (step.kind === "remove") {
              pool.removed(step.id)
              reference.members.delete(step.id)
            } else {
              const view = { ...viewOf(reference.workers), pool }
              const refused = new Set(step.refused)
              const { explanation } = placement.propose(step.task, view, 0, refused)
              expect(explanation.fault).toBeUndefined()
              expect(explanation.workerId).toBe(reference.choose(step.task, refused, view))
            }
          }
          expect(pool.size).toBe(reference.members.size)
        }
      ),
      { numRuns: 400 }
    )
  })

  it("finds the same on the quick way, which changes nothing", () => {
    fc.assert(
      fc.property(fc.array(anyChange, { minLength: 5, maxLength: 80 }), (steps) => {
        const placement = new Placement({ strategy: { id: "free", ties: "turn", rank: free }, explainUpTo: 0 })
        const pool = new Pool()
        const members = new Map<WorkerId, WorkerRecord>()
        for (const step of steps) {
          if (step.kind === "set") {
            pool.changed(step.worker)
            members.set(step.worker.spec.id, step.worker)
          } else if (step.kind === "remove") {
            pool.removed(step.id)
            members.delete(step.id)
          } else if (members.size > 0) {
            const view = { ...viewOf(members.values()), pool }
            const found = placement.quick(step.task, view, 0)
            expect(placement.quick(step.task, view, 0)).toBe(found)
            const { workerId } = placement.propose(step.task, view, 0).explanation
            expect(found === "ordinary" ? found : found?.spec.id).toBe(workerId)
          }
        }
      }),
      { numRuns: 200 }
    )
  })

  it("is asked again only about workers that have changed, or of which something was learned", () => {
    const workers = Array.from({ length: 100 }, (_, at) => record(workerSpec(`w${at}`)))
    const pool = new Pool(workers)
    const asked: Array<WorkerId> = []
    const strategy: RankStrategy = {
      id: "counts",
      rank: (_task, { spec }) => {
        asked.push(spec.id)
        return 0
      }
    }
    const placement = new Placement({ strategy })
    const view = { ...viewOf(workers), pool }
    const propose = () => placement.propose(taskSpec("t"), view, 0).explanation.workerId
    expect(propose()).toBe("w0")
    expect(asked.length).toBe(100)
    asked.length = 0
    pool.changed(record(workerSpec("w0"), { slots: 4 }))
    pool.learned("w5")
    expect(propose()).toBe("w1")
    expect(asked).toEqual(["w5"])
    asked.length = 0
    expect(propose()).toBe("w1")
    expect(asked).toEqual([])
  })

  it("is asked again about all once its generation is another", () => {
    let best = "w1"
    let generation = 0
    const workers = ["w0", "w1", "w2"].map((id) => record(workerSpec(id)))
    const strategy: RankStrategy = {
      id: "moody",
      generation: () => generation,
      rank: (_task, { spec }) => (spec.id === best ? 1 : 0)
    }
    const placement = new Placement({ strategy, explainUpTo: 0 })
    const view = { ...viewOf(workers), pool: new Pool(workers) }
    const propose = () => placement.propose(taskSpec("t"), view, 0).explanation.workerId
    expect(propose()).toBe("w1")
    best = "w2"
    expect(propose()).toBe("w1")
    generation += 1
    expect(propose()).toBe("w2")
  })

  it("that is at fault is reported, and asked about everybody again", () => {
    let rank = Number.NaN
    const workers = ["w0", "w1"].map((id) => record(workerSpec(id)))
    const faults: Array<string> = []
    const placement = new Placement({
      strategy: { id: "broken", rank: (_task, { spec }) => (spec.id === "w1" ? rank : 0) },
      explainUpTo: 0,
      onFault: ({ message }) => faults.push(message)
    })
    const view = { ...viewOf(workers), pool: new Pool(workers) }
    expect(placement.quick(taskSpec("t"), view, 0)).toBe("ordinary")
    expect(placement.propose(taskSpec("t"), view, 0).explanation).toMatchObject({
      strategy: "least_connections",
      workerId: "w0"
    })
    expect(faults).toEqual(["ranked w1 as NaN"])
    rank = 7
    expect(placement.propose(taskSpec("t"), view, 0).explanation).toMatchObject({ strategy: "broken", workerId: "w1" })
  })

  it("keeps its answers right with more shapes of tasks than are kept", () => {
    const workers = Array.from({ length: 30 }, (_, at) => record(workerSpec(`w${at}`, { cpu: at })))
    const placement = new Placement({ strategy: "least_connections" })
    const view = { ...viewOf(workers), pool: new Pool(workers) }
    for (let round = 0; round < 2; round += 1) {
      for (let at = 0; at < 6_000; at += 1) {
        const cpu = at / 200
        const worker = placement.quick(taskSpec("t", { cpu }), view, 0)
        expect(worker === "ordinary" ? worker : worker?.spec.id).toBe(cpu > 29 ? undefined : `w${Math.ceil(cpu)}`)
      }
    }
  })
})

describe("a strategy that seeks", () => {
  it("is at fault where it finds nobody though the pool knows somebody who fits", () => {
    const workers = [record(workerSpec("full"), { slots: 4 }), record(workerSpec("free"))]
    const placement = new Placement({ strategy: { id: "blind", seek: () => undefined } })
    const view = { ...viewOf(workers), pool: new Pool(workers) }
    expect(placement.quick(taskSpec("t"), view, 0)).toBe("ordinary")
    const { explanation } = placement.propose(taskSpec("t"), view, 0)
    expect(explanation).toMatchObject({ workerId: "free", fault: { message: "found nobody, though a worker fits" } })
    expect(placement.propose(taskSpec("u", { cuda: 3 }), view, 0).explanation.fault).toBeUndefined()
  })
})

describe("what is kept of a pool that has grown", () => {
  const grown = 8_000
  const tasks = Array.from({ length: 300 }, (_, at) => taskSpec("t", { cpu: at / 1_000, type: `type ${at}` }))

  /** Of the tasks asked about last, how many in a row are decided without asking about all workers anew. */
  const keptOf = (strategy: Strategy, asked: () => number): number => {
    const workers = Array.from({ length: 4 }, (_, at) => record(workerSpec(`w${at}`)))
    const pool = new Pool(workers)
    const placement = new Placement({ strategy, explainUpTo: 0 })
    const propose = (task: TaskSpec): void => void placement.propose(task, { ...viewOf(workers), pool }, 0)
    for (const task of tasks) propose(task)
    for (let at = workers.length; at < grown; at += 1) {
      const worker = record(workerSpec(`w${at}`))
      workers.push(worker)
      pool.changed(worker)
    }
    for (const task of tasks) propose(task)
    const before = asked()
    const found = tasks.toReversed().findIndex((task) => {
      propose(task)
      return asked() > before
    })
    return found < 0 ? tasks.length : found
  }

  it("is no more than it may be, though it was begun as the pool was small", () => {
    let asked = 0
    const count = (): number => {
      asked += 1
      return 1
    }
    const ranks: RankStrategy = { id: "ranks", rank: count }
    const factor = { name: "figure", weight: 1, kind: "column", scale: "less", of: count } as const
    const weighs: WeightedStrategy = { id: "weighs", classOf: ({ type }) => type, factors: [factor] }
    for (const [strategy, figuresEach] of [
      [ranks, 4],
      [weighs, 8]
    ] as const) {
      const kept = keptOf(strategy, () => asked)
      expect(kept).toBeGreaterThan(0)
      expect(kept * grown * figuresEach).toBeLessThanOrEqual(2 ** 22)
    }
  })
})

describe("a rank that its worker's multiplier takes beyond all numbers", () => {
  it("is a fault, and no reason to hold the worker unfit", () => {
    const faults: Array<string> = []
    const strategy: RankStrategy = { id: "huge", rank: () => -Number.MAX_VALUE }
    const placement = new Placement({ strategy, explainUpTo: 0, onFault: ({ message }) => void faults.push(message) })
    const workers = [record(workerSpec("w0", { priorityMultiplier: 0.5 }))]
    const view = { ...viewOf(workers), pool: new Pool(workers) }
    const urgent = taskSpec("t", { priority: "critical" })
    expect(placement.quick(urgent, view, 0)).toBe("ordinary")
    expect(placement.propose(urgent, view, 0)).toMatchObject({ _tag: "Worker", workerId: "w0" })
    expect(faults).toEqual(["ranked w0 as -Infinity"])
  })
})
