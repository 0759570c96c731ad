import { coefficientOfVariation, gini } from "../../../src/statistics/index.ts"
import { leastConnections } from "../baselines/index.ts"
import { commonBaselines } from "./common-baselines.ts"
import type { Measurement } from "./measurement.ts"
import type { Part, Row, Scenario } from "./scenario.ts"

const second = 1_000
const tasks = 10_000
const load = 0.7

/** Of the whole run: all workers had the same time, so that in use ÷ time and in use are as unequal. */
const busy = ({ workers }: Measurement): ReadonlyArray<number> => workers.map(({ busyMs }) => busyMs)

const rows = (suffix: string): ReadonlyArray<Row> => [
  {
    row: `coefficient of variation${suffix}`,
    unit: "%",
    better: "less",
    figure: (measurement) => 100 * coefficientOfVariation(busy(measurement))
  },
  { row: `gini${suffix}`, unit: "%", better: "less", figure: (measurement) => 100 * gini(busy(measurement)) },
  { row: `mean sojourn${suffix}`, unit: "ms", better: "less", figure: ({ sojourn }) => sojourn.mean }
]

/** Workers of these speeds, so much to do that they have to work for that share of the time. */
const part = (speeds: ReadonlyArray<number>, suffix: string): Part => ({
  world: {
    workers: speeds.map((speed) => ({ speed })),
    workload: {
      arrivals: { type: "poisson", perSecond: load * speeds.reduce((sum, speed) => sum + speed, 0), tasks },
      kinds: [{ work: { type: "exponential", mean: second } }]
    }
  },
  contenders: {
    ballast: { runtime: {} },
    ...commonBaselines,
    "least connections, first joined": { model: leastConnections() }
  },
  rows: rows(suffix)
})

/** A day like any other: what is the same for all workers is to be shared evenly among them. */
export const c7 = {
  id: "C7",
  title: "steady load",
  scene:
    "10 equal workers, one task at a time each; 10,000 tasks of exponential length (mean 1 s) arrive at random, 7 a second: 70 % of what the workers can do. The same again with speeds 1, 1, 1, 1, 2, 2, 2, 2, 4 and 4, reported beside it.",
  metric:
    "how unequally the busy time of the whole run is shared: its standard deviation over the workers ÷ its mean, and its Gini coefficient; the mean sojourn tells what it costs",
  gamed: "near full load everybody is busy all the time, whoever chooses; over few tasks chance decides.",
  seeds: 30,
  parts: [
    part(
      Array.from({ length: 10 }, () => 1),
      ""
    ),
    part([1, 1, 1, 1, 2, 2, 2, 2, 4, 4], ", unequal")
  ],
  targets: { "coefficient of variation": "at most 3 %", gini: "at most 3 %" },
  notes: [
    "Of several servers with the fewest tasks `least connections` takes one at random. `least connections, first joined` takes the one that joined first, which keeps the first busy and the last idle: easy to beat.",
    "10,000 tasks of exponential length dealt out in turn come to a coefficient of variation of about 3 %: what falls to each worker differs that much by chance.",
    "Among unequal workers an even share of the busy time is nothing to aim at: it is the fast ones that should be busy."
  ]
} satisfies Scenario
