import type { Problem } from "./protocol.ts"
import type { InferInput, InferOutput, SchemaIssue, StandardSchemaV1 } from "./standard-schema.ts"
import type { Handler, TaskContext } from "./task-context.ts"
import { step } from "./value-path.ts"

// Registered, so that a handler defined with another copy of this module is understood too.
const problemsKey: unique symbol = Symbol.for("ballast/problems")

/** A payload or result that does not match its schema. */
export class InvalidValue extends Error {
  override readonly name = "InvalidValue"
  readonly [problemsKey]: ReadonlyArray<Problem>
  constructor(problems: ReadonlyArray<Problem>) {
    super(problems.map(({ path, message }) => `${path}: ${message}`).join("\n"))
    this[problemsKey] = problems
  }
}

const isInvalidValue = (thrown: unknown): thrown is InvalidValue => thrown instanceof Error && problemsKey in thrown

/** The problems of an `InvalidValue`, `undefined` for anything else that was thrown. */
export const problemsOf = (thrown: unknown): ReadonlyArray<Problem> | undefined =>
  isInvalidValue(thrown) ? thrown[problemsKey] : undefined

const pathOf = (root: string, issue: SchemaIssue): string =>
  root + (issue.path ?? []).map((part) => step(typeof part === "object" ? part.key : part)).join("")

const conform = async (schema: StandardSchemaV1, value: unknown, root: "payload" | "result"): Promise<unknown> => {
  const outcome = await schema["~standard"].validate(value)
  if (outcome.issues === undefined) return outcome.value
  const hint = root === "payload" ? "send what the handler's schema takes" : "return what the handler's schema promises"
  throw new InvalidValue(outcome.issues.map((issue) => ({ path: pathOf(root, issue), message: issue.message, hint })))
}

/**
 * A handler whose payload, and result where a schema is given, are checked in the worker by any Standard Schema.
 * `run` gets what the payload schema gives; the caller gets what the result schema gives. A value that does not
 * match fails its task with the path of each problem, and the task is not tried again.
 */
export function defineHandler<P extends StandardSchemaV1, R extends StandardSchemaV1, State = unknown>(definition: {
  readonly payload: P
  readonly result: R
  run(payload: InferOutput<P>, task: TaskContext<State>): InferInput<R> | Promise<InferInput<R>>
}): Handler<InferInput<P>, InferOutput<R>, State>
export function defineHandler<P extends StandardSchemaV1, Result, State = unknown>(definition: {
  readonly payload: P
  run(payload: InferOutput<P>, task: TaskContext<State>): Result | Promise<Result>
}): Handler<InferInput<P>, Result, State>
export function defineHandler(definition: {
  readonly payload: StandardSchemaV1
  readonly result?: StandardSchemaV1
  run(payload: unknown, task: TaskContext): unknown
}): Handler {
  return async (payload, task) => {
    const result = await definition.run(await conform(definition.payload, payload, "payload"), task)
    return definition.result === undefined ? result : conform(definition.result, result, "result")
  }
}
