import type { Problem } from "../../../src/model/index.ts"
import { worldProblems } from "../definition-input.ts"
import type { Scenario } from "../scenarios/index.ts"

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

const isContender = (input: unknown): boolean => isFields(input) && (isFields(input.runtime) || isFields(input.model))

const contenderProblems = (contenders: unknown, path: string): ReadonlyArray<Problem> => {
  const hint = "such as { ballast: { runtime: {} }, other: { runtime: { strategy } } }"
  if (!isFields(contenders)) return [problem(path, "there are no contenders", hint)]
  const wrong = Object.entries(contenders).filter(([, contender]) => !isContender(contender))
  return [
    ...("ballast" in contenders ? [] : [problem(`${path}.ballast`, "it is missing", hint)]),
    ...wrong.map(([name]) => problem(`${path}.${name}`, "it is neither a runtime nor a model", hint))
  ]
}

const isRow = (input: unknown): boolean =>
  isFields(input) &&
  typeof input.row === "string" &&
  typeof input.unit === "string" &&
  (input.better === "less" || input.better === "more") &&
  typeof input.figure === "function"

const rowProblems = (rows: unknown, path: string): ReadonlyArray<Problem> => {
  const hint = 'such as { row: "makespan", unit: "ms", better: "less", figure: ({ makespan }) => makespan }'
  if (!Array.isArray(rows) || rows.length === 0) return [problem(path, "there is no row", hint)]
  return rows.flatMap((row, index) => (isRow(row) ? [] : [problem(`${path}[${index}]`, "it is no row", hint)]))
}

const partProblems = (part: unknown, path: string): ReadonlyArray<Problem> => {
  if (!isFields(part)) return [problem(path, "it is no part", "{ world, contenders, rows }")]
  const { world, contenders, rows } = part
  return [
    // What a seed makes of it is judged when it is made.
    ...(typeof world === "function" ? [] : worldProblems(world)).map(({ path: below, ...rest }) => ({
      path: below === "" ? `${path}.world` : `${path}.world.${below}`,
      ...rest
    })),
    ...contenderProblems(contenders, `${path}.contenders`),
    ...rowProblems(rows, `${path}.rows`)
  ]
}

/** What is wrong with a comparison that comes from outside, such as a module's default export: path and hint each. */
export const scenarioProblems = (input: unknown): ReadonlyArray<Problem> => {
  if (!isFields(input)) return [problem("", "it is no scenario", "an object with an id, a title and parts")]
  const { seeds, parts } = input
  return [
    ...textProblems(input),
    ...(Number.isInteger(seeds) && Number(seeds) >= 1
      ? []
      : [problem("seeds", "it is no number of seeds", "a whole number, at least 1; 30 tell small differences")]),
    ...(Array.isArray(parts) && parts.length > 0
      ? parts.flatMap((part, index) => partProblems(part, `parts[${index}]`))
      : [problem("parts", "there is no part", "a list of { world, contenders, rows }")])
  ]
}

/** Whether it can be measured: one without `scenarioProblems`. */
export const isScenario = (input: unknown): input is Scenario => scenarioProblems(input).length === 0
