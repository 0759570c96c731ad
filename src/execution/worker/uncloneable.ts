import { types } from "node:util"
import { type Border, threadBorder } from "./border.ts"
import type { Problem } from "./protocol.ts"
import { step } from "./value-path.ts"

/** The parts of an object that a clone visits, each with its step of the path. */
function* partsOf(value: object): Generator<readonly [string, unknown]> {
  if (value instanceof Map) {
    for (const [key, part] of value) {
      yield [".keys()", key]
      yield [`.get(${typeof key === "string" ? JSON.stringify(key) : String(key)})`, part]
    }
  } else if (value instanceof Set) {
    let index = 0
    for (const part of value) yield [`[${index++}]`, part]
  } else if (!types.isProxy(value) && !ArrayBuffer.isView(value)) {
    for (const key of Object.keys(value)) yield [step(key), Reflect.get(value, key)]
  }
}

const nameOf = (value: unknown): string => {
  if (typeof value === "function") return value.name === "" ? "a function" : `the function ${value.name}`
  if (typeof value === "symbol") return "a symbol"
  if (types.isProxy(value)) return "a Proxy"
  const name = typeof value === "object" && value !== null ? value.constructor?.name : undefined
  return name === undefined ? "this value" : `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null

const isShared = (value: unknown): boolean =>
  value instanceof SharedArrayBuffer || (ArrayBuffer.isView(value) && value.buffer instanceof SharedArrayBuffer)

/**
 * Where a value that failed to cross the border to or from its worker holds what cannot, such as `payload.items[3].cb`. Clones parts
 * over and over, so it belongs on the failure path only. `transferred` holds what crosses by being handed over.
 */
export const findUncloneable = (
  value: unknown,
  root: string,
  transferred: ReadonlySet<unknown> = new Set(),
  border: Border = threadBorder
): Problem => {
  const seen = new Set<object>()
  let handedOver = 0

  const search = (part: unknown, path: string): Problem | undefined => {
    if (transferred.has(part)) {
      handedOver++
      return undefined
    }
    if (border.copies(part)) return undefined
    if (isObject(part)) {
      if (seen.has(part)) return undefined
      seen.add(part)
      const before = handedOver
      const parts = partsOf(part)
      try {
        for (const [next, child] of parts) {
          const found = search(child, path + next)
          if (found !== undefined) return found
        }
      } catch (cause) {
        return problem(path, `reading it throws: ${cause instanceof Error ? cause.message : String(cause)}`)
      }
      // A part that is handed over cannot be cloned by itself, and makes what holds it look guilty.
      if (handedOver > before) return undefined
    }
    const what = `${nameOf(part)} cannot cross to another ${border.beyond}`
    return isShared(part) ? { path, message: what, hint: sharedHint } : problem(path, what)
  }

  return search(value, root) ?? problem(root, `it cannot cross to another ${border.beyond}`)
}

const sharedHint = 'memory is shared between threads only: send a copy, or run it where isolation is "thread"'

const problem = (path: string, message: string): Problem => ({
  path,
  message,
  hint: "send data: plain objects, arrays, Map, Set, Date, typed arrays, strings, numbers, BigInt"
})
