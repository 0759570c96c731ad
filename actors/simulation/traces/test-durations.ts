import type { Millis } from "../../../src/model/index.ts"
import type { RecordedTask } from "../workload/index.ts"
import { type CsvRow, readCsv } from "./csv.ts"
import { TraceMissing } from "./errors.ts"
import { filesOfFamily, hasColumns, type TraceFile } from "./trace-files.ts"

export interface TestDuration {
  /** The test, or the file of tests. */
  readonly test: string
  readonly ms: Millis
}

/** What one run of a test farm has to do: tests of one project, as long as they took at one date. */
export interface TestSuite {
  /** Such as `pytorch_test_files linux-focal default`: equal for the same suite at other dates. */
  readonly name: string
  /** A date or a cycle; empty where there is but one. */
  readonly snapshot: string
  readonly tests: ReadonlyArray<TestDuration>
}

/** Of the columns that name a test, the first that a file has. */
const testColumns = ["test", "test_file", "spec_file"] as const

const second: Millis = 1_000

const testColumnOf = (file: TraceFile): string | undefined => testColumns.find((column) => hasColumns(file, column))
const isInSeconds = (file: TraceFile): boolean => hasColumns(file, "seconds")
/** Records of cycles state no unit; their source suggests milliseconds. */
const isByCycle = (file: TraceFile): boolean => hasColumns(file, "duration", "cycle")
const holdsTests = (file: TraceFile): boolean =>
  testColumnOf(file) !== undefined && (isInSeconds(file) || isByCycle(file))

const durationOf = (row: CsvRow, inSeconds: boolean): Millis => {
  const ms = inSeconds ? row.number("seconds") * second : row.number("duration")
  return ms >= 0 ? ms : row.fail(`a duration of ${ms} ms`, "at least 0")
}

const suitesIn = (file: TraceFile): ReadonlyArray<TestSuite> => {
  const column = testColumnOf(file) ?? ""
  const inSeconds = isInSeconds(file)
  const suites = new Map<string, TestSuite & { readonly tests: Array<TestDuration> }>()
  for (const row of readCsv(file.path).rows) {
    const name = [file.stem, row.text("env"), row.text("config")].filter((part) => part !== "").join(" ")
    const snapshot = inSeconds ? row.text("snapshot") : row.text("cycle")
    const key = `${name}\n${snapshot}`
    const suite = suites.get(key) ?? { name, snapshot, tests: [] }
    suite.tests.push({ test: row.name(column), ms: durationOf(row, inSeconds) })
    suites.set(key, suite)
  }
  return [...suites.values()]
}

/** Whether there is anything to read. */
export const hasTestDurations = (folder: string): boolean => filesOfFamily(folder, "test-durations").some(holdsTests)

/** Reads every suite there is. Throws `TraceMissing` and `TraceMalformed`. */
export const readTestDurations = (folder: string): ReadonlyArray<TestSuite> => {
  const files = filesOfFamily(folder, "test-durations").filter(holdsTests)
  if (files.length === 0) throw new TraceMissing({ trace: "test-durations", path: folder })
  return files.flatMap(suitesIn)
}

const isEarlier = (a: string, b: string): boolean => a.localeCompare(b, "en", { numeric: true }) < 0

/** The same suite at the date before, where its durations are those known by then. */
export const previousSuite = (
  suites: ReadonlyArray<TestSuite>,
  { name, snapshot }: TestSuite
): TestSuite | undefined => {
  let latest: TestSuite | undefined
  for (const each of suites) {
    if (each.name !== name || !isEarlier(each.snapshot, snapshot)) continue
    if (latest === undefined || isEarlier(latest.snapshot, each.snapshot)) latest = each
  }
  return latest
}

/**
 * The tests as tasks that are all there at 0. Those that `known` has, such as the suite itself or the one before, declare
 * what they took there; the others declare nothing.
 */
export const testDurationTasks = (suite: TestSuite, known?: TestSuite): ReadonlyArray<RecordedTask> => {
  const declared = new Map(known?.tests.map(({ test, ms }) => [test, ms]))
  return suite.tests.map(({ test, ms }) => {
    const expectedDuration = declared.get(test)
    return { at: 0, work: ms, ...(expectedDuration !== undefined && { options: { expectedDuration } }) }
  })
}
