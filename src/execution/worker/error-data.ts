import { inspect, types } from "node:util"

/** An error as data: what was thrown, with its own enumerable fields as far as they can be cloned. */
export interface ErrorData {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly fields?: Readonly<Record<string, unknown>>
  readonly cause?: ErrorData
}

/** Causes kept of a chain; also what ends a circular one. */
const deepestCause = 8

/** Reads a member that may be a getter which throws. */
const read = (thrown: object, key: string): unknown => {
  try {
    return Reflect.get(thrown, key)
  } catch {
    return undefined
  }
}

const text = (value: unknown, otherwise: string): string => (typeof value === "string" ? value : otherwise)

/** The own enumerable entries of an object that survive a structured clone, apart from those named. */
export const cloneableFields = (
  source: object,
  except: ReadonlyArray<string> = []
): Readonly<Record<string, unknown>> | undefined => {
  const kept: Array<readonly [string, unknown]> = []
  for (const key of Object.keys(source)) {
    if (except.includes(key)) continue
    try {
      kept.push([key, structuredClone(Reflect.get(source, key))])
    } catch {
      // What cannot cross is left out: an error with most of its fields is worth more than none.
    }
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}

/**
 * Whatever was thrown, as data that crosses threads. Keeps name, message, stack, the own enumerable cloneable fields
 * (`code` and the like) and up to 8 causes. What is not an error becomes one named `NonError` with `fields.value`, or
 * with the fields of the object that was thrown.
 */
export const toErrorData = (thrown: unknown): ErrorData => describe(thrown, 0)

const describe = (thrown: unknown, depth: number): ErrorData => {
  if (typeof thrown !== "object" || thrown === null) {
    const fields = cloneableFields({ value: thrown })
    return { name: "NonError", message: text(thrown, inspect(thrown)), ...(fields && { fields }) }
  }
  const isError = thrown instanceof Error || types.isNativeError(thrown)
  const message = text(read(thrown, "message"), isError ? "" : inspect(thrown, { depth: 2 }))
  const stack = read(thrown, "stack")
  const fields = cloneableFields(thrown, ["name", "message", "stack", "cause"])
  const cause = read(thrown, "cause")
  return {
    name: text(read(thrown, "name"), isError ? "Error" : "NonError"),
    message,
    ...(typeof stack === "string" && { stack }),
    ...(fields && { fields }),
    ...(cause !== undefined && depth < deepestCause && { cause: describe(cause, depth + 1) })
  }
}
