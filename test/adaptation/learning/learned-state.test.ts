import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { analysisPart } from "../../../actors/task-analyst.ts"
import {
  BatchSizes,
  batchesPart,
  type LearnedPart,
  LearnedParts,
  LearnedWeights,
  learnedVersion,
  MigrationMemory,
  movesPart,
  PerformanceBook,
  performancePart,
  weightsPart
} from "../../../src/adaptation/index.ts"
import { AnalysisHistory } from "../../../src/analysis/index.ts"

const workers = ["a", "b", "c"] as const
const types = ["short", "long"] as const

const run = fc.record({
  worker: fc.constantFrom(...workers),
  type: fc.constantFrom(...types),
  ms: fc.oneof(fc.double({ min: 0.01, max: 1e5, noNaN: true }), fc.constantFrom(0, 0.04, 1e9)),
  expected: fc.option(fc.double({ min: 0.1, max: 1e4, noNaN: true }), { nil: undefined }),
  ok: fc.boolean(),
  pause: fc.constantFrom(0, 1, 1_000, 600_000, 1e7)
})
type Run = typeof run extends fc.Arbitrary<infer A> ? A : never

/** One that learns from runs as a runtime does. */
const learner = () => {
  const book = new PerformanceBook()
  const weights = new LearnedWeights()
  const parts = new LearnedParts()
  parts.add("performance", performancePart(book))
  parts.add("weights", weightsPart(weights))
  for (const worker of workers) book.times.assume(worker, 1)
  return { book, weights, parts }
}
type Learner = ReturnType<typeof learner>

const learn = ({ book }: Learner, { worker, type, ms, expected, ok }: Run, now: number): void => {
  book.record(worker, type, { ms, ok }, now)
  if (ok) book.times.record(worker, type, { ms, expectedMs: expected }, now)
}

/** All that decisions are made by. */
const answers = ({ book, weights }: Learner) => ({
  weights: workers.map((worker) => weights.of(worker)),
  types: types.map((type) => [
    book.times.workMs(type),
    book.times.workQuantile(type, 0.9),
    book.times.remainingWorkMs(type, 50)
  ]),
  workers: workers.flatMap((worker) =>
    types.map((type) => ({
      of: book.of(worker, type),
      all: book.worker(worker),
      speed: book.times.speedOf(worker, type),
      most: book.times.speedAtMost(worker, type),
      expected: book.times.expectedMs(type, worker),
      p99: book.times.quantile(type, worker, 0.99),
      remaining: book.times.remainingMs(type, worker, 10)
    }))
  )
})

/** Entries carry the time of the last run, which two clocks have otherwise. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, each) => (key === "lastAt" ? undefined : each)))

describe("what was learned", () => {
  it("gives the same answers after it went through JSON and a restart, and learns on as it would have", () => {
    let paused = 0
    fc.assert(
      fc.property(fc.array(run, { maxLength: 60 }), fc.array(run, { maxLength: 10 }), (before, after) => {
        const first = learner()
        let now = 1_000
        for (const each of before) {
          now += each.pause
          if (each.pause >= 600_000) paused += 1
          learn(first, each, now)
        }
        first.weights.adjust(workers.map((workerId, at) => ({ workerId, declared: 1, pace: 1 + at, doubt: 1 })))
        const state = JSON.parse(JSON.stringify(first.parts.export(now)))
        const second = learner()
        // Another process has another clock.
        const shift = 123_456
        expect(second.parts.import(state, now + shift)).toEqual([])
        for (const worker of workers) second.book.times.assume(worker, 1)
        expect(plain(answers(second))).toEqual(plain(answers(first)))
        for (const each of after) {
          now += each.pause
          learn(first, each, now)
          learn(second, each, now + shift)
        }
        expect(near(plain(answers(second)))).toEqual(near(plain(answers(first))))
      })
    )
    expect(paused).toBeGreaterThan(50)
  })

  it("of batches and of kinds of tasks is the same in another, too", () => {
    const seen = fc.record({
      kind: fc.constantFrom("x", "y"),
      items: fc.integer({ min: 1, max: 500 }),
      ms: fc.nat(9_999)
    })
    fc.assert(
      fc.property(fc.array(seen, { maxLength: 40 }), seen, (all, next) => {
        const [first, second] = [new BatchSizes(), new BatchSizes()]
        const [history, restored] = [new AnalysisHistory(), new AnalysisHistory()]
        for (const { kind, items, ms } of all) {
          first.observe(kind, items, ms)
          const memory = items > 250 ? items : undefined
          history.observe({ type: kind, model: undefined, hardware: ms % 2 === 0 ? "cpu" : "cuda", ms, memory })
        }
        const through = (part: LearnedPart, into: LearnedPart): void =>
          into.load(JSON.parse(JSON.stringify(part.save(0))), 0)
        through(batchesPart(first), batchesPart(second))
        through(analysisPart(history), analysisPart(restored))
        for (const sizes of [first, second]) sizes.observe(next.kind, next.items, next.ms)
        for (const kind of ["x", "y"]) {
          expect(second.next(kind, 1e6, 4)).toBe(first.next(kind, 1e6, 4))
          expect(second.costs(kind)).toEqual(first.costs(kind))
          expect(restored.expectedMs(kind, undefined)).toBe(history.expectedMs(kind, undefined))
          expect(restored.memory(kind, undefined)).toBe(history.memory(kind, undefined))
          expect(restored.hardware(kind, undefined)).toEqual(history.hardware(kind, undefined))
        }
      })
    )
  })

  it("of moves is what the next ones are expected to take", () => {
    const [first, second] = [new MigrationMemory(), new MigrationMemory()]
    for (const [at, ok] of [true, false, true].entries()) {
      const move = { taskId: `t${at}`, type: "encode", source: "a", target: "b", startedAt: 1_000 * at }
      first.started(move)
      first.ended(move.taskId, ok, move.startedAt + 50 + at)
    }
    const failed = { taskId: "t9", type: "never", source: "a", target: "b", startedAt: 0 }
    first.started(failed)
    first.ended("t9", false, 10)
    movesPart(second).load(JSON.parse(JSON.stringify(movesPart(first).save(0))), 0)
    for (const type of ["encode", "never"]) expect(second.ofType(type)).toEqual(first.ofType(type))
    expect(first.ofType("encode")?.moves).toBe(3)
  })

  it("holds of a worker that comes back as it was, and of none that declares something else now", () => {
    const first = learner()
    for (let n = 0; n < 200; n += 1) {
      for (const [at, worker] of workers.entries()) first.book.times.record(worker, "short", { ms: 100 * (at + 1) }, n)
    }
    const { times } = first.book
    expect(times.speedOf("a") / times.speedOf("c")).toBeCloseTo(3, 0)
    const second = learner()
    second.parts.import(first.parts.export(0), 0)
    second.book.times.assume("a", 1)
    second.book.times.assume("c", 4)
    expect(second.book.times.speedOf("a")).toBe(times.speedOf("a"))
    expect(second.book.times.speedAtMost("c")).toBe(Number.POSITIVE_INFINITY)
    // One that leaves and joins again later is a new one.
    second.book.forget("a")
    second.book.times.assume("a", 1)
    expect(second.book.times.speedAtMost("a")).toBe(Number.POSITIVE_INFINITY)
  })

  it("is taken over part by part: what is damaged is named, left out, and changes nothing", () => {
    const first = learner()
    first.weights.adjust(workers.map((workerId, at) => ({ workerId, declared: 1, pace: 1 + at, doubt: 1 })))
    const { parts } = first.parts.export(0)
    const damaged = [{ workerId: "a", weight: 50, declared: 1, moving: false }]
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, { workers: [], times: {} })), (nonsense) => {
        const second = learner()
        const untouched = plain(answers(second))
        const lost = second.parts.import(
          { version: learnedVersion, parts: { performance: nonsense, weights: damaged } },
          0
        )
        expect(lost.map(({ part }) => part)).toEqual(["performance", "weights"])
        expect(plain(answers(second))).toEqual(untouched)
      })
    )
    const second = learner()
    const lost = second.parts.import({ version: learnedVersion, parts: { ...parts, performance: 7, unknown: 1 } }, 0)
    expect(lost).toMatchObject([{ part: "performance" }])
    expect(second.weights.of("c")).toBe(first.weights.of("c"))
  })
})

/** Differences of times on two clocks are rounded otherwise in their last digits. */
const near = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, each) => (typeof each === "number" ? Number(each.toPrecision(9)) : each)))
