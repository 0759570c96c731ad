import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fitsNow, type WorkerRecord } from "../../../../src/ledger/index.ts"
import { leastConnections, Placement, Pool } from "../../../../src/placement/index.ts"
import { anyPool, anyTask, ledgerOf, record, taskSpec, viewOf, workerSpec } from "../../pool.ts"

/** The rule, word for word: the fewest reserved slots for its slots, of equals the first. */
const reference = (workers: ReadonlyArray<WorkerRecord>, task: ReturnType<typeof taskSpec>): string | undefined => {
  const fitting = workers.filter((worker) => fitsNow(task.requirements, worker))
  const sorted = fitting.toSorted((a, b) => a.slots * b.spec.limits.slots - b.slots * a.spec.limits.slots)
  return sorted[0]?.spec.id
}

describe("least connections", () => {
  it("takes the worker with the fewest running tasks for its slots, on every path", () => {
    fc.assert(
      fc.property(anyPool(), anyTask("t"), fc.constantFrom("first", "turn"), (workers, task, ties) => {
        const view = viewOf(workers)
        const expected = reference(workers, task)
        for (const explainUpTo of [0, 100]) {
          for (const pool of [undefined, new Pool(workers)]) {
            const placement = new Placement({ strategy: leastConnections({ ties }), explainUpTo })
            const seen = pool === undefined ? view : { ...view, pool }
            const proposal = placement.propose(task, seen, 0)
            expect(proposal._tag === "Worker" ? proposal.workerId : undefined).toBe(expected)
          }
        }
      }),
      { numRuns: 500 }
    )
  })

  it("gives equals their turn: where there is little to do, everybody gets some of it", () => {
    const workers = Array.from({ length: 5 }, (_, at) => record(workerSpec(`w${at}`)))
    for (const pool of [undefined, new Pool(workers)]) {
      for (const explainUpTo of [0, 100]) {
        const view = pool === undefined ? viewOf(workers) : { ...viewOf(workers), pool }
        const placement = new Placement({ strategy: "least_connections", explainUpTo })
        const chosen = Array.from({ length: 7 }, (_, at) => {
          const proposal = placement.propose(taskSpec(`t${at}`, { cpu: at % 2 }), view, 0)
          return proposal.explanation.workerId
        })
        expect(chosen).toEqual(["w0", "w1", "w2", "w3", "w4", "w0", "w1"])
      }
    }
  })

  it("leaves the turn where runs are too short to wake another worker for them", () => {
    const workers = ["w0", "w1", "w2"].map((id) => record(workerSpec(id)))
    const chosenAt = (workMs: number | undefined) => {
      const times = {
        runs: 100,
        meanWorkMs: 0,
        workMs: () => workMs,
        workQuantile: () => workMs,
        remainingWorkMs: () => workMs,
        speedOf: () => 1,
        speedAtMost: () => 1
      }
      const placement = new Placement({ strategy: "least_connections", explainUpTo: 0 })
      const view = { ...viewOf(workers), times, pool: new Pool(workers) }
      return [0, 1, 2].map((at) => placement.propose(taskSpec(`t${at}`), view, 0).explanation.workerId)
    }
    expect(chosenAt(0.02)).toEqual(["w0", "w0", "w0"])
    expect(chosenAt(5)).toEqual(["w0", "w1", "w2"])
    expect(chosenAt(undefined)).toEqual(["w0", "w1", "w2"])
  })

  it("spreads tasks over unequal workers in proportion to their slots", () => {
    const ledger = ledgerOf([workerSpec("small", { slots: 2 }), workerSpec("big", { slots: 6 })])
    const placement = new Placement({ strategy: "least_connections" })
    for (let index = 0; index < 4; index++) {
      const task = taskSpec(`t${index}`)
      ledger.accept(task, 0)
      const proposal = placement.propose(task, viewOf(ledger.workers.values()), 0)
      if (proposal._tag === "Worker") ledger.place(task.id, proposal.workerId, 0)
    }
    expect(ledger.worker("small")?.slots).toBe(1)
    expect(ledger.worker("big")?.slots).toBe(3)
  })
})
