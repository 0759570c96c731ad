import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { findUncloneable } from "../../src/execution/index.ts"

const pathIn = (value: unknown): string => findUncloneable(value, "payload").path

describe("finding what cannot cross to another thread", () => {
  it("writes the path as it would be written in code", () => {
    expect(pathIn({ items: [0, 1, 2, { cb: () => {} }] })).toBe("payload.items[3].cb")
    expect(pathIn({ "two words": { when: Symbol("now") } })).toBe('payload["two words"].when')
    expect(pathIn(new Map([["k", new Set([1, Promise.resolve()])]]))).toBe('payload.get("k")[1]')
    expect(pathIn(() => {})).toBe("payload")
  })

  it("says what was found", () => {
    const message = (value: unknown): string => findUncloneable({ it: value }, "result").message
    expect(message(function save() {})).toBe("the function save cannot cross to another thread")
    expect(message(new WeakMap())).toBe("a WeakMap cannot cross to another thread")
    expect(message(new Proxy({}, {}))).toBe("a Proxy cannot cross to another thread")
    expect(message(Symbol("s"))).toBe("a symbol cannot cross to another thread")
  })

  it("finds its way through circles, and names a getter that throws", () => {
    const circle: { self?: unknown; deep: unknown } = { deep: { cb: () => {} } }
    circle.self = circle
    expect(pathIn(circle)).toBe("payload.deep.cb")
    const hostile = {
      get trap(): never {
        throw new Error("no")
      }
    }
    expect(findUncloneable({ hostile }, "payload")).toMatchObject({
      path: "payload.hostile",
      message: expect.stringContaining("no")
    })
  })

  it("finds the one function wherever it is put in any data", () => {
    const keys = fc.stringMatching(/^[a-z]{1,6}$/)
    const place = fc.array(fc.oneof(keys, fc.nat(3)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(place, fc.jsonValue(), (steps, beside) => {
        const value = steps.reduceRight<unknown>(
          (inner, at) =>
            typeof at === "number"
              ? [...Array.from({ length: at }, () => beside), inner]
              : { "0": beside, [at]: inner },
          () => {}
        )
        const expected = steps.map((at) => (typeof at === "number" ? `[${at}]` : `.${at}`)).join("")
        expect(pathIn(value)).toBe(`payload${expected}`)
      })
    )
  })
})
