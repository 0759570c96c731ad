import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Epoch, type LedgerEvent } from "../../src/model/index.ts"
import { LedgerWatch, ledgerScenarios, runLedger } from "../../src/testing/index.ts"
import { aTask, aWorker } from "../ledger/given.ts"

/** The violations found in a journal, with no ledger to look at. */
const read = (events: Iterable<LedgerEvent>, ageing = 30_000) => {
  const watch = new LedgerWatch({ ageing })
  for (const event of events) watch.see(event)
  return watch.violations
}

const resources = aWorker("w").capacity
const placed = (seq: number, taskId: string, epoch: number): LedgerEvent => ({
  _tag: "TaskPlaced",
  seq,
  at: 0,
  taskId,
  epoch: Epoch(epoch),
  reservation: { workerId: "w", resources: { ...resources, ...aTask("x").requirements.demand.resources }, devices: [] }
})

const begin: ReadonlyArray<LedgerEvent> = [
  { _tag: "WorkerAdded", seq: 1, at: 0, worker: aWorker("w", { slots: 1 }) },
  { _tag: "WorkerPhaseChanged", seq: 2, at: 0, workerId: "w", phase: "up" },
  { _tag: "TaskAccepted", seq: 3, at: 0, task: aTask("a") },
  { _tag: "TaskAccepted", seq: 4, at: 0, task: aTask("b") }
]

describe("a journal read by the watch", () => {
  it("of a real ledger breaks nothing", () => {
    for (const scenario of fc.sample(ledgerScenarios(), { numRuns: 50, seed: 3 })) {
      expect(read(runLedger(scenario, { invariants: [] }).events, scenario.ageing)).toEqual([])
    }
  })

  it("that places two tasks in one slot breaks D1", () => {
    expect(read([...begin, placed(5, "a", 1), placed(6, "b", 2)])).toEqual([
      { id: "D1", what: "w: slots 2 of 1", seq: 6 }
    ])
  })

  it("that places the second before the first breaks D8, and the bound on waiting", () => {
    expect(read([...begin, placed(5, "b", 1)])).toEqual([
      { id: "D8", what: "b is placed before a, which came first", seq: 4 },
      { id: "bound", what: "b passes a, accepted 0 ms before it, 0 ms allowed", seq: 4 }
    ])
  })

  it("that completes a task twice breaks D3 and D4", () => {
    const completed = (seq: number): LedgerEvent => ({
      _tag: "TaskCompleted",
      seq,
      at: 0,
      taskId: "a",
      epoch: Epoch(1),
      result: 1
    })
    const violations = read([...begin, placed(5, "a", 1), completed(6), completed(7)])
    expect(violations.map(({ id }) => id)).toEqual(["D3", "D4"])
  })

  it("with a gap, or with time that goes back, breaks D4", () => {
    const [first, second] = begin
    if (first === undefined || second === undefined) throw new Error("there are two events")
    expect(read([first, { ...second, seq: 4 }]).map(({ what }) => what)).toEqual(["event 4 follows 1"])
    expect(read([{ ...first, at: 5 }, second]).map(({ id }) => id)).toEqual(["D4"])
  })

  it("that removes a worker with work on it breaks D5", () => {
    const removed: LedgerEvent = { _tag: "WorkerRemoved", seq: 6, at: 0, workerId: "w" }
    expect(read([...begin, placed(5, "a", 1), removed]).map(({ id }) => id)).toEqual(["D5"])
  })
})
