import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { DemandBook, expectedOverload } from "../../../src/adaptation/index.ts"

const seen = (uses: ReadonlyArray<number>, book = new DemandBook(), taskId = "a") => {
  for (const use of uses) book.observe(taskId, "service", use)
  return book.of(taskId)
}

describe("DemandBook", () => {
  it("knows nothing of a task before its first sample, and nothing more once it has ended", () => {
    const book = new DemandBook()
    expect(book.of("a")).toBeUndefined()
    book.observe("a", "service", 0.5)
    expect(book.of("a")?.mean).toBe(0.5)
    book.forget("a")
    expect(book.of("a")).toBeUndefined()
    expect(book.size).toBe(0)
  })

  it("takes what is no quantity for nothing", () => {
    const book = new DemandBook()
    for (const use of [Number.NaN, -1, Number.POSITIVE_INFINITY]) expect(book.observe("a", "service", use)).toBe(false)
    expect(book.size).toBe(0)
  })

  it("sees through noise to the level: a jump of one sample hardly counts, one that stays does", () => {
    const level = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? 0.3 : 0.5))
    expect(seen(level)?.mean).toBeCloseTo(0.4, 1)
    expect(seen([...level, 1])?.mean).toBeLessThan(0.45)
    expect(seen([...level, ...new Array<number>(100).fill(1)])?.mean).toBeGreaterThan(0.95)
  })

  it("gives a task that jumps more variance than a steady one of the same type", () => {
    const book = new DemandBook()
    for (let sample = 0; sample < 200; sample += 1) {
      book.observe("steady", "service", 0.5)
      book.observe("jumping", "service", sample % 10 === 0 ? 1 : 0.2)
    }
    const [steady, jumping] = [book.of("steady"), book.of("jumping")]
    expect(jumping?.variance).toBeGreaterThan(3 * (steady?.variance ?? Number.NaN))
  })

  it("expects of a newcomer what its type shows, and of what was idle so far that it may wake", () => {
    const book = new DemandBook()
    for (let sample = 0; sample < 200; sample += 1) {
      for (const id of ["a", "b", "c"]) book.observe(id, "service", sample % 2 === 0 ? 0.2 : 0.8)
      book.observe("idle", "service", 0)
    }
    book.observe("new", "service", 0)
    expect(book.of("new")?.mean).toBeGreaterThan(0.1)
    expect(book.of("idle")?.mean).toBeLessThan(0.02)
    expect(book.of("idle")?.variance).toBeGreaterThan(0.005)
    expect(book.of("idle")?.variance).toBeLessThan(book.of("a")?.variance ?? 0)
  })

  it("keeps at most so many tasks, those that were heard of last", () => {
    const book = new DemandBook({ maxTasks: 2 })
    for (const id of ["a", "b", "c"]) book.observe(id, "service", 0.5)
    expect([book.size, book.of("a"), book.of("c")?.mean]).toEqual([2, undefined, 0.5])
  })

  it("never gives anything but quantities, whatever comes and goes", () => {
    const step = fc.tuple(fc.constantFrom("a", "b", "c"), fc.option(fc.double({ min: -1, max: 1e6 }), { freq: 5 }))
    let forgotten = 0
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const book = new DemandBook({ maxTasks: 2 })
        for (const [id, use] of steps) {
          if (use === null) {
            book.forget(id)
            forgotten += 1
          } else book.observe(id, "service", use)
          const { mean = 0, variance = 0 } = book.of(id) ?? {}
          expect(mean >= 0 && variance >= 0 && Number.isFinite(mean + variance)).toBe(true)
        }
      })
    )
    expect(forgotten).toBeGreaterThan(50)
  })
})

describe("expectedOverload", () => {
  it("is what is above the capacity where all is certain, and nothing where there is room", () => {
    expect(expectedOverload(3, 0, 2)).toBeCloseTo(1, 6)
    expect(expectedOverload(1, 0, 2)).toBe(0)
  })

  it("grows with mean and variance, falls with capacity, and is never below the excess of the mean", () => {
    const figure = fc.double({ min: 0, max: 50, noNaN: true })
    fc.assert(
      fc.property(figure, figure, figure, figure, (mean, variance, capacity, more) => {
        const risk = expectedOverload(mean, variance, capacity)
        expect(risk).toBeGreaterThanOrEqual(Math.max(0, mean - capacity) - 1e-9)
        expect(expectedOverload(mean + more, variance, capacity)).toBeGreaterThanOrEqual(risk - 1e-9)
        expect(expectedOverload(mean, variance + more, capacity)).toBeGreaterThanOrEqual(risk - 1e-9)
        expect(expectedOverload(mean, variance, capacity + more)).toBeLessThanOrEqual(risk + 1e-9)
      })
    )
  })
})
