import type { SubmitOptions } from "../../../src/config/index.ts"
import { problemsOf, submitProblems } from "../../../src/config/index.ts"
import type { Problem } from "../../../src/model/index.ts"
import { Arrivals } from "./arrivals.ts"
import { ServiceTime } from "./service-time.ts"
import type { RecordedTask } from "./task.ts"
import type { TaskKind } from "./task-kind.ts"
import { typesIn, type Variant, withTypeProblems } from "./variants.ts"
import { Workload } from "./workload.ts"

const hints = {
  arrivals: 'such as { type: "poisson", perSecond: 100, tasks: 1000 }, or batch, closed, regular, bursts, ramp, replay',
  kinds: 'a list such as [{ type: "render", work: { type: "exponential", mean: 20 } }]',
  work: 'such as { type: "exponential", mean: 20 }, or constant, uniform, lognormal, bounded-pareto, recorded; in a recorded task, milliseconds',
  think: 'such as { type: "exponential", mean: 20 }',
  tasks: "a whole number, at least 0; of a replay, a list of { at, work }",
  clients: "a whole number, at least 1",
  perSecond: "tasks a second, above 0",
  factor: "what the rate is multiplied by in a burst, above 0",
  every: "milliseconds from burst to burst, above 0",
  lasting: "milliseconds a burst lasts, above 0",
  after: "milliseconds from the beginning, not negative",
  over: "milliseconds from the one rate to the other, above 0",
  from: "not negative",
  to: "not negative, and not below `from` where times are drawn between them",
  ms: "milliseconds, not negative; of recorded times, a list of one or more",
  mean: "milliseconds, above 0",
  sigma: "the deviation of the logarithm, at least 0, such as 1",
  alpha: "above 0, such as 1.1",
  least: "milliseconds, above 0",
  most: "milliseconds, not below `least`",
  at: "milliseconds from the beginning, not negative",
  share: "not negative; of keys, 0 to 1",
  declared: "such as { error: 0.3 }",
  error: "a share, 0 to 1",
  keys: "such as { share: 0.2, count: 10 }",
  count: "a whole number, at least 1",
  limit: "a whole number, at least 1",
  checkpointEvery: "milliseconds of work, above 0",
  stateBytes: "bytes, not negative",
  type: "a text that is not empty"
}

const problem = (path: string, message: string, hint: string): ReadonlyArray<Problem> => [{ path, message, hint }]

const timeProblems = (time: ServiceTime, path: string): ReadonlyArray<Problem> => {
  if (time.type === "uniform" && time.from > time.to) {
    return problem(`${path}.to`, `${time.to} is below ${time.from}`, "swap `from` and `to`")
  }
  if (time.type === "bounded-pareto" && time.least > time.most) {
    return problem(`${path}.most`, `${time.most} is below ${time.least}`, "swap `least` and `most`")
  }
  return []
}

const optionProblems = (options: SubmitOptions | undefined, path: string): ReadonlyArray<Problem> =>
  submitProblems(options).map(({ path: below, ...rest }) => ({
    path: `${path}${below.slice("options".length)}`,
    ...rest
  }))

const kindProblems = (kind: TaskKind, path: string): ReadonlyArray<Problem> => [
  ...timeProblems(kind.work, `${path}.work`),
  ...optionProblems(kind.options, `${path}.options`),
  ...(kind.options?.id === undefined
    ? []
    : problem(`${path}.options.id`, "every task of the kind would be the same one", "leave the id out"))
]

const replayProblems = (tasks: ReadonlyArray<RecordedTask>, path: string): ReadonlyArray<Problem> => {
  const early = tasks.findIndex(({ at }, i) => at < (tasks[i - 1]?.at ?? 0))
  return [
    ...(early === -1
      ? []
      : problem(`${path}[${early}].at`, "it arrives before the task that stands before it", "sort the tasks by `at`")),
    ...tasks.flatMap(({ options }, i) =>
      options === undefined ? [] : optionProblems(options, `${path}[${i}].options`)
    )
  ]
}

const arrivalProblems = (arrivals: Arrivals, path: string): ReadonlyArray<Problem> => {
  switch (arrivals.type) {
    case "closed":
      return arrivals.think === undefined ? [] : timeProblems(arrivals.think, `${path}.think`)
    case "bursts":
      return arrivals.lasting <= arrivals.every
        ? []
        : problem(`${path}.lasting`, "the next burst begins before this one ends", "at most `every`")
    case "ramp":
      return arrivals.from + arrivals.to > 0 ? [] : problem(`${path}.to`, "no task would ever arrive", "above 0")
    case "replay":
      return replayProblems(arrivals.tasks, `${path}.tasks`)
    default:
      return []
  }
}

const sharesProblems = ({ arrivals, kinds }: Workload, path: string): ReadonlyArray<Problem> => {
  if (arrivals.type === "replay" || kinds.some(({ share = 1 }) => share > 0)) return []
  const message = kinds.length === 0 ? "there is no kind of task" : "no kind has a share"
  return problem(path, message, hints.kinds)
}

const arrivalTypes = typesIn(Arrivals)
const timeTypes = typesIn(ServiceTime)

const timeVariant = (path: string, input: unknown): Variant => ({ path, input, noun: "service time", types: timeTypes })

/** Whatever the types say, it may come from outside. */
const memberOf = (input: unknown, key: string): unknown =>
  typeof input === "object" && input !== null ? Reflect.get(input, key) : undefined

const variantsOf = (workload: unknown, root: string): ReadonlyArray<Variant> => {
  const arrivals = memberOf(workload, "arrivals")
  const kinds = memberOf(workload, "kinds")
  return [
    { path: `${root}.arrivals`, input: arrivals, noun: "kind of arrivals", types: arrivalTypes },
    timeVariant(`${root}.arrivals.think`, memberOf(arrivals, "think")),
    ...(Array.isArray(kinds)
      ? kinds.map((kind, i) => timeVariant(`${root}.kinds[${i}].work`, memberOf(kind, "work")))
      : [])
  ]
}

/** More of them, as of a trace that is wrong throughout, help nobody. */
const mostProblems = 100

/** One for each place: of NaN it is enough to hear that it is not finite, and not that it is not above 0 either. */
const firstOfEachPath = (problems: ReadonlyArray<Problem>): ReadonlyArray<Problem> => {
  const byPath = new Map<string, Problem>()
  for (const problem of problems) if (!byPath.has(problem.path)) byPath.set(problem.path, problem)
  return [...byPath.values()].slice(0, mostProblems)
}

/**
 * What makes no sense in a workload, with its path below `root`: the first hundred places; empty where all does. Takes
 * what comes from outside, such as a file.
 */
export const workloadProblems = (workload: Workload, root = "workload"): ReadonlyArray<Problem> => {
  const problems = withTypeProblems(problemsOf(Workload, workload, root, hints), variantsOf(workload, root))
  if (problems.length > 0) return firstOfEachPath(problems)
  return firstOfEachPath([
    ...arrivalProblems(workload.arrivals, `${root}.arrivals`),
    ...sharesProblems(workload, `${root}.kinds`),
    ...workload.kinds.flatMap((kind, i) => kindProblems(kind, `${root}.kinds[${i}]`))
  ])
}
