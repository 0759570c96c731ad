import { describe, expect, it } from "vitest"
import { mebibytesToCopy } from "../../src/execution/benchmark.ts"
import { type BenchmarkRates, benchmarkReference, relativeSpeed } from "../../src/execution/index.ts"
import { benchmarkParts, runBenchmark } from "../../src/execution/worker/benchmark.ts"
import { measureSpeed } from "../../src/execution/worker/index.ts"
import { openWorker } from "./harness.ts"

const times = (factor: number): BenchmarkRates =>
  Object.fromEntries(benchmarkParts.map((part) => [part, factor * benchmarkReference[part].reference]))

describe("the speed that a benchmark's rates come to", () => {
  it("is 1 at the reference, and as many times that as all rates are", () => {
    expect(relativeSpeed(times(1))).toBeCloseTo(1)
    expect(relativeSpeed(times(0.25))).toBeCloseTo(0.25)
    expect(relativeSpeed(times(3))).toBeCloseTo(3)
  })

  it("hangs on what computes: a disk a hundred times as slow takes a fifth", () => {
    expect(relativeSpeed({ ...times(1), files: benchmarkReference.files.reference / 100 })).toBeCloseTo(100 ** -0.05)
    const slow = { ...times(1), integer: benchmarkReference.integer.reference / 2 }
    expect(relativeSpeed(slow)).toBeCloseTo(2 ** -0.35)
  })

  it("rests on the parts that could be tried, and is 1 where none could", () => {
    const { files: _, ...others } = times(2)
    expect(relativeSpeed(others)).toBeCloseTo(2)
    expect(relativeSpeed({})).toBe(1)
    expect(relativeSpeed({ integer: 0, memory: Number.NaN, messages: Number.POSITIVE_INFINITY })).toBe(1)
  })

  it("has weights that sum up to 1", () => {
    const sum = benchmarkParts.reduce((total, part) => total + benchmarkReference[part].weight, 0)
    expect(sum).toBeCloseTo(1)
  })
})

describe("the benchmark", () => {
  it("tries every part, each to a rate", async () => {
    const rates = await runBenchmark(1)
    for (const part of benchmarkParts) expect(rates[part]).toBeGreaterThan(0)
  })

  it("tells a worker outside its speed", async () => {
    const { speed, rates, ms } = await measureSpeed()
    expect(speed).toBeCloseTo(relativeSpeed(rates))
    expect(ms).toBeGreaterThan(0)
  })

  it("copies no more than a worker can spare", () => {
    expect(mebibytesToCopy({})).toBe(8)
    expect(mebibytesToCopy({ maxBuffersMb: 16 })).toBe(2)
    expect(mebibytesToCopy({ maxBuffersMb: 1_000 })).toBe(8)
  })
})

describe.each(["thread", "process"] as const)("a worker %s", (isolation) => {
  it("whose speed is to be measured tells it when it is ready, and then runs what was sent before", async () => {
    const worker = openWorker("plain.ts", { isolation, benchmark: true, resourceLimits: { maxBuffersMb: 64 } })
    const { benchmark } = await worker.ready
    expect(benchmark?.speed).toBeGreaterThan(0)
    expect(benchmark?.ms).toBeGreaterThan(0)
    expect(Object.keys(benchmark?.rates ?? {}).toSorted()).toEqual([...benchmarkParts].toSorted())
    await worker.connection.close()
    expect((await worker.exited).reason).toBe("stopped")
  })

  it("whose speed is not asked for tells none", async () => {
    const worker = openWorker("plain.ts", { isolation })
    expect(await worker.ready).not.toHaveProperty("benchmark")
    await worker.connection.close()
  })
})
