import {
  type AzureFunctions,
  azureTasks,
  readAzureFunctions,
  readSwf,
  readTestDurations,
  type SwfKnowledge,
  type SwfLog,
  type TestSuite,
  testDurationTasks
} from "../traces/index.ts"
import { chanceOf, type RecordedTask } from "../workload/index.ts"
import { boundedSlowdown, longestWait, machineWorld, worstWaits } from "./batch-log.ts"
import { itself, makespanOverBound, meanSojourn, ofAll, p99Sojourn } from "./completion-rows.ts"
import type { Part, Row, ScenarioWorld } from "./scenario.ts"

/** `suffix`: what is added to the names of rows, such as `, test suites`. */
export interface TracePartOptions {
  readonly folder: string
  readonly contenders: Part["contenders"]
  readonly suffix?: string
}

/** Traces are read when the first seed asks for them. */
const once = <A>(read: () => A): (() => A) => {
  let known: { readonly value: A } | undefined
  return () => {
    known ??= { value: read() }
    return known.value
  }
}

// Test suites

const testWorkers = 4

/** The file it stands in: one for each project. */
export const projectOf = ({ name }: TestSuite): string => name.split(" ", 1)[0] ?? name

/** In an order that chance decides, the same for the same name (Fisher and Yates). */
const shuffled = <A>(items: ReadonlyArray<A>, name: string): ReadonlyArray<A> => {
  const chance = chanceOf(name)
  const left = [...items]
  return items.flatMap(() => left.splice(Math.floor(chance() * left.length), 1))
}

/** Every suite once: one of each project, then a second of each that has one, and so on. */
export const dealtSuites = (suites: ReadonlyArray<TestSuite>): ReadonlyArray<TestSuite> => {
  const projects = shuffled([...Map.groupBy(suites, projectOf)], "projects").map(([project, own]) =>
    shuffled(own, `suites of ${project}`)
  )
  const rounds = Math.max(0, ...projects.map(({ length }) => length))
  return Array.from({ length: rounds }, (_, round) => projects.flatMap((own) => own.slice(round, round + 1))).flat()
}

/** Seed 1 takes the first, and beyond the last it begins anew. */
const suiteOf = (dealt: ReadonlyArray<TestSuite>, seed: number): TestSuite | undefined =>
  dealt.at((seed - 1) % Math.max(1, dealt.length))

/** Runs of test suites on four equal workers: the seeds take them in turn, the tests of each in the order of the file. */
export const testSuitesPart = ({
  folder,
  contenders,
  suffix = "",
  project
}: TracePartOptions & { readonly project?: string }): Part => {
  const suites = once(() =>
    dealtSuites(readTestDurations(folder).filter((suite) => project === undefined || projectOf(suite) === project))
  )
  const row = `makespan / bound${suffix}`
  return {
    world: (seed): ScenarioWorld => {
      const suite = suiteOf(suites(), seed)
      const tasks = suite === undefined ? [] : testDurationTasks(suite)
      return { workers: testWorkers, workload: { arrivals: { type: "replay", tasks }, kinds: [] } }
    },
    contenders,
    rows: [makespanOverBound(row), meanSojourn(`mean sojourn${suffix}`), p99Sojourn(`p99 sojourn${suffix}`)],
    bounds: { [row]: { "lower bound": itself } },
    worlds: () => suites().length
  }
}

// Azure Functions

/** Half of the day a tenth of the calls keeps less than nine tenths of that busy, at its peak it is more than there is. */
const azureWorkers = { count: 10, capacity: { concurrent: 32 } }
const azureShare = 0.1
const azureMinutes = 20

const azureSample = (trace: AzureFunctions, seed: number): ReadonlyArray<RecordedTask> => {
  const chance = chanceOf(`${seed}/minutes`)
  const from = trace.from + Math.floor(chance() * Math.max(1, trace.to - trace.from - azureMinutes))
  const to = Math.min(trace.to, from + azureMinutes)
  const kept = chanceOf(`${seed}/kept`)
  return Array.from(azureTasks(trace, chanceOf(`${seed}/calls`), { from, to })).filter(() => kept() < azureShare)
}

/** Twenty minutes of calls of functions, one call in ten: each seed another time of the day. */
export const azurePart = ({ folder, contenders, suffix = "" }: TracePartOptions): Part => {
  const trace = once(() => readAzureFunctions(folder))
  return {
    world: (seed): ScenarioWorld => ({
      workers: [azureWorkers],
      workload: { arrivals: { type: "replay", tasks: azureSample(trace(), seed) }, kinds: [] }
    }),
    contenders,
    rows: [meanSojourn(`mean sojourn${suffix}`), p99Sojourn(`p99 sojourn${suffix}`)]
  }
}

// Batch logs

/** Consecutive jobs of a log, as those who publish results take them. */
const sequence = 1_024

const sequenceOf = (log: SwfLog, seed: number): SwfLog => {
  const chance = chanceOf(`${seed}/sequence`)
  const first = Math.floor(chance() * Math.max(1, log.jobs.length - sequence + 1))
  const jobs = log.jobs.slice(first, first + sequence)
  const start = jobs[0]?.submitAt ?? 0
  return { ...log, jobs: jobs.map((job) => ({ ...job, submitAt: job.submitAt - start })) }
}

/** No schedule ends jobs of several processors sooner: their areas ÷ the processors, and each by itself. */
export const areaBound = (tasks: ReadonlyArray<RecordedTask>, procs: number): number => {
  let bound = 0
  let area = 0
  for (const { at, work, options } of tasks.toReversed()) {
    area += work * (options?.requires?.cpu ?? 1)
    bound = Math.max(bound, at + work, at + area / procs)
  }
  return bound
}

const makespanOverArea = (row: string, procs: () => number): Row => ({
  row,
  unit: "",
  better: "less",
  figure: (measurement, { workload }) => {
    const [only] = "arrivals" in workload ? [workload] : workload
    const tasks = only?.arrivals.type === "replay" ? only.arrivals.tasks : []
    return ofAll(measurement, measurement.makespan / areaBound(tasks, procs()))
  }
})

/** A machine of so many processors as one worker, empty at the beginning: each seed another 1,024 consecutive jobs. */
export const swfPart = ({
  folder,
  contenders,
  suffix = "",
  log,
  knowledge
}: TracePartOptions & { readonly log: string; readonly knowledge: SwfKnowledge }): Part => {
  const read = once(() => readSwf(folder, log))
  const row = `makespan / bound${suffix}`
  return {
    world: (seed) => machineWorld(sequenceOf(read(), seed), knowledge),
    contenders,
    rows: [
      boundedSlowdown(`average bounded slowdown${suffix}`),
      worstWaits(`worst 1 % of waits${suffix}`),
      longestWait(`longest wait${suffix}`),
      { ...makespanOverArea(row, () => read().procs), of: ["ballast"] },
      meanSojourn(`mean sojourn${suffix}`),
      p99Sojourn(`p99 sojourn${suffix}`)
    ],
    bounds: { [row]: { "lower bound": itself } }
  }
}
