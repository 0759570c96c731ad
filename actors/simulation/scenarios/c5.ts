import { listTraces, noTraceFolder, traceFolder } from "../traces/index.ts"
import { commonBaselines } from "./common-baselines.ts"
import { itself, makespanOverBound, meanSojourn, p99Sojourn } from "./completion-rows.ts"
import type { Derived, Part, Scenario } from "./scenario.ts"
import { azurePart, testSuitesPart } from "./trace-parts.ts"

const sigmas = [0.5, 1, 2]
const workers = 10
const meanMs = 1_000
const load = 0.8

const contenders: Part["contenders"] = { ballast: { runtime: {} }, ...commonBaselines }

const closed = (sigma: number): Part => {
  const row = `makespan / bound, sigma ${sigma}`
  return {
    world: {
      workers,
      workload: {
        arrivals: { type: "batch", tasks: 1_000 },
        kinds: [{ work: { type: "lognormal", mean: meanMs, sigma } }]
      }
    },
    contenders,
    rows: [makespanOverBound(row)],
    bounds: { [row]: { "lower bound": itself } }
  }
}

const open = (sigma: number): Part => ({
  world: {
    workers,
    workload: {
      arrivals: { type: "poisson", perSecond: (load * workers * 1_000) / meanMs, tasks: 10_000 },
      kinds: [{ work: { type: "lognormal", mean: meanMs, sigma } }]
    }
  },
  contenders,
  rows: [meanSojourn(`mean sojourn, sigma ${sigma}`), p99Sojourn(`p99 sojourn, sigma ${sigma}`)]
})

const geometricMean = (figures: ReadonlyArray<number>): number =>
  Math.exp(figures.reduce((sum, figure) => sum + Math.log(figure), 0) / figures.length)

const overSigmas = (row: string, unit: string): Derived => ({
  row,
  unit,
  better: "less",
  from: sigmas.map((sigma) => `${row}, sigma ${sigma}`),
  combine: geometricMean
})

const synthetic: ReadonlyArray<Part> = [...sigmas.map(closed), ...sigmas.map(open)]

/** What is looked for among the traces, and what makes a part of it. */
const families = [
  { family: "test-durations", suffix: ", test suites", partOf: testSuitesPart },
  { family: "azure-functions", suffix: ", azure functions", partOf: azurePart }
] as const

/** What the traces that are here add, and what is missing of them. */
export const recordedIn = (
  folder: string | undefined
): Pick<Scenario, "parts"> & Required<Pick<Scenario, "missing">> => {
  const here = new Set(folder === undefined ? [] : listTraces(folder).map(({ family }) => family))
  const where = folder === undefined ? noTraceFolder() : `there are none in ${folder}`
  return {
    parts: families.flatMap(({ family, suffix, partOf }) =>
      folder !== undefined && here.has(family) ? [partOf({ folder, contenders, suffix })] : []
    ),
    missing: families
      .filter(({ family }) => !here.has(family))
      .map(({ family, suffix }) => `The rows "…${suffix}" are left out, for want of traces ${family}: ${where}.`)
  }
}

let recorded: ReturnType<typeof recordedIn> | undefined

/** Traces are looked for when they are first asked for. */
const known = (): ReturnType<typeof recordedIn> => {
  recorded ??= recordedIn(traceFolder())
  return recorded
}

/** How soon things are done, in batches and as they come. */
export const c5 = {
  id: "C5",
  title: "completion",
  scene:
    "Ten equal workers, one slot each; lognormal tasks with a mean of 1 s and σ 0.5, 1 and 2. Closed: 1,000 are there at once. Open: 10,000 arrive as a Poisson process at ρ 0.8 (M/G/10). Where the public traces are at hand, also the test suites of real projects and calls of Azure Functions.",
  metric:
    "closed: time to the last end ÷ max(work ÷ speed, the longest task); open: mean and 99th percentile from arrival to end; rows without a σ are the geometric mean of the three",
  gamed:
    "by an opponent without a name: here stand six with one, among them the central queue, which no rule beats that knows no sizes where workers are equal. By leaving out tasks that were not completed: then the figure is infinite.",
  seeds: 30,
  get parts(): ReadonlyArray<Part> {
    return [...synthetic, ...known().parts]
  },
  get missing(): ReadonlyArray<string> {
    return known().missing
  },
  derived: [overSigmas("makespan / bound", ""), overSigmas("mean sojourn", "ms"), overSigmas("p99 sojourn", "ms")],
  targets: {
    "makespan / bound": "at most 1.05",
    "mean sojourn": "within 5 % of the central queue"
  },
  notes: [
    "Nobody is told how long a task takes: without that, the longest task may begin last, and no rule reaches the bound at σ 2."
  ]
} satisfies Scenario
