import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { PerformanceBook } from "../../../src/adaptation/index.ts"

describe("PerformanceBook", () => {
  it("knows nothing of a worker or a type that never ran", () => {
    const book = new PerformanceBook()
    book.record("a", "resize", { ms: 10, ok: true }, 0)
    expect(book.of("a", "encode")).toBeUndefined()
    expect(book.worker("b")).toBeUndefined()
  })

  it("takes the plain mean of the first runs, so that the very first does not stick", () => {
    const book = new PerformanceBook()
    for (const ms of [100, 200, 300]) book.record("a", "resize", { ms, ok: true }, 0)
    expect(book.of("a", "resize")).toMatchObject({ runs: 3, successRate: 1, meanMs: 200 })
  })

  it("follows a worker that became slower", () => {
    const book = new PerformanceBook()
    for (let at = 0; at < 100; at += 1) book.record("a", "resize", { ms: 10, ok: true }, at)
    for (let at = 100; at < 150; at += 1) book.record("a", "resize", { ms: 100, ok: true }, at)
    expect(book.of("a", "resize")?.meanMs).toBeGreaterThan(95)
  })

  it("lets a fast failure lower the success rate but not the mean run time", () => {
    const book = new PerformanceBook()
    book.record("a", "resize", { ms: 100, ok: true }, 0)
    book.record("a", "resize", { ms: 1, ok: false }, 1)
    expect(book.of("a", "resize")).toMatchObject({ meanMs: 100, successRate: 0.5 })
  })

  it("gives one run after a long pause half the weight, never all of it", () => {
    const book = new PerformanceBook({ memory: 1_000 })
    for (let at = 0; at < 50; at += 1) book.record("a", "resize", { ms: 100, ok: true }, at)
    book.record("a", "resize", { ms: 300, ok: true }, 1e9)
    expect(book.of("a", "resize")?.meanMs).toBeCloseTo(200, 0)
  })

  it("keeps the types of one worker apart and sums them up for the worker", () => {
    const book = new PerformanceBook()
    book.record("a", "fast", { ms: 10, ok: true }, 0)
    book.record("a", "slow", { ms: 30, ok: true }, 0)
    expect(book.of("a", "fast")?.meanMs).toBe(10)
    expect(book.worker("a")).toMatchObject({ runs: 2, meanMs: 20 })
  })

  it("holds a bounded number of types and workers, letting go of those longest unused", () => {
    const book = new PerformanceBook({ maxTypes: 2, maxWorkers: 2 })
    for (const type of ["x", "y", "x", "z"]) book.record("a", type, { ms: 1, ok: true }, 0)
    expect(["x", "y", "z"].map((type) => book.of("a", type)?.runs)).toEqual([2, undefined, 1])
    for (const worker of ["b", "a", "c"]) book.record(worker, "x", { ms: 1, ok: true }, 0)
    expect(["a", "b", "c"].map((worker) => book.worker(worker) !== undefined)).toEqual([true, false, true])
  })

  it("forgets a worker that left", () => {
    const book = new PerformanceBook()
    book.record("a", "resize", { ms: 10, ok: true }, 0)
    book.forget("a")
    expect(book.of("a", "resize")).toBeUndefined()
  })

  it("stays finite and within its bounds whatever is reported", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ ms: fc.double(), ok: fc.boolean(), now: fc.integer() }), { minLength: 1 }),
        (runs) => {
          const book = new PerformanceBook()
          for (const { ms, ok, now } of runs) book.record("a", "t", { ms, ok }, now)
          const known = book.of("a", "t")
          expect(known?.runs).toBe(runs.length)
          expect(known?.successRate).toBeGreaterThanOrEqual(0)
          expect(known?.successRate).toBeLessThanOrEqual(1)
          expect(known?.meanMs).toBeGreaterThanOrEqual(0)
          expect(Number.isFinite(known?.meanMs)).toBe(true)
        }
      )
    )
  })
})
