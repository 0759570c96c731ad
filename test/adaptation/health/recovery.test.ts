import { describe, expect, it } from "vitest"
import { recoveryDefaults, recoveryOf, type WorkerCondition } from "../../../src/adaptation/index.ts"

const worker = (workerId: string, rest: Partial<WorkerCondition> = {}): WorkerCondition => ({
  workerId,
  phase: "up",
  isIll: false,
  lostAt: undefined,
  ...rest
})
const judge = (workers: ReadonlyArray<WorkerCondition>, now = 100_000) => recoveryOf(workers, recoveryDefaults, now)

describe("recovery (G7)", () => {
  it("clears workers that are ejected, and those that take work but are ill", () => {
    const workers = ["a", "b", "c", "d", "e"].map((id) => worker(id))
    const sick = [worker("x", { phase: "ejected" }), worker("y", { isIll: true })]
    expect([...judge([...workers, ...sick]).evacuate]).toEqual(["x", "y"])
  })

  it("clears nobody where half of the pool is sick: that is load, or the tasks", () => {
    expect([...judge([worker("a"), worker("x", { isIll: true })]).evacuate]).toEqual([])
  })

  it("does not clear who is out for another reason", () => {
    const others = ["draining", "maintenance", "resting", "failed", "starting"] as const
    const out = others.map((phase) => worker(phase, { phase, isIll: true }))
    expect([...judge([worker("a"), worker("b"), ...out]).evacuate]).toEqual([])
  })

  it("recovers from a loss until loads have settled, and while the lost worker is awaited, but not for ever", () => {
    const back = (at: number) => judge([worker("a"), worker("b", { lostAt: 100_000 })], at).recovering
    expect([100_000, 104_999, 105_000].map(back)).toEqual([true, true, false])
    const away = (at: number) =>
      judge([worker("a"), worker("b", { phase: "starting", lostAt: 100_000 })], at).recovering
    expect([105_000, 129_999, 130_000].map(away)).toEqual([true, true, false])
    // One that has joined and starts for the first time was not lost.
    expect(judge([worker("a"), worker("b", { phase: "starting" })]).recovering).toBe(false)
  })
})
