import * as Schema from "effect/Schema"
import { problemsOf, SubmitOptions, submitProblems } from "../../../src/config/index.ts"
import { UsageError } from "../usage-error.ts"

/** One line of the input: a task as it is submitted. */
export interface TaskLine {
  readonly type: string
  readonly payload: unknown
  readonly options: SubmitOptions
}

const shape = '{"type": "resize", "payload": {…}, "priority": "high"}'

const isOptions = Schema.is(SubmitOptions)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const parseJson = (text: string, where: string): unknown => {
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError("BALLAST_BAD_TASK_LINE", `${where}: no JSON: ${why}`, `each line is a task such as ${shape}`)
  }
}

const optionsIn = (given: Readonly<Record<string, unknown>>, where: string): SubmitOptions => {
  const ofProgramsOnly = ["transfer", "signal"].find((name) => name in given)
  if (ofProgramsOnly !== undefined) {
    const message = `${where}: ${ofProgramsOnly} cannot be said in a file`
    throw new UsageError("BALLAST_BAD_TASK_LINE", message, "it is an option of programs only; leave it out")
  }
  const options = isOptions(given) ? given : undefined
  const [problem] = options === undefined ? problemsOf(SubmitOptions, given, "", {}) : submitProblems(options)
  if (options !== undefined && problem === undefined) return options
  const message = problem === undefined ? "its options cannot be used" : `${problem.path}: ${problem.message}`
  throw new UsageError("BALLAST_BAD_TASK_LINE", `${where}: ${message}`, problem?.hint ?? `a task is such as ${shape}`)
}

/** Reads one line. `where` names it in the `UsageError` that is thrown where it is no task. */
export const parseTaskLine = (text: string, where: string): TaskLine => {
  const line = parseJson(text, where)
  if (!isObject(line) || typeof line.type !== "string") {
    throw new UsageError(
      "BALLAST_BAD_TASK_LINE",
      `${where}: a task is an object with a type, the name of its handler`,
      `such as ${shape}`
    )
  }
  const { type, payload, ...rest } = line
  return { type, payload, options: optionsIn(rest, where) }
}
