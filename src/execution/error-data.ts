import type { ErrorData } from "../model/index.ts"

/** What the worker's side made of an error, as an error again: same name, message, stack, fields and causes. */
export const fromErrorData = (data: ErrorData): Error => {
  const error =
    data.cause === undefined ? new Error(data.message) : new Error(data.message, { cause: fromErrorData(data.cause) })
  // Defined, not assigned: a field named `__proto__` or `message` must stay a field, or stay out.
  const define = (key: string, value: unknown, enumerable: boolean): void => {
    Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true })
  }
  for (const [key, value] of Object.entries(data.fields ?? {})) define(key, value, true)
  define("name", data.name, false)
  define("message", data.message, false)
  if (data.stack !== undefined) define("stack", data.stack, false)
  return error
}
