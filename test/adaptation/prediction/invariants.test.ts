import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  Forecaster,
  findImbalance,
  imbalanceDefaults,
  methodIds,
  type WorkerLoad,
  workerSeries
} from "../../../src/adaptation/index.ts"
import { normalFrom, randomFrom } from "./noise.ts"

const second = 1_000
const minute = 60 * second

/** Samples as they come in bad times: bursts, silences, a clock that steps back, figures that are none. */
const moment = fc.record({
  gap: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 10 * second, max: 50 * second }) },
    { weight: 2, arbitrary: fc.integer({ min: 1, max: 2 * second }) },
    { weight: 1, arbitrary: fc.integer({ min: 2 * minute, max: 20 * minute }) },
    { weight: 1, arbitrary: fc.integer({ min: -5 * minute, max: 0 }) }
  ),
  value: fc.oneof(
    { weight: 20, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -3, 1e9) }
  ),
  asks: fc.boolean()
})

describe("whatever comes", () => {
  it("a forecast lies in its interval and that within bounds, and none that came due goes unscored (X3)", () => {
    const hard = { due: 0, silences: 0, refused: 0 }
    fc.assert(
      fc.property(
        fc.array(moment, { minLength: 60, maxLength: 120, size: "max" }),
        fc.constantFrom(...methodIds),
        (moments, method) => {
          const forecaster = new Forecaster({ method })
          const open: Array<number> = []
          let at = 0
          let last = 0
          let opened = Number.NEGATIVE_INFINITY
          for (const { gap, value, asks } of moments) {
            at = Math.max(1, at + gap)
            const isKept = forecaster.observe("s", value, at)
            if (!isKept) {
              hard.refused += 1
              continue
            }
            // What lay in a silence nobody has seen.
            if (at - last > 5 * minute) hard.silences += 1
            const due = open.filter((dueAt) => dueAt <= at && at - last <= 5 * minute)
            hard.due += due.length
            if (due.length > 0) expect(forecaster.accuracy("s")).toBeDefined()
            expect(forecaster.score(at).length).toBeGreaterThanOrEqual(Math.min(1, due.length))
            open.splice(0, open.length, ...open.filter((dueAt) => dueAt > at))
            last = at
            const forecast = asks ? forecaster.forecast("s", at) : undefined
            if (forecast === undefined) continue
            // Of those asked for in quick succession, one is scored.
            if (forecast.madeAt - opened > 3 * second) {
              opened = forecast.madeAt
              open.push(forecast.dueAt)
            }
            expect(forecast.low).toBeLessThanOrEqual(forecast.value)
            expect(forecast.high).toBeGreaterThanOrEqual(forecast.value)
            expect(forecast.low).toBeGreaterThanOrEqual(0)
            expect(forecast.high).toBeLessThanOrEqual(1)
            expect(forecast.confidence).toBeGreaterThanOrEqual(0)
            expect(forecast.confidence).toBeLessThanOrEqual(1)
          }
        }
      ),
      { numRuns: 100 }
    )
    expect(hard.due).toBeGreaterThan(500)
    expect(hard.silences).toBeGreaterThan(100)
    expect(hard.refused).toBeGreaterThan(500)
  })

  it("flat noise is hardly ever acted upon: in at most one of a hundred looks (property 13)", () => {
    let [looks, acted, reliable, near] = [0, 0, 0, 0]
    for (let seed = 1; seed <= 30; seed += 1) {
      const random = randomFrom(seed)
      const normal = normalFrom(random)
      const deviation = 0.01 + 0.05 * random()
      // The gap between the levels is below what a forecast is asked for, by less than two deviations as often as not.
      const gap = 0.5 - 4 * deviation * random()
      const levels = [0.5 + gap / 2, 0.5, 0.5, 0.5 - gap / 2]
      const forecaster = new Forecaster()
      for (let round = 0; round < 120; round += 1) {
        const at = round * 30 * second
        const loads = levels.map((level, index): WorkerLoad => {
          const utilisation = Math.min(1, Math.max(0, level + deviation * normal()))
          return { ...idle, workerId: `w${index}`, utilisation }
        })
        for (const { workerId, utilisation } of loads) forecaster.observe(workerSeries(workerId), utilisation, at)
        const forecasts = new Map(
          loads.flatMap(({ workerId }) => {
            const forecast = forecaster.forecast(workerSeries(workerId), at)
            return forecast === undefined ? [] : [[workerId, forecast] as const]
          })
        )
        looks += 1
        if ([...forecasts.values()].some(({ beatsNoChange }) => beatsNoChange)) reliable += 1
        const thresholds = { high: 0.5 + gap / 2 - deviation, low: 0.5 - gap / 2 + deviation }
        const found = findImbalance(loads, thresholds, forecasts, imbalanceDefaults)
        if (found.utilisationGap > 0.5) near += 1
        if (found.rules.includes("forecast")) acted += 1
      }
    }
    // There were forecasts to act upon, and looks at which the gap of that moment was wide enough.
    expect(reliable / looks).toBeGreaterThan(0.5)
    expect(near).toBeGreaterThan(200)
    expect(acted / looks).toBeLessThanOrEqual(0.01)
  })
})

const idle: Omit<WorkerLoad, "workerId" | "utilisation"> = {
  phase: "up",
  slots: 1,
  running: 0,
  speed: 1,
  health: 1,
  backlogSeconds: 0,
  taskShare: 1
}
