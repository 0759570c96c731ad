import type { Problem } from "../../../src/model/index.ts"
import { isWorld, worldProblems } from "../definition-input.ts"
import { modelProblems, type Scenario, type ScenarioWorld, type Setting } from "../scenarios/index.ts"

type Fields = Readonly<Record<string, unknown>>

const isFields = (input: unknown): input is Fields =>
  typeof input === "object" && input !== null && !Array.isArray(input)

const problem = (path: string, message: string, hint: string): Problem => ({ path, message, hint })

const texts = ["id", "title", "scene", "metric", "gamed"] as const

const textProblems = (scenario: Fields): ReadonlyArray<Problem> =>
  texts
    .filter((name) => typeof scenario[name] !== "string" || scenario[name] === "")
    .map((name) =>
      problem(name, "it is missing", "a text: every comparison says what it is, and how it would be gamed")
    )

/** Each by its name. */
const settingFields: Readonly<Record<keyof Setting, true>> = { strategy: true, options: true }

/** A world in which nothing is wrong, to judge the options of a setting in. */
const plainWorld: ScenarioWorld = {
  workers: 1,
  workload: { arrivals: { type: "batch", tasks: 0 }, kinds: [{ work: { type: "constant", ms: 1 } }] }
}

const below = (path: string, problems: ReadonlyArray<Problem>): ReadonlyArray<Problem> =>
  problems.map(({ path: rest, ...said }) => ({ path: rest === "" ? path : `${path}.${rest}`, ...said }))

/** What is wrong with a setting of the runtime that comes from outside, with its path below `path`. */
export const settingProblems = (setting: unknown, path: string): ReadonlyArray<Problem> => {
  const hint = 'such as { strategy: "least_connections" }, or {} for the runtime as the world has it'
  if (!isFields(setting)) return [problem(path, "it is no setting of the runtime", hint)]
  const unknown = Object.keys(setting).filter((key) => !(key in settingFields))
  const { strategy, options } = setting
  return [
    ...unknown.map((key) => problem(`${path}.${key}`, "a setting has no such field", "strategy or options")),
    ...below(
      path,
      worldProblems({
        ...plainWorld,
        ...(strategy !== undefined && { strategy }),
        ...(options !== undefined && { options })
      })
    )
  ]
}

const oneContenderProblems = (contender: unknown, path: string, hint: string): ReadonlyArray<Problem> => {
  if (isFields(contender) && "runtime" in contender) return settingProblems(contender.runtime, `${path}.runtime`)
  return isFields(contender) &&
    (isFields(contender.model) || isFields(contender.batch) || typeof contender.readings === "function")
    ? []
    : [problem(path, "it is neither a runtime nor a model", hint)]
}

const contenderProblems = (contenders: unknown, path: string): ReadonlyArray<Problem> => {
  const hint = "such as { ballast: { runtime: {} }, other: { runtime: { strategy } } }"
  if (!isFields(contenders)) return [problem(path, "there are no contenders", hint)]
  return [
    ...("ballast" in contenders ? [] : [problem(`${path}.ballast`, "it is missing", hint)]),
    ...Object.entries(contenders).flatMap(([name, contender]) =>
      oneContenderProblems(contender, `${path}.${name}`, hint)
    )
  ]
}

const isRow = (input: unknown): boolean =>
  isFields(input) &&
  typeof input.row === "string" &&
  typeof input.unit === "string" &&
  (input.better === "less" || input.better === "more") &&
  typeof input.figure === "function"

export const rowProblems = (rows: unknown, path: string): ReadonlyArray<Problem> => {
  const hint = 'such as { row: "makespan", unit: "ms", better: "less", figure: ({ makespan }) => makespan }'
  if (!Array.isArray(rows) || rows.length === 0) return [problem(path, "there is no row", hint)]
  return rows.flatMap((row, index) => (isRow(row) ? [] : [problem(`${path}[${index}]`, "it is no row", hint)]))
}

const partProblems = (part: unknown, path: string): ReadonlyArray<Problem> => {
  if (!isFields(part)) return [problem(path, "it is no part", "{ world, contenders, rows }")]
  const { world, contenders, rows } = part
  return [
    // What a seed makes of it is judged when it is made.
    ...(typeof world === "function" ? [] : below(`${path}.world`, worldProblems(world))),
    ...contenderProblems(contenders, `${path}.contenders`),
    ...(isWorld(world) && isFields(contenders) ? modelProblems(contenders, world, path) : []),
    ...rowProblems(rows, `${path}.rows`)
  ]
}

/** One whose recorded workload is not here has no parts, and says so. */
const saysWhatIsMissing = (input: Readonly<Record<string, unknown>>): boolean =>
  Array.isArray(input.missing) && input.missing.length > 0

/**
 * What is wrong with a comparison that comes from outside, such as a module's default export: path and hint each. A model
 * that would be in another world than the runtime is among it, where the world is the same for all seeds.
 */
export const scenarioProblems = (input: unknown): ReadonlyArray<Problem> => {
  if (!isFields(input)) return [problem("", "it is no scenario", "an object with an id, a title and parts")]
  const { seeds, parts } = input
  return [
    ...textProblems(input),
    ...(Number.isInteger(seeds) && Number(seeds) >= 1
      ? []
      : [problem("seeds", "it is no number of seeds", "a whole number, at least 1; 30 tell small differences")]),
    ...(Array.isArray(parts) && (parts.length > 0 || saysWhatIsMissing(input))
      ? parts.flatMap((part, index) => partProblems(part, `parts[${index}]`))
      : [problem("parts", "there is no part", "a list of { world, contenders, rows }")])
  ]
}

/** Whether it can be measured: one without `scenarioProblems`. */
export const isScenario = (input: unknown): input is Scenario => scenarioProblems(input).length === 0
