import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Ledger } from "../../../src/ledger/index.ts"
import type { Epoch, LedgerEvent, WorkerId } from "../../../src/model/index.ts"
import {
  leastConnections,
  Placement,
  Pool,
  roundRobin,
  type Strategy,
  weightedCapacity
} from "../../../src/placement/index.ts"
import { record, taskSpec, viewOf, workerSpec } from "../pool.ts"

const anyStep = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("join" as const), slots: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), at: fc.nat(40) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("place" as const), cpu: fc.integer({ min: 0, max: 2 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("end" as const), at: fc.nat(40) }) }
)

describe("a pool", () => {
  it("kept by a ledger's events leads to the decisions that looking at its workers leads to", () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 20, maxLength: 250 }), (steps) => {
        const pool = new Pool()
        const ledger: Ledger = new Ledger({
          onEvent: (event: LedgerEvent, task) => {
            if (event._tag === "WorkerRemoved") return pool.removed(event.workerId)
            const id =
              event._tag === "TaskPlaced"
                ? event.reservation.workerId
                : event._tag === "WorkerPhaseChanged"
                  ? event.workerId
                  : task?.left?.workerId
            const worker = id === undefined ? undefined : ledger.worker(id)
            if (worker !== undefined) pool.changed(worker)
          }
        })
        const placing = (strategy: Strategy): Placement => new Placement({ strategy, explainUpTo: 0 })
        const made = [
          () => leastConnections({ ties: "first" }),
          () => leastConnections(),
          () => weightedCapacity(),
          () => roundRobin()
        ]
        const kept = made.map((make) => ({ without: placing(make()), within: placing(make()) }))
        const runs: Array<{ readonly id: string; readonly epoch: Epoch }> = []
        let joined = 0
        let tasks = 0
        for (const step of steps) {
          const workers = [...ledger.workers.values()]
          if (step.kind === "join") {
            joined += 1
            ledger.addWorker(workerSpec(`w${joined}`, { slots: step.slots, cpu: 3 }), 0)
            ledger.setPhase(`w${joined}`, "up", 0)
          } else if (step.kind === "leave") {
            const worker = workers[step.at % Math.max(1, workers.length)]
            if (worker !== undefined) ledger.removeWorker(worker.spec.id, 0)
          } else if (step.kind === "end") {
            const [run] = runs.splice(step.at % Math.max(1, runs.length), 1)
            if (run !== undefined) ledger.complete(run.id, run.epoch, undefined, 0)
          } else {
            tasks += 1
            const task = taskSpec(`t${tasks}`, { cpu: step.cpu })
            let chosen: WorkerId | undefined
            for (const { without, within } of kept) {
              const plain = without.propose(task, viewOf(workers), 0).explanation
              const byPool = within.propose(task, { ...viewOf(workers), pool }, 0).explanation
              expect(byPool).toEqual(plain)
              chosen = byPool.workerId
            }
            expect(pool.size).toBe(workers.length)
            expect(pool.hasRoom).toBe(workers.some(({ slots, spec }) => slots < spec.limits.slots))
            if (chosen === undefined) continue
            ledger.accept(task, 0)
            const placed = ledger.place(task.id, chosen, 0)
            if (placed.ok) runs.push({ id: task.id, epoch: placed.value.epoch })
          }
        }
      }),
      { numRuns: 150 }
    )
  })

  it("knows whether anybody has room: takes work, has a slot free, and asks for a task where it has to", () => {
    const pool = new Pool([record(workerSpec("full"), { slots: 4 }), record(workerSpec("down"), { phase: "failed" })])
    expect(pool.hasRoom).toBe(false)
    pool.changed({ ...record(workerSpec("asks for none")), open: 0 })
    expect(pool.hasRoom).toBe(false)
    pool.changed(record(workerSpec("full"), { slots: 3 }))
    expect(pool.hasRoom).toBe(true)
    pool.removed("full")
    expect(pool.hasRoom).toBe(false)
    expect(pool.size).toBe(2)
  })

  it("keeps the order of joining where places are given out anew", () => {
    const pool = new Pool()
    const left: Array<string> = []
    for (let at = 0; at < 200; at += 1) {
      pool.changed(record(workerSpec(`w${at}`)))
      if (at % 3 === 0) left.push(`w${at}`)
      if (at % 5 === 4) for (const id of left.splice(0)) pool.removed(id)
    }
    const ids: Array<string> = []
    for (let place = 0; place < pool.span; place += 1) {
      const worker = pool.at(place)
      if (worker === undefined) continue
      ids.push(worker.spec.id)
      expect(pool.placeOf(worker.spec.id)).toBe(place)
      expect(pool.firstAfter(pool.joinOf(worker) - 1)).toBe(place)
    }
    expect(ids).toEqual(ids.toSorted((a, b) => Number(a.slice(1)) - Number(b.slice(1))))
    expect(ids.length).toBe(pool.size)
    expect(pool.layout).toBeGreaterThan(0)
  })
})
