import { describe, expect, it } from "vitest"
import { busyShares, meanDeviation } from "../../../../actors/simulation/scenarios/busy-shares.ts"
import type { ScenarioWorld } from "../../../../actors/simulation/scenarios/index.ts"

const world: ScenarioWorld = {
  workers: [
    { id: "plain", capacity: { concurrent: 2 } },
    { id: "fast", speed: 4, cores: 1, capacity: { concurrent: 100 } }
  ],
  workload: { arrivals: { type: "batch", tasks: 0 }, kinds: [{ work: { type: "constant", ms: 1 } }] }
}

const look = (now: number, plain: number, fast: number) => ({
  now,
  workers: [
    { id: "plain", busyMs: 0, workMs: plain },
    { id: "fast", busyMs: 0, workMs: fast }
  ]
})

describe("busy shares", () => {
  it("are the work between two looks ÷ (speed × cores × time)", () => {
    const looks = [look(0, 0, 0), look(1_000, 500, 1_000), look(3_000, 2_500, 9_000)]
    expect(busyShares({ looks }, world)).toEqual([
      { from: 0, until: 1_000, shares: [0.25, 0.25] },
      { from: 1_000, until: 3_000, shares: [0.5, 1] }
    ])
  })

  it("are only of the windows that begin before the end", () => {
    const looks = [look(0, 0, 0), look(1_000, 0, 0), look(2_000, 0, 0)]
    expect(busyShares({ looks }, world, 1_000).map(({ from }) => from)).toEqual([0])
  })

  it("differ on average by the deviation of each window, not by that of their sums", () => {
    // Each is busy half of the time in turn: over both windows they are the same.
    const looks = [look(0, 0, 0), look(1_000, 2_000, 0), look(2_000, 2_000, 4_000)]
    expect(meanDeviation(busyShares({ looks }, world))).toBe(0.5)
  })

  it("are nothing of a worker whose speed depends on the type", () => {
    expect(() => busyShares({ looks: [] }, { ...world, workers: [{ speed: { work: 2 } }] })).toThrow(RangeError)
  })
})
