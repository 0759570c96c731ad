import { types } from "node:util"
import { NotCloneable } from "./errors.ts"

/** Where a value has something that does not cross, and what it is. */
interface Flaw {
  readonly path: string
  readonly what: string
}

const identifier = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u

/** One step of a path as it is written in code: `.name`, `[3]`, `["two words"]`. */
const step = (key: string): string =>
  /^\d+$/.test(key) ? `[${key}]` : identifier.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`

const article = (name: string): string => `${/^[AEIO]/i.test(name) ? "an" : "a"} ${name}`

const nameOf = (value: object): string => {
  if (types.isProxy(value)) return "a Proxy"
  const maker: unknown = Reflect.get(value, "constructor")
  const isNamed = typeof maker === "function" && maker !== Object && maker.name !== ""
  return isNamed ? article(maker.name) : "an object with a prototype of its own"
}

/** Objects that arrive as what they were, or nearly so: a Buffer arrives as a Uint8Array. */
const isBuiltIn = (value: object): boolean =>
  ArrayBuffer.isView(value) ||
  types.isAnyArrayBuffer(value) ||
  types.isDate(value) ||
  types.isRegExp(value) ||
  (types.isBoxedPrimitive(value) && !types.isSymbolObject(value)) ||
  types.isKeyObject(value) ||
  types.isCryptoKey(value)

const standardErrors: ReadonlySet<object> = new Set<object>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(({ prototype }) => prototype)
)

/** A Map, a Set or an array, and no subclass of one; or a plain object, also of another realm. */
const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype || prototype === Array.prototype) return true
  if (prototype === Map.prototype || prototype === Set.prototype) return true
  return typeof prototype === "object" && Object.getPrototypeOf(prototype) === null
}

/**
 * What in a value would not arrive on another thread as what it is: functions, symbols, promises, and objects of
 * classes, of which a structured clone either refuses to copy or copies without their methods. Cycles are fine.
 */
class Walk {
  readonly #seen = new Set<object>()

  flawIn(value: unknown, path: string): Flaw | undefined {
    switch (typeof value) {
      case "function":
        return { path, what: value.name === "" ? "a function" : `the function ${value.name}` }
      case "symbol":
        return { path, what: "a symbol" }
      case "object":
        return value === null ? undefined : this.#inObject(value, path)
    }
  }

  #inObject(value: object, path: string): Flaw | undefined {
    if (types.isProxy(value)) return { path, what: "a Proxy" }
    if (this.#seen.has(value)) return undefined
    this.#seen.add(value)
    if (value instanceof Map) return isPlain(value) ? this.#inMap(value, path) : { path, what: nameOf(value) }
    if (value instanceof Set) return isPlain(value) ? this.#inSet(value, path) : { path, what: nameOf(value) }
    if (isPlain(value)) return this.#inFields(value, path)
    if (standardErrors.has(Object.getPrototypeOf(value)))
      return this.flawIn(Reflect.get(value, "cause"), `${path}.cause`)
    return isBuiltIn(value) ? undefined : { path, what: nameOf(value) }
  }

  #inFields(value: object, path: string): Flaw | undefined {
    for (const key of Object.keys(value)) {
      let part: unknown
      try {
        part = Reflect.get(value, key)
      } catch {
        return { path: path + step(key), what: "a getter that throws" }
      }
      if (isHarmless(part)) continue
      const flaw = this.flawIn(part, path + step(key))
      if (flaw !== undefined) return flaw
    }
  }

  #inMap(value: ReadonlyMap<unknown, unknown>, path: string): Flaw | undefined {
    for (const [key, part] of value) {
      const name = typeof key === "string" ? JSON.stringify(key) : String(key)
      const flaw = this.flawIn(key, `${path}.keys()`) ?? this.flawIn(part, `${path}.get(${name})`)
      if (flaw !== undefined) return flaw
    }
  }

  #inSet(value: ReadonlySet<unknown>, path: string): Flaw | undefined {
    for (const part of value) {
      const flaw = this.flawIn(part, `${path}.values()`)
      if (flaw !== undefined) return flaw
    }
  }
}

/** What no path is needed for: building one for each field of each message would cost more than looking at it. */
const isHarmless = (value: unknown): boolean =>
  value === null || (typeof value !== "object" && typeof value !== "function" && typeof value !== "symbol")

const flawOf = (value: unknown, path: string): Flaw | undefined =>
  isHarmless(value) ? undefined : new Walk().flawIn(value, path)

export const isCloneable = (value: unknown): boolean => flawOf(value, "") === undefined

/** Throws `NotCloneable` with the path of what does not cross. */
export const checkCloneable = (value: unknown, path: string): void => {
  const flaw = flawOf(value, path)
  if (flaw !== undefined) throw new NotCloneable(flaw)
}
