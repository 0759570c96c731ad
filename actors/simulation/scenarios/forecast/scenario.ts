import { median } from "../../../../src/statistics/index.ts"
import { loadSeriesTraces, noTraceFolder, readLoadSeries, traceFolder } from "../../traces/index.ts"
import type { Contender, Part, Row, Scenario, ScenarioWorld } from "../scenario.ts"
import { type SeriesErrors, seriesErrors } from "./series-errors.ts"

/** Steps ahead. */
const horizons = [1, 5] as const

/** The traces that load is forecast on. */
const traces = ["nab-cloudwatch", "planetlab", "azure-functions-2019", "azure-llm-2023", "alibaba-genai-2026"] as const

/** Nothing happens in it: who forecasts is measured on a series alone. */
const idleWorld: ScenarioWorld = { workers: 1, workload: { arrivals: { type: "replay", tasks: [] }, kinds: [] } }

/** By how many steps ahead, the errors of every series. */
type Errors = ReadonlyMap<number, ReadonlyArray<SeriesErrors>>

const percentOf = (part: number, whole: number): number => (whole === 0 ? Number.NaN : (100 * part) / whole)

const wins = (errors: ReadonlyArray<SeriesErrors>, of: (each: SeriesErrors) => number): number =>
  percentOf(errors.filter((each) => of(each) < each.bestSimple).length, errors.length)

const readingsOf = (trace: string, errors: Errors, of: (each: SeriesErrors) => number): Record<string, number> => {
  const each = [...errors].flatMap(([ahead, all]) => [
    [`${trace} ${ahead}`, median(all.map(of))] as const,
    [`${trace} series won ${ahead} %`, wins(all, of)] as const
  ])
  const lowest = Math.min(...[...errors.values()].map((all) => wins(all, of)))
  return { ...Object.fromEntries(each), [`${trace} series won %`]: lowest }
}

const coverageOf = (trace: string, errors: Errors): Record<string, number> => {
  const all = [...errors.values()].flat()
  const sum = (of: (each: SeriesErrors) => number) => all.reduce((total, each) => total + of(each), 0)
  return {
    [`${trace} coverage`]: percentOf(
      sum(({ covered }) => covered),
      sum(({ counted }) => counted)
    )
  }
}

const rowOf = (row: string, unit: string, better: Row["better"], of?: Row["of"]): Row => ({
  row,
  unit,
  better,
  figure: ({ readings }) => readings[row] ?? Number.NaN,
  ...(of !== undefined && { of })
})

const rowsOf = (trace: string): ReadonlyArray<Row> => {
  const others = ["ballast", "linear regression"]
  return [
    ...horizons.map((ahead) => rowOf(`${trace} ${ahead}`, "", "less")),
    rowOf(`${trace} coverage`, "%", "more", ["ballast"]),
    rowOf(`${trace} series won %`, "%", "more", others),
    ...horizons.map((ahead) => rowOf(`${trace} series won ${ahead} %`, "%", "more", others))
  ]
}

/** The series of one trace, which are read and forecast when the first contender is asked. */
export const forecastPart = (folder: string, trace: string): Part => {
  let known: Errors | undefined
  const errors = (): Errors => {
    const series = known === undefined ? readLoadSeries(folder, trace) : []
    known ??= new Map(horizons.map((ahead) => [ahead, series.map((each) => seriesErrors(each, ahead))]))
    return known
  }
  const reading = (of: (each: SeriesErrors) => number): Contender => ({
    readings: () => readingsOf(trace, errors(), of)
  })
  return {
    world: idleWorld,
    contenders: {
      ballast: {
        readings: () => ({ ...readingsOf(trace, errors(), ({ ballast }) => ballast), ...coverageOf(trace, errors()) })
      },
      "best simple": reading(({ bestSimple }) => bestSimple),
      "linear regression": reading(({ linearRegression }) => linearRegression)
    },
    rows: rowsOf(trace)
  }
}

let parts: ReadonlyArray<Part> | undefined

const partsIn = (folder: string | undefined): ReadonlyArray<Part> => {
  if (folder === undefined) return []
  const there = loadSeriesTraces(folder)
  return traces.filter((trace) => there.includes(trace)).map((trace) => forecastPart(folder, trace))
}

/** How well load is forecast that nobody here has made. */
export const c13 = {
  id: "C13",
  title: "forecast",
  scene:
    "Recorded loads: metrics of machines in AWS and volumes of tweets (every 5 minutes), CPU of PlanetLab's machines and of all of them (5 minutes), calls of the busiest functions of Azure and of all (a minute), requests to two language models (10 seconds), generated images (57 seconds). After each value, and knowing nothing beyond it, the value 1 and 5 steps later is forecast.",
  metric:
    "mean absolute error ÷ that of the last value, the median over the series of a trace; the share of values within the 90 % interval given for them, of all series together; and the share of the series in which the error is below that of the best simple baseline, at the horizon where fewer are",
  gamed:
    "by settings made for one series: there are none, each series is begun without knowledge of it or of others; by leaving out what is hard to forecast: every series of a trace counts, from its twelfth value on (CloudWatch: from the second day on).",
  seeds: 1,
  /** The traces are looked for when the parts are first asked for. */
  get parts(): ReadonlyArray<Part> {
    parts ??= partsIn(traceFolder())
    return parts
  },
  get missing(): ReadonlyArray<string> {
    const folder = traceFolder()
    const there = folder === undefined ? [] : loadSeriesTraces(folder)
    const absent = traces.filter((trace) => !there.includes(trace))
    if (absent.length === 0) return []
    const where = folder === undefined ? noTraceFolder() : `they are not in ${folder}`
    return [`Rows are left out, for want of the traces ${absent.join(", ")}: ${where}.`]
  },
  targets: Object.fromEntries(
    traces.flatMap((trace) => [
      [`${trace} coverage`, "85–95 %"],
      [`${trace} series won %`, "at least 80 %"]
    ])
  ),
  notes: [
    "`best simple` is, of each series and horizon by itself, the better of the exponential average (0.3) and the mean of the last 12: which of the two is known only afterwards.",
    "`linear regression` goes through the last 6 values, as the rule of the sources does.",
    "Ballast is the forecaster of the runtime with its usual method, `auto`. Nothing is left to chance, so more seeds say no more.",
    "azure-llm-2023 has two series and alibaba-genai-2026 one: there a share of series says little."
  ]
} satisfies Scenario
