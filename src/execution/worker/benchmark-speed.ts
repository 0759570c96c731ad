import { type BenchmarkPart, type BenchmarkRates, benchmarkParts, runBenchmark } from "./benchmark.ts"

/** What a thread has shown. */
export interface BenchmarkResult {
  readonly rates: BenchmarkRates
  /** Against the reference; 1 is as fast as that. */
  readonly speed: number
  /** How long it took, in milliseconds. */
  readonly ms: number
}

interface Share {
  /** What the reference machine shows. */
  readonly reference: number
  /** What the part counts for in the speed. */
  readonly weight: number
}

/**
 * Speed 1, in the units of `BenchmarkRates`: the medians of 60 threads, started one after the other on a virtual machine
 * with 4 cores of an AMD EPYC (family 26, 2.6 GHz), Node 24.21 on Linux, in November 2026. Handlers compute, for the most
 * part: what waits for a disk or a message counts for little.
 */
export const benchmarkReference: Readonly<Record<BenchmarkPart, Share>> = {
  integer: { reference: 3_190, weight: 0.35 },
  floatingPoint: { reference: 1_200, weight: 0.35 },
  memory: { reference: 54_000, weight: 0.2 },
  files: { reference: 1_040, weight: 0.05 },
  messages: { reference: 185, weight: 0.05 }
}

/** The weighted geometric mean of the rates against the reference, over the parts that were tried; 1 where none was. */
export const relativeSpeed = (rates: BenchmarkRates): number => {
  let log = 0
  let weights = 0
  for (const part of benchmarkParts) {
    const rate = rates[part]
    if (rate === undefined || !(rate > 0) || rate === Number.POSITIVE_INFINITY) continue
    const { reference, weight } = benchmarkReference[part]
    log += weight * Math.log(rate / reference)
    weights += weight
  }
  return weights === 0 ? 1 : Math.exp(log / weights)
}

/** Mebibytes to copy: more than most caches of one core hold. */
export const usualMebibytes = 8

/**
 * Measures this thread, in 0.1 to 0.2 s: for a worker outside, which declares its `speed` as its weight. Do it while nothing
 * else runs there.
 */
export const measureSpeed = async (): Promise<BenchmarkResult> => {
  const from = performance.now()
  const rates = await runBenchmark(usualMebibytes)
  return { rates, speed: relativeSpeed(rates), ms: performance.now() - from }
}
