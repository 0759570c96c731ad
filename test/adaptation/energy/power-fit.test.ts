import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PowerFit } from "../../../src/adaptation/index.ts"

const fitOf = (readings: ReadonlyArray<readonly [use: number, watts: number]>) => {
  const fit = new PowerFit()
  for (const [use, watts] of readings) fit.add(use, watts)
  return fit.power
}
const uses = Array.from({ length: 40 }, (_, index) => (index % 10) / 9)

describe("the power of a worker that somebody measures", () => {
  it("is the line through what was measured", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 300 }), (idle, more) => {
        const power = fitOf(uses.map((use) => [use, idle + more * use]))
        expect(power?.idleWatts).toBeCloseTo(idle, 6)
        expect(power?.peakWatts).toBeCloseTo(idle + more, 6)
      })
    )
  })

  it("is not known from few readings, nor from loads that are much alike, nor where more load draws less", () => {
    expect(fitOf(uses.slice(0, 19).map((use) => [use, 10 + use]))).toBeUndefined()
    expect(fitOf(uses.map((use) => [0.5 + use / 100, 10 + use]))).toBeUndefined()
    expect(fitOf(uses.map((use) => [use, 100 - 50 * use]))).toBeUndefined()
    expect(fitOf(uses.map((use) => [use, 0]))).toBeUndefined()
  })

  it("leaves out what makes no sense, and follows a worker that has changed", () => {
    const junk = [
      [Number.NaN, 5],
      [2, 5],
      [0.5, -1],
      [0.5, Number.POSITIVE_INFINITY]
    ] as const
    expect(fitOf([...junk, ...uses.map((use) => [use, 10 + use] as const)])?.idleWatts).toBeCloseTo(10)
    const old = uses.map((use) => [use, 10 + 100 * use] as const)
    const now = Array.from({ length: 50 }, () => uses.map((use) => [use, 50 + 10 * use] as const)).flat()
    const power = fitOf([...old, ...now])
    expect(power?.idleWatts).toBeCloseTo(50, 0)
    expect(power?.peakWatts).toBeCloseTo(60, 0)
  })
})
