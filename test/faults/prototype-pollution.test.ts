import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { optionProblems, submitProblems, toSettings } from "../../src/config/index.ts"
import { failureOf } from "../actors/given.ts"
import { startFaulty } from "./given.ts"

/** As a request's body would bring them: own properties of these very names. */
const hostile = fc.constantFrom('{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}')

const keys = [
  "handlers",
  "workers",
  "capacity",
  "capabilities",
  "labels",
  "adaptation",
  "features",
  "metrics",
  "log",
  "requires",
  "constraints",
  "affinity",
  "retries",
  "__proto__",
  "constructor",
  "prototype"
]

const nested = fc
  .tuple(hostile, fc.array(fc.constantFrom(...keys), { maxLength: 4 }), fc.boolean())
  .map(([inner, path, listed]) => {
    const text = path.reduceRight((sum, key) => `{${JSON.stringify(key)}:${listed ? `[${sum}]` : sum}}`, inner)
    const value: unknown = JSON.parse(text)
    return value
  })

const clean = (): ReadonlyArray<unknown> => [
  Object.getOwnPropertyNames(Object.prototype).includes("polluted"),
  Object.getOwnPropertyNames(Function.prototype).includes("polluted"),
  Object.getOwnPropertyNames(Array.prototype).includes("polluted")
]

describe("prototype pollution", () => {
  it("by options: nothing of Object's changes, and every such key is a problem", () => {
    fc.assert(
      fc.property(nested, (value) => {
        const options = { handlers: "./handlers.ts", ...(typeof value === "object" ? value : {}) }
        expect(Reflect.apply(optionProblems, undefined, [value])).not.toEqual([])
        const problems = Reflect.apply(optionProblems, undefined, [options])
        if (Object.keys(options).length > 1) expect(problems).not.toEqual([])
        expect(Reflect.apply(submitProblems, undefined, [value])).not.toEqual([])
        expect(clean()).toEqual([false, false, false])
      }),
      { numRuns: Number(process.env.BALLAST_FAULT_RUNS ?? 2_000) }
    )
  })

  it("by merged defaults: settings made of hostile parts leave every prototype as it was", () => {
    fc.assert(
      fc.property(nested, (value) => {
        try {
          Reflect.apply(toSettings, undefined, [value])
        } catch {
          // Refused is as good.
        }
        expect(clean()).toEqual([false, false, false])
      }),
      { numRuns: Number(process.env.BALLAST_FAULT_RUNS ?? 2_000) }
    )
  })

  it("by a payload, an id, a key or an error's fields: they stay data, on every thread", async () => {
    await using ballast = await startFaulty()
    const payload: { readonly data: string } = JSON.parse('{"__proto__":{"polluted":1},"data":"four"}')
    expect(await ballast.run("size", payload, { id: "__proto__", concurrencyKey: "constructor" })).toBe(4)
    expect(await ballast.run("size", payload, { id: "constructor", concurrencyKey: "__proto__" })).toBe(4)
    expect(await failureOf(Reflect.apply(ballast.run, ballast, ["__proto__", undefined]))).toMatchObject({
      _tag: "UnknownHandler"
    })
    expect(await failureOf(Reflect.apply(ballast.run, ballast, ["constructor", undefined]))).toMatchObject({
      _tag: "UnknownHandler"
    })
    expect(clean()).toEqual([false, false, false])
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
  })
})
