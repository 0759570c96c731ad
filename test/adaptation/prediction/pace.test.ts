import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { Forecaster } from "../../../src/adaptation/index.ts"
import { mostSteps, Pace, stepsOf } from "../../../src/adaptation/prediction/pace.ts"

const take = (pace: Pace, samples: ReadonlyArray<readonly [at: number, value: number]>) =>
  samples.map(([at, value]) => pace.take(value, at))

describe("the steps of a horizon", () => {
  it("are as many as samples are expected in it, up to twelve", () => {
    expect(stepsOf(180_000, 30_000)).toEqual({ steps: 6, step: 30_000 })
    expect(stepsOf(180_000, 1_000)).toEqual({ steps: 12, step: 15_000 })
    expect(stepsOf(10_000, 30_000)).toEqual({ steps: 1, step: 30_000 })
    expect(stepsOf(100, 0)).toEqual({ steps: 1, step: 100 })
    expect(mostSteps).toBe(12)
  })

  it("are never of no length, so that no sample is an endless number of them after the last", () => {
    expect(stepsOf(0, 0)).toEqual({ steps: 1, step: 1 })
    const forecaster = new Forecaster({ horizon: 0, interval: 0 })
    for (let at = 0; at < 20; at += 1) expect(forecaster.observe("s", 0.5, at)).toBe(true)
    expect(forecaster.forecast("s", 20)?.value).toBeCloseTo(0.5)
  })
})

describe("Pace", () => {
  it("gives a step for each sample that comes about when it is due", () => {
    expect(
      take(new Pace(10, 5), [
        [0, 1],
        [10, 2],
        [19, 3],
        [31, 4]
      ])
    ).toEqual([
      { missed: undefined, value: 1 },
      { missed: 0, value: 2 },
      { missed: 0, value: 3 },
      { missed: 0, value: 4 }
    ])
  })

  it("takes the mean of several samples in a step", () => {
    const steps = take(new Pace(10, 5), [
      [0, 1],
      [3, 2],
      [4, 3],
      [7, 4],
      [8, 9]
    ])
    expect(steps).toEqual([{ missed: undefined, value: 1 }, undefined, undefined, { missed: 0, value: 3 }, undefined])
  })

  it("says how many steps were missed, and begins anew after too many", () => {
    expect(
      take(new Pace(10, 2), [
        [0, 1],
        [30, 2],
        [70, 3],
        [80, 4]
      ])
    ).toEqual([
      { missed: undefined, value: 1 },
      { missed: 2, value: 2 },
      { missed: undefined, value: 3 },
      { missed: 0, value: 4 }
    ])
  })

  it("never makes more steps than time has passed, however samples come", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 60 }), (gaps) => {
        const pace = new Pace(10, 4)
        let at = 0
        let begun = 0
        let steps = 0
        for (const gap of [0, ...gaps]) {
          at += gap
          const step = pace.take(1, at)
          if (step?.missed === undefined && step !== undefined) {
            begun = at
            steps = 0
          } else if (step !== undefined) steps += 1 + (step.missed ?? 0)
          expect(steps).toBeLessThanOrEqual((at - begun) / 10 + 0.5)
        }
      })
    )
  })
})
