import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { alike, MeasuredSpeeds, RunTimes } from "../../../src/adaptation/index.ts"

describe("measured speeds", () => {
  it("that differ by chance are one speed, and others keep their own", () => {
    const measured = new MeasuredSpeeds()
    expect(measured.note("a", 1)).toBe(1)
    expect(measured.note("b", 1.08)).toBe(1)
    expect(measured.note("c", 0.9)).toBe(1)
    expect(measured.note("slow", 0.4)).toBe(0.4)
    expect(measured.note("slower", 0.38)).toBe(0.4)
  })

  it("of a worker that is measured again, or that left, are forgotten", () => {
    const measured = new MeasuredSpeeds()
    measured.note("a", 1)
    expect(measured.note("a", 1.1)).toBe(1.1)
    measured.forget("a")
    measured.forget("nobody")
    expect(measured.note("b", 1.05)).toBe(1.05)
  })

  it("are never moved further than chance may move them", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 100, noNaN: true })), (speeds) => {
        const measured = new MeasuredSpeeds()
        speeds.forEach((speed, at) => {
          const ratio = measured.note(`w${at}`, speed) / speed
          expect(Math.max(ratio, 1 / ratio)).toBeLessThanOrEqual(alike + 1e-9)
        })
      })
    )
  })
})

describe("a prior speed", () => {
  it("stands for the worker's speed until its runs tell", () => {
    const times = new RunTimes()
    times.assume("a", 1)
    times.prior("a", 2.5)
    expect(times.speedOf("a")).toBeCloseTo(2.5)
    expect(times.speedOf("a", "any")).toBeCloseTo(2.5)
    // Measured is not compared: nobody is called slow for it.
    expect(times.speedAtMost("a")).toBe(Number.POSITIVE_INFINITY)
    for (let run = 0; run < 200; run += 1) times.record("a", "t", { ms: 20, expectedMs: 10 }, run)
    expect(times.speedOf("a")).toBeCloseTo(0.5, 1)
  })

  it("weighs as much as two runs do", () => {
    const times = new RunTimes()
    times.prior("a", 4)
    times.record("a", "t", { ms: 10, expectedMs: 10 }, 0)
    times.record("a", "u", { ms: 10, expectedMs: 10 }, 1)
    expect(times.speedOf("a")).toBeGreaterThan(1.5)
    expect(times.speedOf("a")).toBeLessThan(2.7)
  })

  it("does not undo what runs have told: a worker that starts anew keeps its speed", () => {
    const times = new RunTimes()
    times.assume("a", 1)
    for (let run = 0; run < 100; run += 1) times.record("a", "t", { ms: 20, expectedMs: 10 }, run)
    const learned = times.speedOf("a")
    times.prior("a", 3)
    expect(times.speedOf("a")).toBe(learned)
  })

  it("that is no speed changes nothing", () => {
    const times = new RunTimes()
    times.assume("a", 2)
    for (const speed of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) times.prior("a", speed)
    expect(times.speedOf("a")).toBe(2)
  })
})
