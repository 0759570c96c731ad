import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { findOutliers, type OutlierSignals, outlierDefaults, RunOutcomes } from "../../../src/adaptation/index.ts"

const ids = (count: number) => Array.from({ length: count }, (_, index) => `w${index}`)
const chance = (seed: number) => {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return (state + 0.5) / 2 ** 32
  }
}

/** Runs in turn on so many workers, each of which fails with its own probability. */
const world = (failing: ReadonlyArray<number>, rounds: number, seed = 1, typeOf = (_worker: number) => "t") => {
  const random = chance(seed)
  const outcomes = new RunOutcomes()
  let now = 0
  for (let round = 0; round < rounds; round += 1) {
    now += 50
    for (const [worker, share] of failing.entries()) {
      outcomes.record(`w${worker}`, typeOf(worker), random() >= share, now)
    }
  }
  return ids(failing.length).map((workerId) => ({
    workerId,
    outcomes: outcomes.of(workerId, now),
    slowness: undefined
  }))
}
const found = (signals: ReadonlyArray<OutlierSignals>, settings = outlierDefaults) =>
  findOutliers(signals, settings).map(({ workerId, signal }) => [workerId, signal])

describe("outliers (2.9)", () => {
  it("five failures in a row of a type that succeeds elsewhere make one, four do not", () => {
    expect(found(world([1, 0, 0, 0], 5))).toEqual([["w0", "consecutiveFailures"]])
    expect(found(world([1, 0, 0, 0], 4))).toEqual([])
  })

  it("failures of the tasks do not: what fails everywhere says nothing of a worker, however often", () => {
    expect(found(world([1, 1, 1, 1], 200))).toEqual([])
    for (let seed = 1; seed <= 30; seed += 1)
      expect(
        found(
          world(
            ids(10).map(() => 0.5),
            300,
            seed
          )
        )
      ).toEqual([])
  })

  it("a type that nobody else runs says nothing, for there is nothing to compare it with", () => {
    expect(found(world([1, 0, 0, 0], 200, 1, (worker) => `type of ${worker}`))).toEqual([])
    expect(found(world([1], 200))).toEqual([])
  })

  it("a success rate far below the others' makes one, by the figures of both", () => {
    const signals = world([0.4, ...ids(9).map(() => 0.02)], 300)
    const [outlier, ...others] = findOutliers(signals, { ...outlierDefaults, consecutiveFailures: 1_000 })
    expect(others).toEqual([])
    expect(outlier).toMatchObject({ workerId: "w0", signal: "successRate" })
    expect(outlier?.figure).toBeCloseTo(0.6, 1)
    expect(outlier?.expected).toBeCloseTo(0.98, 1)
    expect(outlier?.message).toMatch(/^\d+ % of its latest runs succeeded, 9\d % of the same elsewhere$/)
  })

  it("alike workers are none, though by chance one always lies furthest below the mean", () => {
    let below = 0
    for (let seed = 1; seed <= 60; seed += 1) {
      const signals = world(
        ids(20).map(() => 0.1),
        200,
        seed
      )
      expect(found(signals)).toEqual([])
      const rates = signals.map(({ outcomes }) => 1 - outcomes.failures / outcomes.runs)
      const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length
      const sigma = Math.sqrt(rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length)
      if (rates.some((rate) => rate < mean - 1.9 * sigma)) below += 1
    }
    // The rule by itself would have taken out somebody most of the time.
    expect(below).toBeGreaterThan(30)
  })

  it("a share of failures makes one only where that is asked for, and only where others do better", () => {
    const signals = world([0.9, 0.1, 0.1], 300)
    const settings = { ...outlierDefaults, consecutiveFailures: 1_000, failureShare: 0.85 }
    expect(found(signals, settings)).toEqual([["w0", "failureShare"]])
    expect(found(signals, { ...settings, failureShare: false })).toEqual([])
    expect(found(world([0.9, 0.9, 0.9], 300), settings)).toEqual([])
  })

  const nothing = { runs: 0, failures: 0, expected: 0, variance: 0, streak: 0, surprise: 0 }
  const slow = (workerId: string, factor: number, beside = factor): OutlierSignals => ({
    workerId,
    outcomes: nothing,
    slowness: { factor, least: factor * 0.9, beside, runs: 10 }
  })

  it("a worker that has become slow is one where the others have not", () => {
    expect(found([slow("w0", 10), slow("w1", 1), slow("w2", 1.1)])).toEqual([["w0", "serviceTime"]])
    expect(found([slow("w0", 10), slow("w1", 9), slow("w2", 11)])).toEqual([])
    expect(found([slow("w0", 10)])).toEqual([])
  })

  it("one that was faster than the others for a time, and is as they are again, is none", () => {
    expect(found([slow("w0", 10, 1), slow("w1", 1), slow("w2", 1)])).toEqual([])
  })

  it("is unmoved by figures that are missing, negative or no numbers (property 34)", () => {
    const figure = fc.oneof(
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0),
      fc.double()
    )
    const sound = world(
      ids(9).map(() => 0.02),
      300
    )
    const [bad] = world([0.6, 0.02, 0.02, 0.02, 0.02], 300)
    let judged = 0
    fc.assert(
      fc.property(
        fc.record({
          runs: figure,
          failures: figure,
          expected: figure,
          variance: figure,
          streak: figure,
          surprise: figure
        }),
        fc.option(fc.record({ factor: figure, least: figure, beside: figure, runs: figure }), { nil: undefined }),
        (outcomes, slowness) => {
          const strange = { workerId: "strange", outcomes, slowness }
          const all = [...sound, ...(bad === undefined ? [] : [{ ...bad, workerId: "bad" }]), strange]
          const outliers = findOutliers(all, { ...outlierDefaults, consecutiveFailures: 1_000 })
          // It hides nobody who is one, and condemns nobody who is none.
          if (outcomes.runs < 100 || !Number.isFinite(outcomes.failures - outcomes.expected)) {
            judged += 1
            expect(outliers.map(({ workerId }) => workerId).filter((id) => id !== "strange")).toEqual(["bad"])
          }
          for (const { severity } of outliers) expect(Number.isFinite(severity)).toBe(true)
        }
      ),
      { seed: 34 }
    )
    expect(judged).toBeGreaterThan(40)
  })
})
