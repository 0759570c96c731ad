import type { Strategy } from "../../../strategy.ts"

/** How a strategy learns of anything. */
const learns: ReadonlySet<PropertyKey> = new Set(["proposed", "ended"])

/** The same strategy, asked the same and told nothing: for one that there is only one of, and that is not to learn from a replay. */
export const withoutMemory = (strategy: Strategy): Strategy =>
  new Proxy(strategy, {
    get: (target, key) => {
      if (learns.has(key)) return undefined
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === "function" ? value.bind(target) : value
    }
  })
