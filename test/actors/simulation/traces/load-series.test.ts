import { existsSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import {
  exponentialAverages,
  forecastsOf,
  lastValue,
  lineThrough,
  meanError,
  meanOf
} from "../../../../actors/simulation/scenarios/forecast/index.ts"
import { readCsv } from "../../../../actors/simulation/traces/csv.ts"
import { loadSeriesTraces, readLoadSeries, traceFolder } from "../../../../actors/simulation/traces/index.ts"
import { folderOf, needsTraces } from "./given.ts"

describe("readLoadSeries", () => {
  it("has none of a trace that is not there, nor of one that nobody knows", () => {
    const folder = folderOf({ "planetlab/days.csv": ["day,vms"] })
    expect(loadSeriesTraces(folder)).toEqual([])
    expect(readLoadSeries(folder, "planetlab")).toEqual([])
    expect(readLoadSeries(folder, "weather")).toEqual([])
  })

  it("takes the metrics of CloudWatch as they are, each by its name", () => {
    const folder = folderOf({ "nab-cloudwatch/dev/series.csv": ["series,t_s,value", "a,0,1", "a,300,2", "b,0,5"] })
    expect(readLoadSeries(folder, "nab-cloudwatch")).toEqual([
      { name: "a", every: 300_000, values: [1, 2], warmUp: 288 },
      { name: "b", every: 300_000, values: [5], warmUp: 288 }
    ])
  })

  it("takes of PlanetLab the sum of each day, and one machine in so many that there are about twenty", () => {
    const vms = Array.from({ length: 44 }, (_, index) => `vm${index},${index},50`)
    const folder = folderOf({ "planetlab/d/planetlab_1.csv": ["vm,s000,s001", ...vms] })
    const series = readLoadSeries(folder, "planetlab")
    expect(series.map(({ name }) => name).slice(0, 3)).toEqual(["1_total", "1_vm0", "1_vm2"])
    expect(series).toHaveLength(1 + 22)
    expect(series[0]?.values[1]).toBeCloseTo(22)
  })

  it("takes of Azure's functions the sum of all, and the busiest", () => {
    const rows = Array.from({ length: 60 }, (_, index) => `f${index},${index},1`)
    const folder = folderOf({ "azure-functions-2019/dev/i.csv": ["func,m0001,m0002", ...rows] })
    const series = readLoadSeries(folder, "azure-functions-2019")
    expect(series.map(({ name }) => name).slice(0, 3)).toEqual(["all_dev_functions", "f59", "f58"])
    expect(series).toHaveLength(41)
    expect(series[0]?.values).toEqual([1_770, 60])
  })

  it("counts requests in ten seconds, without the last, which may not be whole", () => {
    const folder = folderOf({
      "azure-llm-2023/dev/code.csv": ["t_s,context_tokens,generated_tokens", "20,1,1", "29.9,1,1", "45,1,1", "51,1,1"]
    })
    expect(readLoadSeries(folder, "azure-llm-2023")).toEqual([
      { name: "code_requests_per_10s", every: 10_000, values: [2, 0, 1], warmUp: 12 }
    ])
  })

  it("adds up what all machines generate, and 0 where none did", () => {
    const folder = folderOf({
      "alibaba-genai-2026/dev/qps.csv": [
        "t_s,container,qps,request_type",
        "57,,9,API Requests",
        "114,a,1,Generative Requests",
        "114,b,2,Generative Requests",
        "228,a,4,Generative Requests"
      ]
    })
    expect(readLoadSeries(folder, "alibaba-genai-2026")[0]?.values).toEqual([3, 0, 4])
  })
})

/** The published way of each baseline, by its name in the files. */
const methods = {
  naive_last: (values: ReadonlyArray<number>, ahead: number) => forecastsOf(lastValue, values, ahead),
  mean12: (values: ReadonlyArray<number>, ahead: number) => forecastsOf(meanOf(12), values, ahead),
  "ewma0.3": (values: ReadonlyArray<number>) => exponentialAverages(0.3, values),
  linear6: (values: ReadonlyArray<number>, ahead: number) => forecastsOf(lineThrough(6), values, ahead)
}

const isMethod = (name: string): name is keyof typeof methods => Object.hasOwn(methods, name)

const folder = traceFolder()
const traces = folder === undefined ? [] : loadSeriesTraces(folder)
const figuresOf = (trace: string) => join(folder ?? "", trace, "dev", "forecast_baselines_recomputed.csv")
const withFigures = traces.filter((trace) => existsSync(figuresOf(trace)))

describe.skipIf(withFigures.length === 0)(`the baselines of forecasts on public loads (${needsTraces})`, () => {
  it.each(withFigures)(
    "come to the figures that others had for %s",
    (trace) => {
      const all = new Map(readLoadSeries(folder ?? "", trace).map((series) => [series.name, series]))
      let compared = 0
      for (const row of readCsv(figuresOf(trace)).rows) {
        const [name, method] = [row.name("series"), row.name("method")]
        const ahead = row.count("horizon_steps")
        const series = all.get(name)
        if (series === undefined) throw new Error(`there is no series ${name}`)
        if (!isMethod(method)) continue
        const { values, warmUp } = series
        const error = (of: keyof typeof methods) => meanError(values, methods[of](values, ahead), ahead, warmUp)
        expect(values.length - ahead - warmUp + 1).toBe(row.count("n_forecasts"))
        expect([name, method, error(method) / error("naive_last")]).toEqual([
          name,
          method,
          expect.closeTo(row.number("mae_over_naive"), 3)
        ])
        compared += 1
      }
      expect(compared).toBe(8 * all.size)
    },
    60_000
  )
})
