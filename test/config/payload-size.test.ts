import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { oversize, payloadSize } from "../../src/config/index.ts"

const mib = 2 ** 20

describe("the size of a payload", () => {
  it("is what its strings, keys and buffers take; single values count nothing", () => {
    expect([5, true, null, undefined, 5n, Symbol("s"), () => {}].map((value) => payloadSize(value))).toEqual(
      Array(7).fill(0)
    )
    expect(payloadSize("x".repeat(1_000))).toBe(1_000)
    expect(payloadSize({ name: "abc", count: 5 })).toBe("namecount".length + 3)
    expect(payloadSize({ bytes: new Uint8Array(3 * mib) })).toBe("bytes".length + 3 * mib)
    expect(payloadSize(new DataView(new ArrayBuffer(mib)))).toBe(mib)
    expect(payloadSize(Array(1_000).fill(7))).toBe(8_000)
    expect(payloadSize(new Set(["abc"]))).toBe(11)
    expect(payloadSize(new Map([["key", { deep: "er" }]]))).toBe(8 + 3 + 4 + 2)
    expect(payloadSize(new Error("m".repeat(5_000)))).toBeGreaterThan(5_000)
  })

  it("counts the whole of a buffer of which a part is looked at, and each buffer once", () => {
    const buffer = new ArrayBuffer(mib)
    expect(payloadSize([buffer.slice(0, 2_000), new Uint8Array(buffer, 0, 1), new Uint8Array(buffer, 9), buffer])).toBe(
      4 * 8 + 2_000 + mib
    )
  })

  it("does not count what is transferred, nor shared memory", () => {
    const buffer = new ArrayBuffer(mib)
    const shared = new SharedArrayBuffer(mib)
    expect(payloadSize({ a: buffer, b: new Uint8Array(buffer) }, [buffer])).toBe(2)
    expect(payloadSize([shared, new Int32Array(shared)])).toBe(16)
  })

  it("takes many elements to be like those it looked at, and shared objects for one", () => {
    const rows = Array.from({ length: 100_000 }, (_, id) => ({ id, name: "abcdef" }))
    const exact = rows.length * (8 + "idname".length + "abcdef".length)
    expect(payloadSize(rows)).toBe(exact)
    const one = new ArrayBuffer(mib)
    expect(payloadSize(Array(100_000).fill(one))).toBe(800_000 + mib)
  })

  it("sees strings that lie deep, or among many others", () => {
    const deep = Array.from({ length: 100 }).reduce<object>((below) => ({ below }), { text: "x".repeat(mib) })
    expect(payloadSize(deep)).toBeGreaterThan(mib)
    const wide = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`k${index}`, ["y".repeat(10_000)]]))
    expect(payloadSize(wide)).toBeGreaterThan(4_000_000)
  })

  it("comes to an end: cycles, and whatever is deeper or wider than is worth looking at", () => {
    const cycle: Record<string, unknown> = { text: "abc" }
    cycle.self = [cycle, new Map([[cycle, cycle]])]
    expect(payloadSize(cycle)).toBeLessThan(100)
    const list = Array.from({ length: 200_000 }).reduce<object | null>((next) => ({ next }), null)
    expect(payloadSize(list)).toBeGreaterThan(0)
    expect(payloadSize(Array(1e8))).toBe(8e8)
  })

  it("is a number that is not negative, whatever the value: it never throws", () => {
    const throwing = (): never => {
      throw new Error("hostile")
    }
    const hostile = [
      Object.defineProperty({}, "bad", { get: throwing, enumerable: true }),
      [Object.defineProperty({}, "bad", { get: throwing, enumerable: true })],
      new Proxy({}, { ownKeys: throwing, get: throwing, getPrototypeOf: throwing }),
      new Proxy([], { get: throwing }),
      (() => {
        const { proxy, revoke } = Proxy.revocable({}, {})
        revoke()
        return proxy
      })(),
      Object.defineProperty(new Uint8Array(8), "buffer", { get: throwing }),
      Object.create(null),
      Object.assign(Object.create({ inherited: throwing }), { own: 1 }),
      new WeakMap(),
      Promise.resolve(),
      new Date(Number.NaN)
    ]
    for (const value of hostile) expect(payloadSize(value)).toBeGreaterThanOrEqual(0)
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withSparseArray: true,
      withTypedArray: true,
      withObjectString: true,
      withBoxedValues: true
    })
    fc.assert(
      fc.property(anything, fc.nat({ max: hostile.length - 1 }), (value, index) => {
        const bad = hostile[index]
        for (const payload of [value, { value, bad }, [bad, value]]) {
          const size = payloadSize(payload)
          expect(Number.isFinite(size) && size >= 0).toBe(true)
        }
      }),
      { numRuns: 2_000 }
    )
  })

  it("is never less than the strings and buffers of a payload with few parts", () => {
    const part = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.nat({ max: 3_000 }).map((length) => new Uint8Array(length)),
      fc.integer(),
      fc.boolean()
    )
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), part, { maxKeys: 10 }), { maxLength: 20 }), (payload) => {
        const parts = payload.flatMap((entries) => Object.values(entries))
        const least = parts.reduce<number>(
          (sum, value) => sum + (typeof value === "string" || value instanceof Uint8Array ? value.length : 0),
          0
        )
        expect(payloadSize(payload)).toBeGreaterThanOrEqual(least)
      })
    )
  })
})

describe("a payload over the limit", () => {
  it("is a problem at `payload`, which says how large it is and what to do", () => {
    expect(oversize({ bytes: new ArrayBuffer(20 * mib) }, undefined, 16 * mib)).toEqual({
      path: "payload",
      message: "about 20.1 MiB, and maxPayloadBytes allows 16 MiB",
      hint: "transfer its buffers with { transfer: [buffer] }, share them as SharedArrayBuffers, or raise maxPayloadBytes"
    })
    expect(oversize("x".repeat(11), undefined, 10)?.message).toBe("about 11 bytes, and maxPayloadBytes allows 10 bytes")
    expect(oversize("x".repeat(10), undefined, 10)).toBeUndefined()
    const buffer = new ArrayBuffer(20 * mib)
    expect(oversize(buffer, [buffer], 16 * mib)).toBeUndefined()
  })
})
