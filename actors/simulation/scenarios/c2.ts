import { busyShares, meanDeviation } from "./busy-shares.ts"
import { commonBaselines } from "./common-baselines.ts"
import { fixedThresholds, fixedThresholdsNote } from "./fixed-thresholds.ts"
import type { Measurement } from "./measurement.ts"
import type { Part, Row, Scenario, ScenarioWorld } from "./scenario.ts"

const second = 1_000
const minute = 60 * second

/** How long the load rises. What comes after is not looked at: then everything runs empty. */
const over = 10 * minute
/** The busy share is taken of each stretch of so long. */
const window = 30 * second
const slots = 8
const mean = minute

/** Work done until the load has stopped rising, for each second of that time. */
const throughput = ({ looks }: Measurement): number => {
  const last = looks.findLast(({ now }) => now <= over)
  return last === undefined ? Number.NaN : last.workers.reduce((sum, { workMs }) => sum + workMs, 0) / last.now
}

const rows = (suffix: string): ReadonlyArray<Row> => [
  {
    row: `stddev of utilisation${suffix}`,
    unit: "%",
    better: "less",
    figure: (measurement, world) => 100 * meanDeviation(busyShares(measurement, world, over))
  },
  { row: `throughput${suffix}`, unit: "s of work/s", better: "more", figure: throughput },
  { row: `mean sojourn${suffix}`, unit: "s", better: "less", figure: ({ sojourn }) => sojourn.mean / second },
  { row: `p99 sojourn${suffix}`, unit: "s", better: "less", figure: ({ sojourn }) => sojourn.quantile(0.99) / second },
  {
    row: `moves${suffix}`,
    unit: "",
    better: "less",
    of: ["ballast", "fixed thresholds"],
    figure: ({ moves }) => moves
  }
]

export const unequal = [1, 1, 1, 1, 1, 2, 2, 2, 2, 2]

/** Workers of these speeds, at first a fifth of them in use, at last four fifths. */
export const rampedWorld = (speeds: ReadonlyArray<number>): ScenarioWorld => {
  const perSecond = (slots * speeds.reduce((sum, speed) => sum + speed, 0) * second) / mean
  return {
    workers: speeds.map((speed) => ({ speed, capacity: { concurrent: slots } })),
    workload: {
      arrivals: { type: "ramp", from: 0.2 * perSecond, to: 0.8 * perSecond, over },
      kinds: [{ work: { type: "lognormal", mean, sigma: 1 }, checkpointEvery: second, stateBytes: 16 * 2 ** 20 }]
    },
    world: { bandwidth: 200_000 }
  }
}

const part = (speeds: ReadonlyArray<number>, suffix: string): Part => ({
  world: rampedWorld(speeds),
  contenders: {
    ballast: { runtime: {} },
    "fixed thresholds": { runtime: { options: fixedThresholds } },
    ...commonBaselines
  },
  rows: rows(suffix),
  lookEvery: window
})

/** More and more to do: how evenly it is shared on the way. */
export const c2 = {
  id: "C2",
  title: "ramp",
  scene:
    "10 workers of 8 cores each, five of speed 1 and five of speed 2; the load rises from 20 to 80 % of what they can do in 10 minutes. Tasks of a minute (lognormal, σ 1) save their state (16 MiB) after each second of work and can be moved, at 200 MB/s. The same again with 10 workers of speed 1, reported beside it.",
  metric:
    "the busy share of each worker (work ÷ (speed × cores × time)) in each 30 s of the ramp: its standard deviation across the workers, averaged over the 20 windows",
  gamed:
    "with too much to do all are busy, and over long windows all are alike: so the load stays below 80 %, and the window is half a task. Moving all the time evens out as well: the moves are printed.",
  seeds: 30,
  parts: [
    part(unequal, ""),
    part(
      Array.from({ length: 10 }, () => 1),
      ", equal"
    )
  ],
  targets: { "stddev of utilisation": "at most 4 %, with the same throughput" },
  notes: [
    "Both settings of the runtime look every 30 s and have two moves at a time.",
    fixedThresholdsNote,
    "Nobody ever waits long here: a central queue that gives each task to the fastest free worker shows the least sojourn, and the least even use."
  ]
} satisfies Scenario
