import { median } from "../../../src/statistics/index.ts"
import { eligibleBound, listMakespan } from "../baselines/index.ts"
import {
  listTraces,
  noTraceFolder,
  previousSuite,
  readTestDurations,
  type TestDuration,
  type TestSuite,
  testDurationTasks,
  traceFolder
} from "../traces/index.ts"
import { itself, ofAll } from "./completion-rows.ts"
import type { Contender, Derived, Part, Scenario, ScenarioWorld, Setting } from "./scenario.ts"
import { projectOf } from "./trace-parts.ts"

const workerCounts = [2, 4, 6, 8] as const

/** Its suites were timed at several dates. */
const project = "pytorch_test_files"

/** A suite, and the same at the date before, which is all that is known of it beforehand. */
interface StaleSuite {
  readonly suite: TestSuite
  readonly before: TestSuite
}

const byName = (a: TestDuration, b: TestDuration): number => (a.test < b.test ? -1 : Number(a.test > b.test))

const staleSuitesIn = (folder: string): ReadonlyArray<StaleSuite> => {
  const suites = readTestDurations(folder).filter((suite) => projectOf(suite) === project)
  return suites.flatMap((suite) => {
    const before = previousSuite(suites, suite)
    return before === undefined ? [] : [{ suite: { ...suite, tests: suite.tests.toSorted(byName) }, before }]
  })
}

/** By what they took before, the longest first; those that are new stand at the median of the others. */
const staleLongestFirst = ({ suite, before }: StaleSuite): ReadonlyArray<TestDuration> => {
  const known = new Map(before.tests.map(({ test, ms }) => [test, ms]))
  const usual = median([...known.values()])
  const expected = ({ test }: TestDuration): number => known.get(test) ?? usual
  return suite.tests.toSorted((a, b) => expected(b) - expected(a))
}

const byTheList = (
  workers: number,
  suiteOf: (seed: number) => StaleSuite,
  listOf: (suite: StaleSuite) => ReadonlyArray<TestDuration>
): Contender => ({
  readings: (seed) => ({
    makespan: listMakespan(
      listOf(suiteOf(seed)).map(({ ms }) => ms),
      workers
    )
  })
})

/** A pool for suites of tests: the longest first, and hours of work without a word from the workers. */
const farmSetting = { queue: { order: "longest" } } satisfies NonNullable<Setting["options"]>

const worldOf = ({ suite, before }: StaleSuite, workers: number): ScenarioWorld => ({
  workers,
  workload: { arrivals: { type: "replay", tasks: testDurationTasks(suite, before) }, kinds: [] },
  options: {
    heartbeatInterval: "1 day",
    healthInterval: "1 day",
    adaptation: { checkInterval: "1 day", features: { taskMigration: false } }
  }
})

const rowName = (workers: number): string => `pytorch ${workers}`

const partOf = (workers: number, suites: ReadonlyArray<StaleSuite>): Part => {
  const suiteOf = (seed: number): StaleSuite => {
    const suite = suites[(seed - 1) % suites.length]
    if (suite === undefined) throw new Error("no suite was timed twice")
    return suite
  }
  const row = rowName(workers)
  return {
    world: (seed) => worldOf(suiteOf(seed), workers),
    contenders: {
      ballast: { runtime: { options: farmSetting } },
      "by age": { runtime: {} },
      "stale longest first": byTheList(workers, suiteOf, staleLongestFirst),
      "alphabetical pull": byTheList(workers, suiteOf, ({ suite }) => suite.tests)
    },
    rows: [
      {
        row,
        unit: "",
        better: "less",
        summary: "mean",
        figure: (measurement, _world, material) => {
          const { tasks, servers } = material()
          const makespan = measurement.readings.makespan ?? ofAll(measurement, measurement.makespan)
          return makespan / eligibleBound(tasks, servers)
        }
      }
    ],
    bounds: { [row]: { "lower bound": itself } },
    worlds: () => suites.length
  }
}

/** Each against the other: the largest that its makespan was above the other's, with whatever number of workers. */
const worst: Derived = {
  row: "worst suite %",
  unit: "%",
  better: "less",
  summary: "max",
  of: ["ballast", "stale longest first"],
  from: workerCounts.map(rowName),
  combine: (own, [other = []]) => Math.max(...own.map((ratio, index) => 100 * (ratio / (other[index] ?? ratio) - 1)))
}

let suites: ReadonlyArray<StaleSuite> | undefined
let parts: ReadonlyArray<Part> | undefined

const suitesThere = (): ReadonlyArray<StaleSuite> => {
  const folder = traceFolder()
  const isThere = folder !== undefined && listTraces(folder).some(({ family }) => family === "test-durations")
  suites ??= isThere ? staleSuitesIn(folder) : []
  return suites
}

/** A farm that knows how long its tests took months ago. */
export const c19 = {
  id: "C19",
  title: "test farm",
  scene:
    "The files of PyTorch's test suites are there at once, in the order of their names, on 2, 4, 6 or 8 equal workers with one slot each. Each declares how long it took at the date before, four months earlier; what is new declares nothing. Each seed is another suite.",
  metric:
    "time to the last end ÷ max(work ÷ workers, the longest file), the mean over the suites; and by how much the suite that comes off worst takes longer than with the same stale durations, longest first, pulled",
  gamed:
    "by durations of the same date, with which longest first is on the bound; by more workers than the longest file leaves work for.",
  /** As many as there are suites. The traces are looked for when that is first asked for. */
  get seeds(): number {
    return Math.max(1, suitesThere().length)
  },
  get parts(): ReadonlyArray<Part> {
    const there = suitesThere()
    parts ??= there.length === 0 ? [] : workerCounts.map((workers) => partOf(workers, there))
    return parts
  },
  get derived(): ReadonlyArray<Derived> {
    return this.parts.length === 0 ? [] : [worst]
  },
  get missing(): ReadonlyArray<string> {
    if (this.parts.length > 0) return []
    const folder = traceFolder()
    const where = folder === undefined ? noTraceFolder() : `they are not in ${folder}`
    return [`All rows are left out, for want of the durations of tests (pytorch/test-infra): ${where}.`]
  },
  targets: {
    "pytorch 4": "below stale longest first",
    "pytorch 8": "below stale longest first",
    "worst suite %": "at most 0.5 %"
  },
  notes: [
    "Ballast is the runtime with one setting, the order `longest`; `by age` is the runtime as it comes.",
    "`stale longest first` gives files that are new the median of the others, and `alphabetical pull` goes by name; both are models without any cost.",
    "In `worst suite %` the figure of `stale longest first` is by how much it takes longer than Ballast in the suite in which that is most."
  ]
} satisfies Scenario
