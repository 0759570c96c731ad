import { describe, expect, it } from "vitest"
import { fromErrorData, toErrorData } from "../../src/execution/index.ts"

describe("errors as data", () => {
  it("come back with name, message, stack, fields and causes", () => {
    const cause = Object.assign(new TypeError("inner"), { code: "E_IN" })
    const thrown = Object.assign(new RangeError("outer", { cause }), { code: "E_OUT", detail: { n: 1n } })
    const back = fromErrorData(structuredClone(toErrorData(thrown)))
    expect(back).toBeInstanceOf(Error)
    expect(back).toMatchObject({ name: "RangeError", message: "outer", code: "E_OUT", detail: { n: 1n } })
    expect(back.stack).toBe(thrown.stack)
    expect(back.cause).toMatchObject({ name: "TypeError", message: "inner", code: "E_IN" })
    expect(Object.keys(back).sort()).toEqual(["code", "detail"])
  })

  it("stop at eight causes", () => {
    let thrown = new Error("0")
    for (let depth = 1; depth <= 20; depth++) thrown = new Error(String(depth), { cause: thrown })
    let data = toErrorData(thrown)
    let depth = 0
    for (; data.cause !== undefined; depth++) data = data.cause
    expect(depth).toBe(8)
  })

  it("change no prototype, whatever their fields are called", () => {
    const fields = JSON.parse('{ "__proto__": { "polluted": true }, "message": "forged", "code": 1 }')
    const back = fromErrorData({ name: "Error", message: "real", fields })
    expect(back.message).toBe("real")
    expect(Object.getPrototypeOf(back)).toBe(Error.prototype)
    expect(Reflect.get({}, "polluted")).toBeUndefined()
  })

  it("survive whatever is thrown", () => {
    const hostile = new Error("x")
    Object.defineProperty(hostile, "stack", {
      get: () => {
        throw new Error("no stack")
      }
    })
    Object.defineProperty(hostile, "cause", { value: hostile })
    for (const thrown of [undefined, null, 7, Symbol("s"), () => {}, Object.create(null), new Proxy({}, {}), hostile]) {
      expect(() => structuredClone(toErrorData(thrown))).not.toThrow()
      expect(fromErrorData(toErrorData(thrown))).toBeInstanceOf(Error)
    }
  })
})
