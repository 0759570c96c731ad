import { makespanBound } from "../baselines/index.ts"
import { commonBaselines } from "./common-baselines.ts"
import { ofAll } from "./completion-rows.ts"
import type { Part, Scenario } from "./scenario.ts"

const second = 1_000

const pair = (faster: number): Part => {
  const row = `${faster}:1`
  return {
    world: {
      workers: [
        { id: "fast", speed: faster },
        { id: "slow", speed: 1 }
      ],
      workload: {
        arrivals: { type: "batch", tasks: 500 },
        kinds: [{ work: { type: "lognormal", mean: second, sigma: 1 } }]
      }
    },
    contenders: { ballast: { runtime: {} }, ...commonBaselines },
    rows: [
      { row, unit: "s", better: "less", figure: (measurement) => ofAll(measurement, measurement.makespan) / second }
    ],
    bounds: { [row]: { "lower bound": ({ tasks, servers }) => makespanBound(tasks, servers) / second } }
  }
}

/** What knowing nothing costs where workers are equal, and what it gains where they are not. */
export const c6 = {
  id: "C6",
  title: "two workers against round robin",
  scene:
    "500 tasks are there at once, lognormal (mean 1 s, σ 1), for two workers, one slot each; the one is as fast as the other, or 2, 4, 10 times as fast.",
  metric: "seconds to the last end",
  gamed:
    "by 10:1 alone, where anything beats round robin: weighted round robin with the true speeds and the central queue stand beside it, and at 1:1 nothing is to be gained, only lost.",
  seeds: 30,
  parts: [pair(1), pair(2), pair(4), pair(10)],
  targets: {
    "1:1": "at most 2 % more than round robin",
    "2:1": "less than weighted round robin",
    "4:1": "less than weighted round robin",
    "10:1": "less than weighted round robin"
  },
  notes: [
    "Ballast is told neither how fast the workers are nor how long the tasks take. Weighted round robin is given the true speeds, the central queue prefers the faster of two free workers by its true speed."
  ]
} satisfies Scenario
