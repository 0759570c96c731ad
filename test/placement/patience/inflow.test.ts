import { describe, expect, it } from "vitest"
import { Inflow } from "../../../src/placement/index.ts"

/** So many tasks, one every `gap` milliseconds from 0 on; when the last of them came. */
const flowing = (tasks: number, gap: number, declared?: number): { readonly inflow: Inflow; readonly last: number } => {
  const inflow = new Inflow()
  for (let task = 0; task < tasks; task += 1) inflow.accepted(task * gap, declared)
  return { inflow, last: (tasks - 1) * gap }
}

describe("the inflow of work", () => {
  it("is what flows: tasks in a millisecond, times what they declare or what tasks take on average", () => {
    const declared = flowing(200, 5, 20)
    expect(declared.inflow.rate(declared.last, 999)).toBeCloseTo(4, 0)
    const undeclared = flowing(200, 5)
    expect(undeclared.inflow.rate(undeclared.last, 50)).toBeCloseTo(10, 0)
  })

  it("is that of the latest tasks: it follows a flow that becomes slower", () => {
    const { inflow, last } = flowing(200, 1, 10)
    for (let task = 1; task <= 64; task += 1) inflow.accepted(last + 100 * task, 10)
    expect(inflow.rate(last + 6_400, 0)).toBeCloseTo(0.1, 2)
  })

  it("counts what is declared and what is not of the latest tasks alone", () => {
    const { inflow, last } = flowing(64, 1, 1_000)
    for (let task = 1; task <= 64; task += 1) inflow.accepted(last + task, undefined)
    expect(inflow.rate(last + 64, 7)).toBeCloseTo(7, 0)
  })

  it.each([20, 60, 1_000])("is not what comes at once on top of a stream, be it %i tasks", (tasks) => {
    const { inflow, last } = flowing(200, 10, 20)
    const flow = inflow.rate(last, 0)
    for (let task = 0; task < tasks; task += 1) inflow.accepted(last + 5, 60_000)
    expect(inflow.rate(last + 5, 0)).toBeCloseTo(flow, 1)
    expect(inflow.rate(last + 50, 0)).toBeLessThan(2 * flow)
  })

  it("is nothing of a batch that came at once, and soon nothing of one that came in turns", () => {
    expect(flowing(1_000, 0, 10).inflow.rate(0, 10)).toBe(0)
    const { inflow, last } = flowing(1_000, 0.01, 10)
    expect(inflow.rate(last + 0.01, 10)).toBeGreaterThan(100)
    expect(inflow.rate(last + 100, 10)).toBeLessThan(1)
    expect(inflow.rate(last + 10_000, 10)).toBeLessThan(0.01)
  })

  it("is nothing of a few tasks, and of tasks that are no work", () => {
    const { inflow } = flowing(63, 1, 10)
    expect(inflow.rate(63, 10)).toBe(0)
    expect(flowing(64, 1, 0).inflow.rate(64, 10)).toBe(0)
  })
})
