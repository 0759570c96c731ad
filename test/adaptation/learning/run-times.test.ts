import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RunTimes } from "../../../src/adaptation/index.ts"

const runsOf = (times: RunTimes, workerId: string, type: string, all: ReadonlyArray<number>, expectedMs?: number) => {
  for (const ms of all) times.record(workerId, type, { ms, expectedMs }, 0)
}

const anyRun = fc.record({
  worker: fc.constantFrom("a", "b", "c"),
  type: fc.constantFrom("x", "y"),
  ms: fc.double({ min: 0.5, max: 10_000, noNaN: true }),
  declared: fc.boolean()
})
const anyRuns = fc.array(anyRun, { minLength: 1, maxLength: 60 })
type Runs = ReadonlyArray<{ worker: string; type: string; ms: number; declared: boolean }>

const learned = (runs: Runs, scale = 1, named = (id: string) => id): RunTimes => {
  const times = new RunTimes()
  runs.forEach(({ worker, type, ms, declared }, at) => {
    times.record(named(worker), type, { ms: ms * scale, expectedMs: declared ? 20 * scale : undefined }, at)
  })
  return times
}

describe("what is learned of run times", () => {
  it("nothing is known of a type that never ran, and a worker that never ran has the speed it declares", () => {
    const times = new RunTimes()
    times.assume("a", 2)
    expect(times.expectedMs("encode", "a")).toBeUndefined()
    expect(times.quantile("encode", "a", 0.9)).toBeUndefined()
    expect(times.remainingMs("encode", "a", 5)).toBeUndefined()
    expect(times.speedOf("a")).toBe(2)
    expect(times.speedOf("nobody")).toBe(1)
    expect(times.speedAtMost("a")).toBe(Number.POSITIVE_INFINITY)
  })

  it("a worker's speed is found from declared durations, whatever the tasks", () => {
    const times = new RunTimes()
    for (let run = 1; run <= 60; run += 1) {
      times.record("slow", `type ${run % 7}`, { ms: 40 * run, expectedMs: 10 * run }, run)
      times.record("fast", `type ${run % 5}`, { ms: 5 * run, expectedMs: 10 * run }, run)
    }
    expect(times.speedOf("slow")).toBeCloseTo(0.25, 1)
    expect(times.speedOf("fast")).toBeGreaterThan(1.8)
    expect(times.speedOf("fast")).toBeLessThan(2.2)
  })

  it("without declarations, speeds are found from the types that workers share", () => {
    const times = new RunTimes()
    for (let run = 0; run < 300; run += 1) {
      const type = `type ${run % 3}`
      const work = 10 ** (run % 3)
      for (const fast of ["f1", "f2", "f3"]) times.record(fast, type, { ms: work }, run)
      if (run % 4 === 0) times.record("slow", type, { ms: 4 * work }, run)
    }
    expect(times.speedOf("f1") / times.speedOf("slow")).toBeGreaterThan(3.5)
    expect(times.speedOf("f1") / times.speedOf("slow")).toBeLessThan(4.5)
    expect(times.speedAtMost("slow")).toBeLessThan(times.speedOf("f1") / 2)
  })

  it("a worker whose tasks nobody else runs is neither fast nor slow", () => {
    const times = new RunTimes()
    runsOf(times, "a", "short", Array(50).fill(1))
    runsOf(times, "b", "long", Array(50).fill(1_000))
    expect(times.speedOf("a")).toBe(1)
    expect(times.speedOf("b")).toBe(1)
    expect(times.speedAtMost("b")).toBe(Number.POSITIVE_INFINITY)
    expect(times.expectedMs("long", "a")).toBeGreaterThan(900)
  })

  it("one run that takes a thousand times as long does not make a worker slow", () => {
    const times = new RunTimes()
    for (let run = 0; run < 50; run += 1) {
      times.record("a", "x", { ms: 10, expectedMs: 10 }, run)
      times.record("b", "x", { ms: 10, expectedMs: 10 }, run)
    }
    times.record("b", "x", { ms: 10_000, expectedMs: 10 }, 51)
    expect(times.speedOf("b")).toBeGreaterThan(0.8)
  })

  it("a worker that becomes slower is noticed", () => {
    const times = new RunTimes()
    for (let run = 0; run < 200; run += 1) times.record("a", "x", { ms: 10, expectedMs: 10 }, run)
    for (let run = 0; run < 200; run += 1) times.record("a", "x", { ms: 40, expectedMs: 10 }, 200 + run)
    expect(times.speedOf("a")).toBeLessThan(0.4)
  })

  it("a worker that has a way with one type is expected to be fast at that one alone", () => {
    const times = new RunTimes()
    for (let run = 0; run < 200; run += 1) {
      for (const [worker, ms] of [
        ["gpu", 10],
        ["cpu", 100],
        ["other", 100]
      ] as const) {
        times.record(worker, "infer", { ms }, run)
      }
      for (const worker of ["gpu", "cpu", "other"]) {
        for (const type of ["zip", "parse", "mail", "sort"]) times.record(worker, type, { ms: 50 }, run)
      }
    }
    const infer = { gpu: times.expectedMs("infer", "gpu") ?? 0, cpu: times.expectedMs("infer", "cpu") ?? 0 }
    const zip = { gpu: times.expectedMs("zip", "gpu") ?? 0, cpu: times.expectedMs("zip", "cpu") ?? 0 }
    expect(infer.cpu / infer.gpu).toBeGreaterThan(5)
    expect(zip.cpu / zip.gpu).toBeGreaterThan(0.7)
    expect(zip.cpu / zip.gpu).toBeLessThan(1.5)
  })

  it("quantiles are near those of what was seen", () => {
    const times = new RunTimes()
    runsOf(
      times,
      "a",
      "x",
      Array.from({ length: 400 }, (_, index) => ((index * 7) % 400) + 1)
    )
    for (const [q, ms] of [
      [0.1, 40],
      [0.5, 200],
      [0.9, 360]
    ] as const) {
      expect(times.quantile("x", "a", q)).toBeGreaterThan(0.75 * ms)
      expect(times.quantile("x", "a", q)).toBeLessThan(1.25 * ms)
    }
  })

  it("where run times vary much, the older a run is, the longer it will still take; where they do not, the shorter", () => {
    const times = new RunTimes()
    runsOf(times, "a", "heavy", [...Array(90).fill(1), ...Array(9).fill(50), ...Array(3).fill(900)])
    runsOf(times, "a", "even", Array(100).fill(100))
    const heavy = [0, 2, 60].map((elapsed) => times.remainingMs("heavy", "a", elapsed) ?? 0)
    expect(heavy).toEqual(heavy.toSorted((one, other) => one - other))
    expect(times.remainingMs("even", "a", 70)).toBeLessThan(times.remainingMs("even", "a", 10) ?? 0)
    expect(times.remainingMs("even", "a", 5_000)).toBe(5_000)
  })

  it("forgets a worker that left, and keeps what its runs told of their types", () => {
    const times = new RunTimes()
    runsOf(times, "a", "x", Array(20).fill(40), 10)
    times.forget("a")
    expect(times.speedOf("a")).toBe(1)
    expect(times.workMs("x")).toBeGreaterThan(0)
  })

  it("holds a bounded number of workers and types", () => {
    const times = new RunTimes({ maxTypes: 2, maxWorkers: 2 })
    for (const type of ["x", "y", "x", "z"]) times.record("a", type, { ms: 1 }, 0)
    expect(["x", "y", "z"].map((type) => times.workMs(type) !== undefined)).toEqual([true, false, true])
    for (const worker of ["b", "c"]) runsOf(times, worker, "x", Array(9).fill(40), 10)
    expect(times.speedAtMost("a")).toBe(Number.POSITIVE_INFINITY)
    expect(times.speedAtMost("c")).toBeLessThan(1)
  })

  it("takes a newcomer to be like those that have run, by as much as they are faster than was assumed of them", () => {
    const times = new RunTimes()
    times.assume("slow", 1)
    times.assume("quick", 1)
    for (let run = 0; run < 200; run += 1) {
      times.record("quick", "work", { ms: 10 }, run)
      if (run % 20 === 0) times.record("slow", "work", { ms: 100 }, run)
    }
    times.assume("fresh", 1)
    times.assume("twice", 2)
    expect(times.speedOf("fresh") / times.speedOf("quick")).toBeGreaterThan(0.7)
    expect(times.speedOf("fresh") / times.speedOf("quick")).toBeLessThan(1.1)
    expect(times.speedOf("twice") / times.speedOf("fresh")).toBeCloseTo(2)
  })

  it("knows the speed of each of a hundred thousand workers", () => {
    const times = new RunTimes()
    const ids = Array.from({ length: 100_000 }, (_, at) => `w${at}`)
    for (const id of ids) times.assume(id, 2)
    expect(ids.filter((id) => times.speedOf(id) !== 2)).toEqual([])
  })

  it("quantiles rise with q, are finite and stay within the work that was seen", () => {
    fc.assert(
      fc.property(
        anyRuns,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 }),
        (runs, qs) => {
          const times = learned(runs)
          for (const type of new Set(runs.map((run) => run.type))) {
            const values = qs.toSorted((a, b) => a - b).map((q) => times.workQuantile(type, q) ?? Number.NaN)
            expect(values).toEqual(values.toSorted((a, b) => a - b))
            const least = times.workQuantile(type, 0) ?? Number.NaN
            const most = times.workQuantile(type, 1) ?? Number.NaN
            for (const value of [...values, times.workMs(type) ?? Number.NaN]) {
              expect(Number.isFinite(value)).toBe(true)
              expect(value).toBeGreaterThanOrEqual(least)
              expect(value).toBeLessThanOrEqual(most)
            }
          }
        }
      )
    )
  })

  it("another unit of time changes times and no speed", () => {
    fc.assert(
      fc.property(anyRuns, fc.constantFrom(2, 16, 1_024), (runs, scale) => {
        const one = learned(runs)
        const other = learned(runs, scale)
        for (const worker of ["a", "b", "c"]) {
          expect(other.speedOf(worker)).toBeCloseTo(one.speedOf(worker), 6)
          for (const type of ["x", "y"]) {
            const scaled = other.quantile(type, worker, 0.9)
            const plain = one.quantile(type, worker, 0.9)
            if (plain === undefined) expect(scaled).toBeUndefined()
            else expect((scaled ?? 0) / (plain * scale)).toBeCloseTo(1, 6)
          }
        }
      })
    )
  })

  it("does not depend on what workers are called", () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const one = learned(runs)
        const other = learned(runs, 1, (id) => `renamed ${id}`)
        for (const worker of ["a", "b", "c"]) {
          expect(other.speedOf(`renamed ${worker}`)).toBe(one.speedOf(worker))
          expect(other.expectedMs("x", `renamed ${worker}`)).toBe(one.expectedMs("x", worker))
        }
      })
    )
  })

  it("stays finite whatever is reported", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            ms: fc.double(),
            expectedMs: fc.option(fc.double(), { nil: undefined }),
            now: fc.oneof(fc.integer(), fc.double())
          }),
          { maxLength: 80 }
        ),
        (runs) => {
          const times = new RunTimes()
          for (const { ms, expectedMs, now } of runs) times.record("a", "x", { ms, expectedMs }, now)
          expect(times.speedOf("a", "x")).toBeGreaterThan(0)
          expect(Number.isFinite(times.speedOf("a", "x"))).toBe(true)
          for (const value of [times.workMs("x"), times.workQuantile("x", 0.5), times.remainingWorkMs("x", 1)]) {
            if (value !== undefined) expect(Number.isFinite(value)).toBe(true)
          }
        }
      )
    )
  })
})
