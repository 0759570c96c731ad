import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fitsNow, type Refusal, unmetEver } from "../../../src/ledger/index.ts"
import {
  isStrategyId,
  leastConnections,
  Placement,
  type PlacementView,
  place,
  type Strategy,
  type StrategyId,
  strategies
} from "../../../src/placement/index.ts"
import { anyKnowledge, anyPool, anyTask, ledgerOf, record, taskSpec, viewOf, workerSpec } from "../pool.ts"

const own: ReadonlyArray<Strategy> = [
  { id: "by name", pick: (_task, candidates) => candidates.at(-1)?.spec.id ?? "" },
  { id: "by slots", score: (_task, worker) => -worker.slots }
]
const ids: ReadonlyArray<StrategyId> = Object.keys(strategies).filter(isStrategyId)
const all: ReadonlyArray<Strategy | StrategyId> = [...ids, ...own]
const nameOf = (strategy: Strategy | StrategyId): string => (typeof strategy === "string" ? strategy : strategy.id)

describe("placement", () => {
  it("has every strategy in the registry under its own id", () => {
    expect(Object.entries(strategies).map(([id, make]) => [id, make().id])).toEqual(ids.map((id) => [id, id]))
  })

  for (const strategy of all) {
    it(`${nameOf(strategy)} chooses a worker that fits whenever there is one, and none otherwise`, () => {
      fc.assert(
        fc.property(anyPool(), anyTask("t"), anyKnowledge, fc.constantFrom(0, 100), (workers, task, knows, upTo) => {
          const placement = new Placement({ strategy, explainUpTo: upTo })
          const view = viewOf(workers, knows)
          const fitting = workers.filter((worker) => fitsNow(task.requirements, worker)).map(({ spec }) => spec.id)
          const ever = workers.some(({ spec }) => unmetEver(task.requirements, spec).length === 0)
          for (let turn = 0; turn < 3; turn++) {
            const proposal = placement.propose(task, view, turn)
            if (proposal._tag === "Worker") expect(fitting).toContain(proposal.workerId)
            else {
              expect(fitting).toEqual([])
              expect(proposal._tag).toBe(ever ? "Wait" : "Never")
            }
          }
        }),
        { numRuns: 300 }
      )
    })

    it(`${nameOf(strategy)} names each worker once in a complete explanation, which changes nothing`, () => {
      fc.assert(
        fc.property(anyPool(), anyTask("t"), anyKnowledge, (workers, task, knows) => {
          const placement = new Placement({ strategy, explainUpTo: 0 })
          const view = viewOf(workers, knows)
          const explanation = placement.explain(task, view, 7)
          expect(placement.explain(task, view, 7)).toEqual(explanation)
          const { candidates, filtered, workerId } = explanation
          const named = [...candidates, ...filtered].map((each) => each.workerId)
          expect(named.toSorted()).toEqual(workers.map(({ spec }) => spec.id).toSorted())
          expect(filtered.every(({ reasons }) => reasons.length > 0)).toBe(true)
          const proposal = placement.propose(task, view, 7)
          expect(proposal._tag === "Worker" ? proposal.workerId : undefined).toBe(workerId)
        })
      )
    })
  }

  it("says never, with what each worker lacks, only where no worker could take the task even when empty", () => {
    const view = viewOf([
      record(workerSpec("small", { cpu: 1 })),
      record(workerSpec("off", { cpu: 2 }), { phase: "failed" })
    ])
    const placement = new Placement({ strategy: "round_robin" })
    expect(placement.propose(taskSpec("t", { cpu: 2 }), view, 0)._tag).toBe("Wait")
    expect(placement.propose(taskSpec("t", { cpu: 3 }), view, 0)).toMatchObject({
      _tag: "Never",
      unmet: [
        { workerId: "small", reasons: ["cpu 3 of 1"] },
        { workerId: "off", reasons: ["cpu 3 of 2"] }
      ]
    })
    expect(placement.propose(taskSpec("t"), viewOf([]), 0)).toMatchObject({ _tag: "Never", unmet: [] })
  })
})

describe("place", () => {
  const pool = (): PlacementView =>
    viewOf([record(workerSpec("a")), record(workerSpec("b"), { slots: 1 }), record(workerSpec("c"), { slots: 2 })])

  it("goes from filter to commit, and what it commits stands in the ledger", () => {
    const ledger = ledgerOf([workerSpec("a", { slots: 1 }), workerSpec("b", { slots: 1 })])
    const placement = new Placement({ strategy: "least_connections" })
    const placed = ["t1", "t2", "t3"].map((id) => {
      const task = taskSpec(id)
      ledger.accept(task, 0)
      const commit = (workerId: string): Refusal | undefined => {
        const result = ledger.place(id, workerId, 0)
        return result.ok ? undefined : result.refusal
      }
      return placement.place(task, viewOf(ledger.workers.values()), commit, 0)
    })
    expect(placed.map(({ _tag }) => _tag)).toEqual(["Worker", "Worker", "Wait"])
    expect(ledger.task("t1")?.assignment?.workerId).toBe("a")
    expect(ledger.task("t2")?.assignment?.workerId).toBe("b")
  })

  it("tries the next best worker where the ledger refuses one, and says which and why", () => {
    const asked: Array<string> = []
    const proposal = place(
      taskSpec("t"),
      pool(),
      leastConnections(),
      (workerId) => {
        asked.push(workerId)
        return workerId === "c" ? undefined : { _tag: "HeldForAnother", workerId, taskId: "other" }
      },
      0
    )
    expect(asked).toEqual(["a", "b", "c"])
    expect(proposal).toMatchObject({
      _tag: "Worker",
      workerId: "c",
      explanation: { refused: [{ workerId: "a" }, { workerId: "b", reason: "b is kept free for task other" }] }
    })
  })

  it("waits, without asking further, where the refusal is about the task and not the worker", () => {
    const asked: Array<string> = []
    const commit = (workerId: string): Refusal => {
      asked.push(workerId)
      return { _tag: "KeyHeld", key: "k" }
    }
    const proposal = place(taskSpec("t"), pool(), leastConnections(), commit, 0)
    expect(asked).toEqual(["a"])
    expect(proposal).toMatchObject({
      _tag: "Wait",
      explanation: { outcome: "waits", refused: [{ workerId: "a", reason: "concurrency key k is held" }] }
    })
  })

  it("waits once every worker has been refused, and is never told that none will do", () => {
    const commit = (workerId: string): Refusal => ({ _tag: "DoesNotFit", workerId, reasons: ["no slot"] })
    for (const id of ids) {
      const proposal = new Placement({ strategy: id }).place(taskSpec("t"), pool(), commit, 0)
      expect(proposal._tag).toBe("Wait")
      expect(proposal.explanation.refused).toHaveLength(3)
    }
  })

  it("leaves out of a proposal whom the ledger has refused before", () => {
    for (const id of ids) {
      const proposal = new Placement({ strategy: id }).propose(taskSpec("t"), pool(), 0, new Set(["a", "b"]))
      expect(proposal).toMatchObject({ _tag: "Worker", workerId: "c" })
    }
  })
})
