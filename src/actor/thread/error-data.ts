import { inspect } from "node:util"
import type { ExitReason } from "../errors.ts"
import { isCloneable } from "./cloneable.ts"

/** Whatever was thrown, as data. */
export type ErrorData =
  | {
      readonly kind: "error"
      readonly name: string
      readonly message: string
      readonly stack: string | undefined
      /** Its own fields, such as those of a tagged error with its `_tag`; what cannot cross is left out. */
      readonly fields: ReadonlyArray<readonly [key: string, value: unknown]>
      readonly cause: ErrorData | undefined
    }
  | { readonly kind: "value"; readonly value: unknown }

/** Causes kept of a chain; also what ends a circular one. */
const deepestCause = 8

const apart: ReadonlySet<string> = new Set(["name", "message", "stack", "cause"])

/** Reads a member that may be a getter which throws. */
const read = (source: object, key: string): unknown => {
  try {
    return Reflect.get(source, key)
  } catch {
    return undefined
  }
}

export const toErrorData = (thrown: unknown, depth = 0): ErrorData => {
  if (!(thrown instanceof Error)) return { kind: "value", value: isCloneable(thrown) ? thrown : inspect(thrown) }
  const fields = Object.keys(thrown)
    .filter((key) => !apart.has(key))
    .map((key) => [key, fieldData(read(thrown, key))] as const)
    .filter(([, value]) => isCloneable(value))
  const stack = read(thrown, "stack")
  const cause = depth < deepestCause ? read(thrown, "cause") : undefined
  return {
    kind: "error",
    name: String(read(thrown, "name")),
    message: String(read(thrown, "message")),
    stack: typeof stack === "string" ? stack : undefined,
    fields,
    cause: cause === undefined ? undefined : toErrorData(cause, depth + 1)
  }
}

/** An exit reason that an error holds, such as that of `ActorStopped`. */
const fieldData = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "_tag" in value && value._tag === "Failed" && "cause" in value
    ? { _tag: "Failed", cause: isCloneable(value.cause) ? value.cause : String(value.cause) }
    : value

/** An error again: with its name, message, stack, fields and causes, though not of its class. */
export const fromErrorData = (data: ErrorData): unknown => {
  if (data.kind === "value") return data.value
  const { cause, fields, name, message, stack } = data
  const error = cause === undefined ? new Error(message) : new Error(message, { cause: fromErrorData(cause) })
  // Defined, not assigned: a field named `__proto__` or `message` must stay a field.
  const define = (key: string, value: unknown, enumerable: boolean): void => {
    Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true })
  }
  for (const [key, value] of fields) define(key, value, true)
  define("name", name, false)
  if (stack !== undefined) define("stack", stack, false)
  return error
}

/** Why an actor ended, as data. */
export type ExitData = { readonly _tag: "Normal" | "Shutdown" } | { readonly _tag: "Failed"; readonly cause: ErrorData }

export const toExitData = (reason: ExitReason): ExitData =>
  reason._tag === "Failed" ? { _tag: "Failed", cause: toErrorData(reason.cause) } : reason

export const fromExitData = (data: ExitData): ExitReason =>
  data._tag === "Failed" ? { _tag: "Failed", cause: fromErrorData(data.cause) } : data
