import { describe, expect, it } from "vitest"
import { leftOf, ProgressMeter } from "../../../src/adaptation/index.ts"
import { Epoch } from "../../../src/model/index.ts"

const report = (fraction: number, at: number, rate: number, more: { epoch?: number; workerId?: string } = {}) => ({
  ...{ taskId: "t", fraction, at, rate },
  ...{ epoch: Epoch(more.epoch ?? 1), workerId: more.workerId ?? "w" }
})

describe("what tasks take by how far they say that they are", () => {
  it("counts what the task got of its worker, not what time has passed", () => {
    const meter = new ProgressMeter()
    // A tenth of 60 s in each word; alone at first, then one of four.
    meter.heard(report(0.1, 0, 1))
    meter.heard(report(0.2, 6_000, 1))
    meter.heard(report(0.2, 6_000, 0.25))
    meter.heard(report(0.3, 30_000, 0.25))
    const progress = meter.of("t")
    expect(progress).toMatchObject({ fraction: 0.3, share: expect.closeTo(0.2), workMs: expect.closeTo(12_000) })
    expect(progress && leftOf(progress, undefined)?.leftMs).toBeCloseTo(42_000)
  })

  it("goes on elsewhere with what it knows, and does not count the way there", () => {
    const meter = new ProgressMeter()
    meter.heard(report(0, 0, 1))
    meter.heard(report(0.5, 10_000, 1))
    meter.heard(report(0.5, 90_000, 4, { epoch: 2, workerId: "fast" }))
    meter.heard(report(0.7, 91_000, 4, { epoch: 2, workerId: "fast" }))
    expect(meter.of("t")).toMatchObject({ share: expect.closeTo(0.7), workMs: expect.closeTo(14_000) })
  })

  it("believes what was expected at first, and what it watched the more, the longer", () => {
    const at = (share: number) => leftOf({ fraction: share, share, workMs: share * 100_000 }, 60_000)
    expect(at(0)).toMatchObject({ leftMs: 60_000 })
    expect(at(0.5)?.leftMs).toBeGreaterThan(46_000)
    expect(at(0.5)?.leftMs).toBeLessThan(50_000)
    const doubt = (share: number) => (at(share)?.spreadMs ?? 0) / (at(share)?.leftMs ?? 1)
    expect(doubt(0.5)).toBeLessThan(doubt(0.05))
    expect(doubt(0.05)).toBeLessThan(doubt(0))
  })

  it("says nothing of a task that was not watched and of which nothing was expected", () => {
    const meter = new ProgressMeter()
    meter.heard(report(0.4, 0, 1))
    const progress = meter.of("t")
    expect(progress && leftOf(progress, undefined)).toBeUndefined()
    meter.heard(report(Number.NaN, 5, 1))
    meter.heard(report(7, 5, 1))
    expect(meter.of("t")?.fraction).toBe(0.4)
    meter.forget("t")
    expect(meter.of("t")).toBeUndefined()
  })
})
