import { describe, expect, it } from "vitest"
import { Epoch } from "../../../src/model/index.ts"
import { Glimpses, Placement, Pool, type RankStrategy } from "../../../src/placement/index.ts"
import { ledgerOf, taskSpec, viewOf, workerSpec } from "../pool.ts"

describe("a glimpse of a quick decision", () => {
  it("explains it by what was used and how workers were ranked then, whatever has come since", () => {
    const ledger = ledgerOf([workerSpec("a", { cpu: 2 }), workerSpec("b", { cpu: 2 }), workerSpec("c", { cpu: 1 })])
    const points = new Map([
      ["a", 1],
      ["b", 2]
    ])
    const strategy: RankStrategy = { id: "moody", rank: (_task, { spec }) => points.get(spec.id) ?? 0 }
    const placement = new Placement({ strategy })
    const workers = [...ledger.workers.values()]
    const pool = new Pool(workers)
    const view = { ...viewOf(workers), pool }
    const glimpses = new Glimpses(10)
    const task = taskSpec("t", { cpu: 2 })
    ledger.accept(task, 0)
    const worker = placement.quick(task, view, 5)
    if (worker === undefined || worker === "ordinary") throw new Error("nobody")
    glimpses.look(view, worker, task, placement.quickBy)
    const placed = ledger.place("t", worker.spec.id, 5)
    if (!placed.ok) throw new Error("refused")
    glimpses.keep(placed.value.epoch, 5, view, placement.quickBy)
    pool.changed(worker)
    points.set("a", 100)
    pool.learned("a")
    placement.quick(taskSpec("u", { cpu: 2 }), view, 6)
    expect(glimpses.explain(placed.value.epoch, task, "b", view)).toMatchObject({
      at: 5,
      strategy: "moody",
      outcome: "chosen",
      workerId: "b",
      complete: true,
      candidates: [
        { workerId: "a", score: 1 },
        { workerId: "b", score: 2 }
      ],
      filtered: [{ workerId: "c", reasons: ["cpu 2 of 1"] }]
    })
    expect(glimpses.explain(Epoch(99), task, "b", view)).toBeUndefined()
  })
})
