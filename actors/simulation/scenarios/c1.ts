import type { Strategy } from "../../../src/placement/index.ts"
import type { Workload } from "../workload/index.ts"
import { optimumOf, type RebalancingRules, timeToRebalance } from "./c1-rebalancing.ts"
import { fixedThresholds, fixedThresholdsNote } from "./fixed-thresholds.ts"
import type { Derived, Scenario, ScenarioWorld } from "./scenario.ts"

const second = 1_000
const minute = 60 * second

const homes = Array.from({ length: 10 }, (_, index) => `home-${index + 1}`)
const struck = 3
const mean = 20 * second

/** At the beginning each worker has so many tasks, and then gets what it can just do until arrivals end. */
const standing = 20
const arriving = 14 * minute
const spike = { from: 2 * minute, until: 3 * minute }

const rules: RebalancingRules = {
  balanced: 0.1,
  lasting: 5 * 30 * second,
  spike,
  horizon: 10 * minute,
  // The runtime's defaults: `checkInterval` and `maxSimultaneousMigrations`.
  budget: { moves: 2, every: 30 * second }
}

/** Every task goes to the worker it belongs to. */
export const home: Strategy = { id: "home", pick: ({ type }) => type }

/** Between the two: thresholds that never move and no forecasts, but each move weighed by what it gains. */
const whatPaysAlone = { adaptation: { features: { dynamicThresholds: false, predictiveBalancing: false } } }

const workloadsOf = (type: string, index: number): ReadonlyArray<Workload> => {
  const kinds = [
    {
      type,
      work: { type: "uniform", from: 0.5 * mean, to: 1.5 * mean },
      declared: { error: 0.3 },
      checkpointEvery: 0.1 * second,
      stateBytes: 2 ** 20
    }
  ] as const
  const perSecond = second / mean
  const lasting = spike.until - spike.from
  const alike: ReadonlyArray<Workload> = [
    { arrivals: { type: "batch", tasks: standing }, kinds },
    { arrivals: { type: "regular", perSecond, tasks: Math.round(arriving / mean) }, kinds }
  ]
  // Four times as much on top.
  const more = {
    type: "regular",
    perSecond: 4 * perSecond,
    tasks: Math.round((4 * lasting) / mean),
    after: spike.from
  } as const
  return index < struck ? [...alike, { arrivals: more, kinds }] : alike
}

/** The workers, and what comes to each. */
export const spikedWorld: ScenarioWorld = {
  workers: homes.map((id) => ({ id, cores: 1, capacity: { concurrent: 1_000 } })),
  workload: homes.flatMap(workloadsOf),
  world: { bandwidth: 200_000 }
}

export const seedsWon: Derived = {
  row: "seeds won %",
  unit: "%",
  better: "more",
  summary: "mean",
  from: ["seconds to rebalance"],
  of: ["ballast", "fixed thresholds"],
  // Whoever is soonest wins; several that are share it.
  combine: ([own = 0], rivals) =>
    rivals.some(([other = 0]) => other < own) ? 0 : 100 / (1 + rivals.filter(([other]) => other === own).length)
}

/** Some workers get far more than others for a while: how soon that is put right once it is over. */
export const c1 = {
  id: "C1",
  title: "spike",
  scene:
    "10 workers of one core, each with a queue of its own: every task belongs to one of them and begins there, however many it then shares the core with. Each has 400 s of work standing and gets what it can just do, a task of 20 s (10–30 s) every 20 s. From 120 to 180 s three of them get five times as many. What is out of balance stays so until running tasks are moved. They can be moved after each tenth of a second of work, 1 MiB each at 200 MB/s, and declare how long they take to within 30 %.",
  metric:
    "seconds from the end of the spike until the coefficient of variation of the backlogs over the workers, in seconds, is at most 10 % and stays so for 150 s (5 check intervals), looked at every 5 s; a run that does not get there within 600 s counts as 600",
  gamed:
    "more moves at a time or a shorter interval win by themselves: every contender has the defaults, two at a time every 30 s.",
  seeds: 30,
  parts: [
    {
      world: spikedWorld,
      contenders: {
        ballast: { runtime: { strategy: home } },
        "fixed thresholds": { runtime: { strategy: home, options: fixedThresholds } },
        "what pays alone": { runtime: { strategy: home, options: whatPaysAlone } }
      },
      rows: [
        {
          row: "seconds to rebalance",
          unit: "s",
          better: "less",
          cap: rules.horizon / second,
          figure: (measurement) => timeToRebalance(measurement, rules) / second
        },
        { row: "p99 sojourn", unit: "s", better: "less", figure: ({ sojourn }) => sojourn.quantile(0.99) / second },
        { row: "moves", unit: "", better: "less", figure: ({ moves }) => moves },
        { row: "work done twice", unit: "s", better: "less", figure: ({ wastedMs }) => wastedMs / second }
      ],
      bounds: { "seconds to rebalance": { optimum: (material) => optimumOf(material, rules) / second } },
      lookEvery: 5 * second
    }
  ],
  derived: [seedsWon],
  targets: {
    "seconds to rebalance": "at most 1.25 × the optimum; in the median 54 % less than with fixed thresholds",
    "seeds won %": "at least 90",
    "p99 sojourn": "no worse than with fixed thresholds"
  },
  notes: [
    "`optimum`: the excess at the end of the spike, Σ max(0, backlog − mean backlog) × (1 − 10 % ÷ its coefficient of variation), ÷ what the budget of two moves every 30 s carries if each takes the longest task there is; counted from the beginning of the spike, since moves may begin then.",
    fixedThresholdsNote,
    "`what pays alone`: Ballast without dynamic thresholds and forecasts. What it has before `fixed thresholds` comes of the choice of moves; what Ballast has before it comes of the rest.",
    "`seeds won %`: 100 where it is sooner, 0 where it is later, 50 where they are the same; the mean over the seeds. Where both end at the cap that is 50, and says nothing.",
    "No queueing model stands beside this: with every task bound to its worker there is nothing for it to choose."
  ]
} satisfies Scenario
