import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fitsNow, type WorkerRecord } from "../../src/ledger/index.ts"
import { Filter, LoadIndex, leastConnections, Placement } from "../../src/placement/index.ts"
import { anyPool, anyRecord, anyTask, ledgerOf, record, taskSpec, viewOf, workerSpec } from "./pool.ts"

/** The rule, word for word: the fewest reserved slots for its slots, of equals the first. */
const reference = (workers: ReadonlyArray<WorkerRecord>, task: ReturnType<typeof taskSpec>): string | undefined => {
  const fitting = workers.filter((worker) => fitsNow(task.requirements, worker))
  const sorted = fitting.toSorted((a, b) => a.slots * b.spec.limits.slots - b.slots * a.spec.limits.slots)
  return sorted[0]?.spec.id
}

describe("least connections", () => {
  it("takes the worker with the fewest running tasks for its slots, the first of equals, on every path", () => {
    fc.assert(
      fc.property(anyPool(), anyTask("t"), (workers, task) => {
        const view = viewOf(workers)
        const expected = reference(workers, task)
        for (const explainUpTo of [0, 100]) {
          for (const byLoad of [undefined, new LoadIndex(workers)]) {
            const placement = new Placement({ strategy: leastConnections(), explainUpTo })
            const proposal = placement.propose(task, byLoad === undefined ? view : { ...view, byLoad }, 0)
            expect(proposal._tag === "Worker" ? proposal.workerId : undefined).toBe(expected)
          }
        }
      }),
      { numRuns: 500 }
    )
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

describe("the load index", () => {
  const step = fc.oneof(
    fc
      .tuple(fc.constant("set" as const), fc.integer({ min: 0, max: 60 }))
      .chain(([kind, at]) => anyRecord(`w${at}`).map((worker) => ({ kind, worker }))),
    fc.integer({ min: 0, max: 60 }).map((at) => ({ kind: "remove" as const, id: `w${at}` }))
  )

  it("finds what looking at all finds, however members and loads have changed", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), anyTask("t"), (steps, task) => {
        const index = new LoadIndex()
        const members = new Map<string, WorkerRecord>()
        for (const each of steps) {
          if (each.kind === "set") {
            index.changed(each.worker)
            members.set(each.worker.spec.id, each.worker)
          } else {
            index.removed(each.id)
            members.delete(each.id)
          }
        }
        expect(index.size).toBe(members.size)
        const expected = reference([...members.values()], task)
        expect(index.seek(new Filter(task))?.spec.id).toBe(expected)
        expect(index.seek(new Filter(task))?.spec.id).toBe(expected)
      }),
      { numRuns: 300 }
    )
  })

  it("finds the one worker that fits behind many less loaded ones that do not", () => {
    const workers = Array.from({ length: 200 }, (_, at) => record(workerSpec(`w${at}`, { cuda: at === 150 ? 1 : 0 })))
    const index = new LoadIndex(workers)
    const filter = new Filter(taskSpec("t", { cuda: 1 }))
    expect(index.seek(filter)?.spec.id).toBe("w150")
    expect(index.seek(new Filter(taskSpec("u")))?.spec.id).toBe("w0")
  })
})
