import { availableParallelism } from "node:os"
import type { Benchmark, Options, Outcome } from "../benchmark.ts"
import { ballast } from "../pools/ballast.ts"
import { bare, bareBatched } from "../pools/bare.ts"
import { manyAtOnce } from "../pools/libraries.ts"
import { type Contender, concurrent, type Pool, stopWithin } from "../pools/pool.ts"
import { betweenTurns } from "../pools/turns.ts"
import type { Measured } from "../report.ts"
import { median, quantile } from "../statistics.ts"
import { judge, type Target } from "../targets.ts"
import { latencies, type WorkloadSizes, workloads } from "./workloads.ts"

/** One core is the caller's. */
const threads = Math.max(1, availableParallelism() - 1)

const contenders = (strategy: string | undefined): ReadonlyArray<Contender> => [
  ballast({ name: "ballast", concurrent, strategy }),
  ballast({ name: "ballast 1 a worker", strategy }),
  ...manyAtOnce,
  bare,
  bareBatched
]

const peers = manyAtOnce.map(({ name }) => name)

const targetsOf = (measured: ReadonlyArray<Measured>): ReadonlyArray<Target> => {
  const { againstBest } = judge(measured)
  return [
    againstBest("≥ 3 × the fastest library at window 1024", "window 1024", peers, 3),
    againstBest("≥ 3 × the fastest library in a burst", "burst", peers, 3),
    againstBest("≥ half of bare batched at window 1024", "window 1024", ["bare batched"], 0.5),
    againstBest("≥ half of bare batched in a burst", "burst", ["bare batched"], 0.5),
    againstBest("a lone task ≤ 1.05 × the best library's median", "lone task µs", peers, 1.05)
  ]
}

/** Who takes longer than this for one figure stands in only some of the row's rounds, with the same workload. */
const slow = 4_000
const roundsOfSlow = 2

/** Milliseconds within which a pool is to stop. */
const stopping = 5_000

interface Standing {
  readonly name: string
  readonly pool: Pool
}

const latencyNotes = async (pools: ReadonlyArray<Standing>, sizes: WorkloadSizes): Promise<ReadonlyArray<string>> => {
  const notes: Array<string> = []
  for (const { name, pool } of pools) {
    const figures: Array<string> = []
    for (const window of [64, 1_024]) {
      await betweenTurns()
      const sorted = (await latencies(pool, sizes.windowed, window)).toSorted((a, b) => a - b)
      const shown = [0.5, 0.99].map((share) => Math.round(quantile(sorted, share)).toLocaleString("en"))
      figures.push(`window ${window} ${shown.join(" / ")}`)
    }
    notes.push(`${name}: p50 / p99 from submit to result, µs: ${figures.join(", ")}`)
  }
  return notes
}

/**
 * No-op tasks through whole pools in one process: same number of threads, same work, every round each workload by each
 * contender, who begins changing from round to round. All pools stand from the beginning, so that all are warm; those
 * whose turn it is not are idle. A first round warms up and is not counted.
 */
const measureRing = async ({
  rounds = 7,
  quick,
  burst = quick ? 2_000 : 100_000,
  strategy,
  only,
  rows,
  onProgress
}: Options): Promise<Outcome> => {
  const counted = quick ? Math.min(rounds, 1) : rounds
  const sizes: WorkloadSizes = { lone: quick ? 50 : 1_000, windowed: quick ? 2_000 : 20_000, burst }
  const loads = workloads(sizes).filter(({ row }) => rows?.includes(row) ?? true)
  const entrants = contenders(strategy).filter(({ name }) => only?.includes(name) ?? true)
  const pools: Array<Standing> = []
  const measured = loads.map(({ row, unit, more }) => ({ row, unit, more, rounds: new Map<string, Array<number>>() }))
  const fewer = new Set<string>()
  const notes: Array<string> = [
    `${threads} threads a contender, ${counted} rounds after a warm-up; windows: ${sizes.windowed.toLocaleString("en")} tasks in all; burst: ${sizes.burst.toLocaleString("en")} at once`,
    ...entrants.map(({ name, note }) => `${name}: ${note}`)
  ]
  try {
    for (const { name, start } of entrants) {
      pools.push({ name, pool: await start({ handler: "echo", threads, queue: 2 * sizes.burst + 1_024 }) })
      for (const row of measured) row.rounds.set(name, [])
    }
    for (let round = 0; round <= counted; round += 1) {
      for (const [index, { row, slices, measure }] of loads.entries()) {
        const figures = new Map<string, Array<number>>()
        for (let turn = 0; turn < slices * pools.length; turn += 1) {
          const standing = pools[(round + turn) % pools.length]
          if (standing === undefined) continue
          const entry = `${standing.name} in ${row}`
          if (round > roundsOfSlow && fewer.has(entry)) continue
          await betweenTurns()
          const begun = performance.now()
          const figure = await measure(standing.pool)
          if (performance.now() - begun > slow) fewer.add(entry)
          figures.set(standing.name, [...(figures.get(standing.name) ?? []), figure])
        }
        if (round === 0) continue
        for (const [name, sliced] of figures) measured[index]?.rounds.get(name)?.push(median(sliced))
      }
      onProgress(`round ${round} of ${counted}`)
    }
    notes.push(...(await latencyNotes(pools, sizes)))
    if (counted > roundsOfSlow) {
      for (const entry of fewer) notes.push(`${entry}: ${roundsOfSlow} rounds, each longer than ${slow / 1_000} s`)
    }
  } finally {
    await Promise.all(pools.map(({ pool }) => stopWithin(pool, stopping)))
  }
  return { measured, targets: targetsOf(measured), notes }
}

export const ring: Benchmark = {
  id: "C14",
  name: "ring",
  usage: "[--rounds n] [--burst n] [--rows row,row] [--only contender,contender] [--strategy id] [--quick]",
  run: measureRing
}
