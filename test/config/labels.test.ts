import { describe, expect, it } from "vitest"
import { submitProblems, toRequirements } from "../../src/config/index.ts"

const problemsOf = (labels: unknown) => Reflect.apply(submitProblems, undefined, [{ requires: { labels } }])

describe("labels that are required", () => {
  it("have a value, or several of which any will do", () => {
    expect(problemsOf({ zone: "a", model: ["T4", "P100"] })).toEqual([])
    expect(toRequirements({ labels: { zone: "a", model: ["T4", "P100"] } }).constraints).toEqual({
      labels: { model: ["P100", "T4"], zone: "a" }
    })
  })

  it("are refused with no value to choose from, and with values that are no text", () => {
    for (const values of [[], [1], 1, null, [["a"]], { any: "a" }]) {
      expect(problemsOf({ zone: values })).toMatchObject([
        { path: expect.stringMatching(/^options\.requires\.labels\.zone/), hint: expect.stringContaining('["a", "b"]') }
      ])
    }
    expect(problemsOf("a")).toMatchObject([
      { path: "options.requires.labels", hint: expect.stringContaining('["a", "b"]') }
    ])
  })

  it("make one shape of lists of the same values, and of a list of one value and that value", () => {
    const shapeOf = (zone: string | ReadonlyArray<string>) => toRequirements({ labels: { zone } }).shape
    expect(shapeOf(["b", "a", "b"])).toBe(shapeOf(["a", "b"]))
    expect(shapeOf(["a"])).toBe(shapeOf("a"))
    expect(shapeOf(["a", "b"])).not.toBe(shapeOf(["a"]))
    expect(shapeOf(["a,b"])).not.toBe(shapeOf(["a", "b"]))
  })
})
