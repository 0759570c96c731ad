import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { ComputeGate, restOwed } from "../../src/execution/worker/compute-gate.ts"

describe("the duty cycle", () => {
  it("owes three times the computing as rest at a quarter, and nothing at full", () => {
    expect(restOwed(0, 100, 0, 0.25)).toBe(300)
    expect(restOwed(300, 0, 120, 0.25)).toBe(180)
    expect(restOwed(0, 100, 0, 1)).toBe(0)
  })

  it("keeps computing at or below its share of wall time over any run of work, rests and pauses", () => {
    const step = fc.record({
      active: fc.double({ min: 0, max: 50, noNaN: true }),
      pause: fc.double({ min: 0, max: 500, noNaN: true })
    })
    fc.assert(
      fc.property(
        fc.array(step, { minLength: 1 }),
        fc.double({ min: 0.05, max: 1, noNaN: true }),
        (steps, dutyCycle) => {
          let owed = 0
          let computed = 0
          let wall = 0
          for (const { active, pause } of steps) {
            owed = restOwed(owed, active, 0, dutyCycle)
            // It rests what it owes; an idle pause beyond that buys nothing.
            const idle = owed + pause
            owed = restOwed(owed, 0, idle, dutyCycle)
            expect(owed).toBe(0)
            computed += active
            wall += active + idle
            expect(computed).toBeLessThanOrEqual(dutyCycle * wall + 1e-6 * wall + 1e-9)
          }
        }
      )
    )
  })

  it("never holds up a thread that is not throttled", () => {
    expect(new ComputeGate(1).enter({})).toBeUndefined()
  })
})
