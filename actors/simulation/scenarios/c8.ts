import {
  centralQueue,
  leastConnections,
  peakEwma,
  powerOfTwoChoices,
  roundRobin,
  weightedRoundRobin
} from "../baselines/index.ts"
import type { ServiceTime } from "../workload/index.ts"
import { ofAll } from "./completion-rows.ts"
import type { Contender, Derived, Part, Scenario } from "./scenario.ts"

/**
 * Milliseconds of the coordinator's thread that a task costs: one over the 184,332 tasks a second of the burst that
 * `benchmarks/RESULTS.md` (C14) measures on real threads, the slowest of its figures.
 */
export const dispatchCost = 1_000 / 184_332

/** What each of them does for a task at most grows little with the number of servers. */
const quick = {
  "round robin": { model: roundRobin },
  p2c: { model: powerOfTwoChoices },
  "peak ewma": { model: peakEwma() },
  "central queue": { model: centralQueue() }
} satisfies Readonly<Record<string, Contender>>

const looksAtAll = {
  "weighted round robin": { model: weightedRoundRobin },
  "least connections": { model: leastConnections({ ties: "random" }) }
} satisfies Readonly<Record<string, Contender>>

export interface ScalePart {
  readonly row: string
  readonly workers: number
  readonly tasksEach: number
  readonly work: ServiceTime
  readonly contenders: Part["contenders"]
}

/** Work done ÷ (workers × time), from the first submit to the last end. */
export const scalePart = ({ row, workers, tasksEach, work, contenders }: ScalePart): Part => ({
  world: {
    workers,
    workload: { arrivals: { type: "batch", tasks: workers * tasksEach }, kinds: [{ work }] },
    world: { dispatchCost }
  },
  contenders,
  rows: [
    {
      row,
      unit: "",
      better: "more",
      figure: (measurement) => measurement.usefulMs / (workers * ofAll(measurement, measurement.makespan))
    }
  ]
})

const ballast = { ballast: { runtime: {} } } satisfies Part["contenders"]

/** 100 ms on average, and unequal, lest dealing out in turn be perfect. */
const unequal = { type: "uniform", from: 50, to: 150 } as const

const efficiencyAt = (workers: number, contenders: Part["contenders"]): Part =>
  scalePart({ row: `efficiency at ${workers}`, workers, tasksEach: 50, work: unequal, contenders })

const sizes = [0.125, 0.25, 0.5, 1, 2]
const sizeRow = (ms: number): string => `efficiency at 100, tasks of ${ms} ms`

/** Where the efficiency, which grows with the size, is one half: between two sizes, by their logarithms. */
export const halfEfficientSize = (sizesMs: ReadonlyArray<number>, efficiencies: ReadonlyArray<number>): number => {
  const above = efficiencies.findIndex((efficiency) => efficiency >= 0.5)
  if (above < 0) return Number.POSITIVE_INFINITY
  const upper = sizesMs[above] ?? Number.NaN
  const lower = sizesMs[above - 1]
  if (lower === undefined) return upper
  const before = efficiencies[above - 1] ?? 0
  const share = (0.5 - before) / ((efficiencies[above] ?? 1) - before)
  return lower * (upper / lower) ** share
}

const smallestTask: Derived = {
  row: "smallest task at 50 %, 100 workers",
  unit: "ms",
  better: "less",
  from: sizes.map(sizeRow),
  combine: (efficiencies) => halfEfficientSize(sizes, efficiencies)
}

/** Whether more workers do more. */
export const c8 = {
  id: "C8",
  title: "scale",
  scene:
    "50 tasks for each worker are there at once, 50 to 150 ms each (evenly), for 10 to 10,000 equal workers with one slot each. Each run that is sent takes 5.4 µs of the coordinator's one thread: what a task costs in the burst of C14 on real threads (184,332 tasks a second).",
  metric:
    "work done ÷ (workers × time) from the first submit to the last end, the ramp at the beginning and the tail at the end included",
  gamed:
    "by tasks so long that anything is linear: the coordinator's thread is charged for each run, and the size at which half of the time is lost is printed beside. By leaving out ramp and tail.",
  // One seed takes half a minute, and from seed to seed little changes.
  seeds: 10,
  parts: [
    efficiencyAt(10, { ...ballast, ...quick, ...looksAtAll }),
    efficiencyAt(100, { ...ballast, ...quick, ...looksAtAll }),
    efficiencyAt(1_000, { ...ballast, ...quick, ...looksAtAll }),
    efficiencyAt(10_000, { ...ballast, ...quick }),
    ...sizes.map((ms) =>
      scalePart({ row: sizeRow(ms), workers: 100, tasksEach: 50, work: { type: "constant", ms }, contenders: ballast })
    )
  ],
  derived: [smallestTask],
  targets: { "efficiency at 1000": "at least 0.95" },
  notes: [
    "Ten seeds, not thirty: one takes half a minute, nearly all of it for 10,000 workers.",
    "The baselines are queueing models whose dispatcher costs nothing; Ballast's is charged for.",
    "At 10,000 workers those that look at every worker for each task, least connections and weighted round robin, are left out.",
    "That a decision among more workers takes more of the thread is not part of it: that is timed for itself (C9). The smallest task on real threads is `npm run bench -- C8`."
  ]
} satisfies Scenario
