import { describe, expect, it } from "vitest"
import { azureTasks, readAzureFunctions } from "../../../../actors/simulation/traces/index.ts"
import { chanceOf } from "../../../../actors/simulation/workload/index.ts"
import { mean } from "../../../../src/statistics/index.ts"
import { folderOf, thrownBy } from "./given.ts"

const runTimes = [
  "func,run_count,run_avg_ms,run_min_ms,run_max_ms,run_p25_ms,run_p50_ms,run_p75_ms,run_p99_ms",
  "A,9,50,0,100,25,50,75,99",
  "B,9,7,7,7,7,7,7,7"
]

const folder = () =>
  folderOf({
    "azure-functions-2019/rest/runs.csv": runTimes,
    "azure-functions-2019/rest/calls_early.csv": ["func,m0003,m0004", "A,2,0", "B,0,3"],
    "azure-functions-2019/rest/calls_late.csv": ["func,m0005", "A,1000"],
    "azure-functions-2019/rest/totals.csv": ["minute,invocations", "3,2"]
  })

describe("readAzureFunctions", () => {
  it("puts the minutes of a function together, whichever files they are in", () => {
    const { from, to, functions } = readAzureFunctions(folder())
    expect({ from, to }).toEqual({ from: 2, to: 5 })
    expect(functions.map(({ name, perMinute }) => [name, ...perMinute])).toEqual([
      ["A", 0, 0, 2, 0, 1_000],
      ["B", 0, 0, 0, 3, 0]
    ])
  })

  it("draws straight lines between percentiles", () => {
    const [a, b] = readAzureFunctions(folder()).functions
    expect(a?.runTimes).toHaveLength(100)
    a?.runTimes.forEach((ms, index) => {
      expect(ms).toBeCloseTo(index + 0.5)
    })
    expect(new Set(b?.runTimes)).toEqual(new Set([7]))
  })

  it("refuses calls of a function whose run times nobody knows", () => {
    const calls = { "azure-functions/calls.csv": ["func,m0001", "C,1"], "azure-functions/runs.csv": runTimes }
    expect(thrownBy(() => readAzureFunctions(folderOf(calls)))).toMatchObject({
      line: 2,
      problem: "the run times of C are unknown"
    })
  })
})

describe("azureTasks", () => {
  const trace = () => readAzureFunctions(folder())

  it("gives each minute its invocations, in the order of arrival", () => {
    const tasks = [...azureTasks(trace(), chanceOf("a"))]
    expect(tasks).toHaveLength(1_005)
    expect(tasks.map(({ at }) => at)).toEqual(tasks.map(({ at }) => at).sort((a, b) => a - b))
    const inMinute = (index: number) => tasks.filter(({ at }) => Math.floor(at / 60_000) === index)
    expect(
      [0, 1, 2].map(
        (index) =>
          inMinute(index)
            .map(({ type }) => type)
            .join("").length
      )
    ).toEqual([2, 3, 1_000])
    expect(mean(inMinute(2).map(({ work }) => work))).toBeCloseTo(50, -1)
  })

  it("begins with the first minute replayed", () => {
    const tasks = [...azureTasks(trace(), chanceOf("a"), { from: 3, to: 4 })]
    expect(tasks.map(({ type, work }) => [type, work])).toEqual(Array.from({ length: 3 }, () => ["B", 7]))
    expect(tasks.every(({ at }) => at >= 0 && at < 60_000)).toBe(true)
  })

  it("is the same for the same chance", () => {
    expect([...azureTasks(trace(), chanceOf("a"))]).toEqual([...azureTasks(trace(), chanceOf("a"))])
    expect([...azureTasks(trace(), chanceOf("a"))]).not.toEqual([...azureTasks(trace(), chanceOf("b"))])
  })
})
