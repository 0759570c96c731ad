import type { Millis } from "../../../src/model/index.ts"
import type { Chance, RecordedTask } from "../workload/index.ts"
import { type CsvRow, readCsv } from "./csv.ts"
import { TraceMissing } from "./errors.ts"
import { filesOfFamily, hasColumns, partsOfFamily, type TraceFile } from "./trace-files.ts"

/** A function as it was called on that day. */
export interface AzureFunction {
  readonly name: string
  /** Run times in the order of size, each as likely as the others. */
  readonly runTimes: ReadonlyArray<Millis>
  /** Invocations in each minute of the day: the first minute is at 0. */
  readonly perMinute: Uint32Array
}

/** A sample of Azure Functions on one day of July 2019 (Shahrad et al., USENIX ATC '20; drawn by In-Vitro). */
export interface AzureFunctions {
  /** Minutes of the day that are covered, counted from 0, the last one excluded. */
  readonly from: number
  readonly to: number
  readonly functions: ReadonlyArray<AzureFunction>
}

const minute: Millis = 60_000
/** Run times kept of a function: its percentiles, each in the middle of its percent. */
const kept = 100

const percentiles: ReadonlyArray<readonly [quantile: number, column: string]> = [
  [0, "run_min_ms"],
  [0.25, "run_p25_ms"],
  [0.5, "run_p50_ms"],
  [0.75, "run_p75_ms"],
  [0.99, "run_p99_ms"],
  [1, "run_max_ms"]
]

const isMinute = (column: string): boolean => /^m\d+$/.test(column)
const holdsInvocations = (file: TraceFile): boolean => hasColumns(file, "func") && file.columns.some(isMinute)
const holdsRunTimes = (file: TraceFile): boolean => hasColumns(file, "func", ...percentiles.map(([, column]) => column))

/** Straight lines between the percentiles that are known, none below the one before. */
const runTimesOf = (row: CsvRow): ReadonlyArray<Millis> => {
  let least = 0
  const known = percentiles.map(([quantile, column]) => {
    least = Math.max(least, row.number(column))
    return { quantile, ms: least }
  })
  return Array.from({ length: kept }, (_, index) => {
    const quantile = (index + 0.5) / kept
    const above = known.findIndex((each) => each.quantile >= quantile)
    const low = known[above - 1] ?? { quantile: 0, ms: 0 }
    const high = known[above] ?? low
    return low.ms + ((high.ms - low.ms) * (quantile - low.quantile)) / (high.quantile - low.quantile)
  })
}

/** Whether there is anything to read. */
export const hasAzureFunctions = (folder: string): boolean =>
  filesOfFamily(folder, "azure-functions").some(holdsInvocations)

/** Reads the functions of the first folder that has any. Throws `TraceMissing` and `TraceMalformed`. */
export const readAzureFunctions = (folder: string): AzureFunctions => {
  const part = partsOfFamily(folder, "azure-functions").find((files) => files.some(holdsInvocations))
  if (part === undefined) throw new TraceMissing({ trace: "azure-functions", path: folder })
  const runTimes = new Map<string, ReadonlyArray<Millis>>()
  // A part may leave the run times of its functions to another.
  for (const { path } of [...part, ...filesOfFamily(folder, "azure-functions")].filter(holdsRunTimes)) {
    for (const row of readCsv(path).rows) {
      const name = row.name("func")
      if (!runTimes.has(name)) runTimes.set(name, runTimesOf(row))
    }
  }
  const files = part.filter(holdsInvocations)
  const minutes = files.flatMap(({ columns }) => columns.filter(isMinute).map(minuteOf))
  const from = minutes.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY)
  const to = minutes.reduce((most, each) => Math.max(most, each), 0) + 1
  const functions = new Map<string, AzureFunction>()
  for (const { path, columns } of files) {
    const sampled = columns.filter(isMinute)
    for (const row of readCsv(path).rows) {
      const name = row.name("func")
      const known = runTimes.get(name) ?? row.fail(`the run times of ${name} are unknown`, "a row for each function")
      const { perMinute } = functions.get(name) ?? { perMinute: new Uint32Array(to) }
      for (const column of sampled) perMinute[minuteOf(column)] = row.count(column)
      functions.set(name, { name, runTimes: known, perMinute })
    }
  }
  return { from, to, functions: [...functions.values()] }
}

/** `m0001` is the first minute of the day. */
const minuteOf = (column: string): number => Number(column.slice(1)) - 1

export interface AzureTasksOptions {
  /** Minutes of the day to replay, counted from 0, the last one excluded. Default: all that are covered. */
  readonly from?: number
  readonly to?: number
}

/**
 * The invocations as tasks, lazily and in the order of arrival; time begins with the first minute replayed. The trace
 * knows the minute alone: when within it each arrives, and which of its run times it takes, is left to chance.
 */
export function* azureTasks(
  trace: AzureFunctions,
  chance: Chance,
  { from = trace.from, to = trace.to }: AzureTasksOptions = {}
): Generator<RecordedTask> {
  for (let index = from; index < to; index += 1) {
    const start = (index - from) * minute
    const arrivals: Array<RecordedTask> = []
    for (const { name, runTimes, perMinute } of trace.functions) {
      for (let left = perMinute[index] ?? 0; left > 0; left -= 1) {
        const at = start + chance() * minute
        arrivals.push({ at, work: runTimes[Math.floor(chance() * runTimes.length)] ?? 0, type: name })
      }
    }
    yield* arrivals.sort((a, b) => a.at - b.at)
  }
}
