import { types } from "node:util"
import type { Problem } from "./protocol.ts"
import { step } from "./value-path.ts"

const clones = (value: unknown): boolean => {
  try {
    structuredClone(value)
    return true
  } catch {
    return false
  }
}

/** The parts of an object that a structured clone visits, each with its step of the path. */
function* partsOf(value: object): Generator<readonly [string, unknown]> {
  if (value instanceof Map) {
    for (const [key, part] of value) {
      yield [".keys()", key]
      yield [`.get(${typeof key === "string" ? JSON.stringify(key) : String(key)})`, part]
    }
  } else if (value instanceof Set) {
    let index = 0
    for (const part of value) yield [`[${index++}]`, part]
  } else if (!types.isProxy(value)) {
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

/**
 * Where a value that failed to cross to another thread holds what cannot, such as `payload.items[3].cb`. Clones parts
 * over and over, so it belongs on the failure path only. `transferred` holds what crosses by being handed over.
 */
export const findUncloneable = (
  value: unknown,
  root: string,
  transferred: ReadonlySet<unknown> = new Set()
): Problem => {
  const seen = new Set<object>()
  let handedOver = 0

  const search = (part: unknown, path: string): Problem | undefined => {
    if (transferred.has(part)) {
      handedOver++
      return undefined
    }
    if (clones(part)) return undefined
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
    return problem(path, `${nameOf(part)} cannot cross to another thread`)
  }

  return search(value, root) ?? problem(root, "it cannot cross to another thread")
}

const problem = (path: string, message: string): Problem => ({
  path,
  message,
  hint: "send data: plain objects, arrays, Map, Set, Date, typed arrays, strings, numbers, BigInt"
})
