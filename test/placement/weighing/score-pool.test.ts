import { afterAll, describe, expect, it } from "vitest"
import { ScorePool } from "../../../src/execution/score-pool.ts"
import { assign, Placement, specimenBatch } from "../../../src/placement/index.ts"
import { ledgerOf, taskSpec, viewOf, workerSpec } from "../pool.ts"

describe("the score pool", () => {
  const pool = new ScorePool({ where: "pool" })
  afterAll(() => pool.close())

  it("gives the same answer on a thread as here", async () => {
    for (const size of [
      { tasks: 1, workers: 1 },
      { tasks: 300, workers: 40 },
      { tasks: 7, workers: 200 },
      { tasks: 3, workers: 0 }
    ]) {
      const batch = specimenBatch(size)
      const answer = pool.assign(batch)
      expect(answer).toBeInstanceOf(Promise)
      expect(await answer).toEqual(assign(batch))
    }
  })

  it("places a batch as it would be placed here", async () => {
    const ledger = ledgerOf(
      Array.from({ length: 30 }, (_, index) =>
        workerSpec(`w${index}`, { slots: 1 + (index % 5), weight: 1 + (index % 3), cpu: 4, priorityMultiplier: 1.5 })
      )
    )
    const tasks = Array.from({ length: 100 }, (_, index) =>
      taskSpec(`t${index}`, {
        cpu: index % 3,
        priority: index % 4 === 0 ? "critical" : "normal",
        type: `k${index % 2}`
      })
    )
    const view = viewOf(ledger.workers.values())
    for (const strategy of ["weighted_capacity", "performance_based"] as const) {
      const placement = new Placement({ strategy })
      expect(await placement.proposeBatchOn(pool, tasks, view, 0)).toEqual(placement.proposeBatch(tasks, view, 0))
    }
  })

  it("scores small batches here and large ones on a thread, by the break-even", async () => {
    const small = specimenBatch({ tasks: 10, workers: 10 })
    const bySize = new ScorePool({ breakEven: 101 })
    try {
      expect(bySize.assign(small)).toBeInstanceOf(Int32Array)
      expect(bySize.assign(specimenBatch({ tasks: 101, workers: 1 }))).toBeInstanceOf(Promise)
      expect(new ScorePool({ where: "inline", breakEven: 1 }).assign(small)).toBeInstanceOf(Int32Array)
    } finally {
      await bySize.close()
    }
  })

  it("measures its break-even, and goes on here once it is closed", async () => {
    const measured = new ScorePool()
    const breakEven = await measured.calibrate()
    expect(breakEven).toBe(measured.breakEven)
    expect(breakEven).toBeGreaterThan(0)
    await measured.close()
    const large = specimenBatch({ tasks: breakEven, workers: 1 })
    expect(measured.assign(large)).toBeInstanceOf(Int32Array)
  })
})
