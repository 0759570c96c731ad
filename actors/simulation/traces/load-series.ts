import type { Millis } from "../../../src/model/index.ts"
import { readCsv } from "./csv.ts"
import { planetlabDemand, readPlanetlab } from "./planetlab.ts"
import { type Family, hasColumns, lastWord, partsOfFamily, type SeriesFamily, type TraceFile } from "./trace-files.ts"

/** A load over time, at equal steps. */
export interface LoadSeries {
  readonly name: string
  readonly every: Millis
  readonly values: ReadonlyArray<number>
  /** Values that a forecast may have seen before the first one that counts: a day, where a day is told. */
  readonly warmUp: number
}

/** How the series of a trace are made of its files. */
interface Source {
  readonly trace: string
  readonly family: Family | SeriesFamily
  readonly isOne: (file: TraceFile) => boolean
  readonly read: (files: ReadonlyArray<TraceFile>, folder: string) => ReadonlyArray<LoadSeries>
}

const second: Millis = 1_000
const minute: Millis = 60_000
const usualWarmUp = 12

const sumOf = (all: ReadonlyArray<ArrayLike<number>>): ReadonlyArray<number> =>
  Array.from({ length: all[0]?.length ?? 0 }, (_, index) => all.reduce((sum, values) => sum + (values[index] ?? 0), 0))

const total = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0)

/** Numbers by their place; what is not named is 0. */
const filled = (from: number, to: number, at: ReadonlyMap<number, number>): ReadonlyArray<number> =>
  Array.from({ length: Math.max(0, to - from) }, (_, index) => at.get(from + index) ?? 0)

const least = (keys: Iterable<number>): number => [...keys].reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
const most = (keys: Iterable<number>): number => [...keys].reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)

/** Metrics of machines and counts of tweets, as they are. */
const cloudwatch: Source = {
  trace: "nab-cloudwatch",
  family: "nab-cloudwatch",
  isOne: (file) => hasColumns(file, "series", "t_s", "value"),
  read: (files) =>
    files.flatMap(({ path }) => {
      const series = new Map<string, Array<number>>()
      for (const row of readCsv(path).rows) {
        const name = row.name("series")
        const values = series.get(name) ?? []
        values.push(row.number("value"))
        series.set(name, values)
      }
      const every = 5 * minute
      return [...series].map(([name, values]) => ({ name, every, values, warmUp: 288 }))
    })
}

/** Of each day the sum of all machines, and every machine at a distance of a twentieth of them. */
const planetlab: Source = {
  trace: "planetlab",
  family: "planetlab",
  isOne: (file) => hasColumns(file, "vm", "s000"),
  read: (files, folder) =>
    files.flatMap(({ stem }) => {
      const name = lastWord(stem)
      const day = readPlanetlab(folder, name)
      const demand = planetlabDemand(day)
      const stride = Math.max(1, Math.floor(demand.length / 20))
      const made = (part: string, values: ArrayLike<number>): LoadSeries => ({
        name: `${name}_${part}`,
        every: day.every,
        values: Array.from(values),
        warmUp: usualWarmUp
      })
      const some = demand.flatMap((values, index) =>
        index % stride === 0 ? [made(day.vms[index] ?? String(index), values)] : []
      )
      return [made("total", sumOf(demand)), ...some]
    })
}

const isMinute = (column: string): boolean => /^m\d+$/.test(column)

/** Functions that are called often enough to be told apart from noise. */
const busiest = 40

/** Calls of all functions in each minute, and those of the busiest. */
const azureFunctions: Source = {
  trace: "azure-functions-2019",
  family: "azure-functions",
  isOne: (file) => hasColumns(file, "func") && file.columns.some(isMinute),
  read: (files) =>
    files.flatMap(({ path, columns }) => {
      const minutes = columns.filter(isMinute)
      const functions = Array.from(readCsv(path).rows, (row) => ({
        name: row.name("func"),
        values: row.numbers(minutes)
      }))
      const often = functions.toSorted((a, b) => total(b.values) - total(a.values)).slice(0, busiest)
      const all = { name: "all_dev_functions", values: sumOf(functions.map(({ values }) => values)) }
      return [all, ...often].map(({ name, values }) => ({
        name,
        every: minute,
        values: Array.from(values),
        warmUp: usualWarmUp
      }))
    })
}

/** Requests in ten seconds; the last of them, which may not be whole, is left out. */
const azureLlm: Source = {
  trace: "azure-llm-2023",
  family: "azure-llm",
  isOne: (file) => hasColumns(file, "t_s", "context_tokens"),
  read: (files) =>
    files.map(({ path, stem }) => {
      const every = 10 * second
      const counts = new Map<number, number>()
      for (const row of readCsv(path).rows) {
        const bin = Math.floor((row.number("t_s") * second) / every)
        counts.set(bin, (counts.get(bin) ?? 0) + 1)
      }
      const values = filled(least(counts.keys()), most(counts.keys()), counts)
      return { name: `${stem}_requests_per_10s`, every, values, warmUp: usualWarmUp }
    })
}

/** Generated images a second, all machines together, sampled every 57 s. */
const alibabaGenai: Source = {
  trace: "alibaba-genai-2026",
  family: "alibaba-genai",
  isOne: (file) => hasColumns(file, "t_s", "qps", "request_type"),
  read: (files) =>
    files.map(({ path }) => {
      const every = 57 * second
      const sums = new Map<number, number>()
      for (const row of readCsv(path).rows) {
        if (!row.text("request_type").startsWith("Generative")) continue
        const at = Math.round((row.number("t_s") * second) / every)
        sums.set(at, (sums.get(at) ?? 0) + row.number("qps"))
      }
      const values = filled(least(sums.keys()), most(sums.keys()) + 1, sums)
      return { name: "generative_qps_total", every, values, warmUp: usualWarmUp }
    })
}

const sources: ReadonlyArray<Source> = [cloudwatch, planetlab, azureFunctions, azureLlm, alibabaGenai]

/** The files of the first part of a trace that has any. */
const filesOf = ({ family, isOne }: Source, folder: string): ReadonlyArray<TraceFile> =>
  partsOfFamily(folder, family)
    .map((files) => files.filter(isOne))
    .find((files) => files.length > 0) ?? []

/** The traces in a folder that series of load can be made of. */
export const loadSeriesTraces = (folder: string): ReadonlyArray<string> =>
  sources.filter((source) => filesOf(source, folder).length > 0).map(({ trace }) => trace)

/** The series of load of a trace; none where it is not in the folder. Throws `TraceMalformed`. */
export const readLoadSeries = (folder: string, trace: string): ReadonlyArray<LoadSeries> => {
  const source = sources.find((each) => each.trace === trace)
  if (source === undefined) return []
  const files = filesOf(source, folder)
  return files.length === 0 ? [] : source.read(files, folder)
}
