import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DemandRecord, EnergyBook, SlotTimes, sureSpeed } from "../../../src/adaptation/index.ts"

describe("the energy of tasks", () => {
  it("goes to types by the time they had of slots, and to nobody while nothing ran", () => {
    const book = new EnergyBook()
    expect(book.use).toBeUndefined()
    book.charge(
      100,
      new Map([
        ["a", 3],
        ["b", 1]
      ])
    )
    book.charge(10, new Map())
    book.ran("a")
    book.ran("a")
    expect(book.use).toEqual({
      joules: 110,
      idleJoules: 10,
      byType: {
        b: { joules: 25, runs: 0, joulesPerRun: undefined },
        a: { joules: 75, runs: 2, joulesPerRun: 37.5 }
      }
    })
  })

  it("adds up: no joule is lost and none is counted twice, and what makes no sense is left out", () => {
    const joules = fc.oneof(fc.double({ min: 0, max: 1e6, noNaN: true }), fc.constantFrom(Number.NaN, -1, Infinity))
    const seconds = fc.dictionary(
      fc.constantFrom("a", "b", "__proto__", "c"),
      fc.double({ min: 0.001, max: 100, noNaN: true })
    )
    fc.assert(
      fc.property(fc.array(fc.tuple(joules, seconds), { minLength: 1, maxLength: 20 }), (charges) => {
        const book = new EnergyBook()
        let sum = 0
        for (const [each, times] of charges) {
          book.charge(each, new Map(Object.entries(times)))
          if (each > 0 && each < Infinity) sum += each
        }
        const { use } = book
        const types = Object.values(use?.byType ?? {}).reduce((total, type) => total + type.joules, 0)
        expect(use?.joules ?? 0).toBeCloseTo(sum, 3)
        expect(types + (use?.idleJoules ?? 0)).toBeCloseTo(sum, 3)
      })
    )
  })

  it("time is counted once, from the start of a run or since it was taken out", () => {
    const times = new SlotTimes()
    times.count("w", "a", 1_000, 4_000)
    times.count("w", "a", 3_000, 4_000)
    times.count("w", "b", 5_000, 4_000)
    expect(times.take(4_000)).toEqual(new Map([["w", new Map([["a", 4]])]]))
    times.count("w", "a", 1_000, 6_000)
    expect(times.take(6_000)).toEqual(new Map([["w", new Map([["a", 2]])]]))
    expect(times.take(7_000)).toEqual(new Map())
  })
})

describe("what is asked of the pool", () => {
  it("is the most of late; what is long ago is forgotten", () => {
    const record = new DemandRecord<string>({ window: 60_000, shapes: 2 })
    expect(record.expected).toBe(0)
    record.observe(10, 0)
    record.observe(4, 30_000)
    record.observe(Number.NaN, 31_000)
    expect(record.expected).toBe(10)
    record.observe(3, 61_000)
    expect(record.expected).toBe(4)
  })

  it("the kinds of requirements in use are the ones seen last", () => {
    const record = new DemandRecord<string>({ shapes: 2 })
    record.use("a", "A", 0)
    record.use("b", "B", 1)
    record.use("a", "A", 2)
    record.use("c", "C", 3)
    expect(record.shapesSince(0).map(({ shape }) => shape)).toEqual(["a", "c"])
    expect(record.shapesSince(3)).toEqual([{ shape: "c", requirements: "C" }])
  })
})

describe("the speed to reckon with", () => {
  it("is the declared one until runs have shown another for sure, and then as near to it as they allow", () => {
    expect(sureSpeed(1, 0.5, Number.POSITIVE_INFINITY)).toBe(1)
    expect(sureSpeed(1, 0.5, 1.1)).toBe(1)
    expect(sureSpeed(1, 0.5, 0.6)).toBeCloseTo(0.6)
    expect(sureSpeed(1, 2, 2.5)).toBeCloseTo(1.6)
    expect(sureSpeed(0, Number.NaN, 1)).toBe(1)
  })
})
