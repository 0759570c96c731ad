import type { Arrivals } from "../workload/index.ts"
import { joulesOf, leastJoules, type PowerProfile, profiles, type SleepRules } from "./c4-power.ts"
import { commonBaselines } from "./common-baselines.ts"
import { fixedThresholds, fixedThresholdsNote } from "./fixed-thresholds.ts"
import type { MaterialWorld, Row, Scenario, ScenarioWorld } from "./scenario.ts"

const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

const mean = 10 * minute
const { x3550, x3250, ml110 } = profiles
/** Three generations of servers. */
const fleet: ReadonlyArray<PowerProfile> = [x3550, x3550, x3550, x3550, x3250, x3250, x3250, ml110, ml110, ml110]
const sleep: SleepRules = { after: 5 * minute, power: 10, waking: 30 * second }

const inWords = ({ name, cores, idle, peak }: PowerProfile): string => `${name} (${cores} cores, ${idle}–${peak} W)`

/** What the runtime is told of them: of one core, since servers of a kind differ in how many they have. */
const hardware = Object.fromEntries(
  [x3550, x3250, ml110].map(({ id, idle, peak, cores }) => [
    id,
    { idleWatts: idle / cores, peakWatts: peak / cores, curve: 1.4, sleepWatts: sleep.power / cores }
  ])
)

/** Of one core, against one of the first. */
const speedOf = ({ ops, cores }: PowerProfile): number => ops / cores / (x3550.ops / x3550.cores)

const capacities = fleet.map((profile) => speedOf(profile) * profile.cores)
const capacity = capacities.reduce((sum, each) => sum + each, 0)

/** Tasks a second that keep such a share of all servers busy. */
const perSecond = (share: number): number => (share * capacity * second) / mean

/** Twelve hours, or as long, up, and as long down again. */
const risingAndFalling = (length: number): ReadonlyArray<Arrivals> => [
  { type: "ramp", from: perSecond(0.1), to: perSecond(0.6), over: length / 2 },
  { type: "ramp", from: perSecond(0.6), to: perSecond(0.1), over: length / 2, after: length / 2 }
]
const kinds = [
  { work: { type: "lognormal", mean, sigma: 1 }, checkpointEvery: minute, stateBytes: 16 * 2 ** 20 }
] as const

/** As the sources have it: nobody is put to rest on purpose. */
const { features } = fixedThresholds.adaptation
const fixedWithoutRest = { adaptation: { features: { ...features, resourceEfficiency: false } } }

/** With idle power so much higher or lower than published. */
const joules = (row: string, idleFactor: number): Row => {
  const seen = fleet.map(({ idle, peak }) => ({ idle: idle * idleFactor, peak }))
  return { row, unit: "J", better: "less", figure: (measurement, world) => joulesOf(measurement, world, seen, sleep) }
}

const leastFor = ({ tasks }: MaterialWorld): number => {
  const workMs = tasks.reduce((sum, { work }) => sum + work, 0)
  const lasting = tasks.reduce((last, { at }) => Math.max(last, at), 0)
  return leastJoules({ workMs, lasting }, fleet, capacities, sleep)
}

/** The servers, and what comes to them in a day of that length. */
export const worldOfDay = (length: number): ScenarioWorld => ({
  workers: fleet.map((profile) => ({
    speed: speedOf(profile),
    weight: speedOf(profile),
    capacity: { concurrent: profile.cores, cpu: profile.cores },
    capabilities: { hardware: profile.id }
  })),
  workload: risingAndFalling(length).map((arrivals) => ({ arrivals, kinds })),
  options: { heartbeatInterval: "30 seconds", hardware },
  world: { bandwidth: 200_000 }
})

export const energyRows: ReadonlyArray<Row> = [
  joules("joules", 1),
  { row: "p99 sojourn", unit: "s", better: "less", figure: ({ sojourn }) => sojourn.quantile(0.99) / second },
  { row: "mean sojourn", unit: "s", better: "less", figure: ({ sojourn }) => sojourn.mean / second },
  { row: "moves", unit: "", better: "less", of: ["ballast", "fixed thresholds"], figure: ({ moves }) => moves },
  joules("joules, idle power − 20 %", 0.8),
  joules("joules, idle power + 20 %", 1.2)
]

export const energyBounds = { joules: { "lower bound": leastFor } }

/** What a day's work takes of energy. */
export const c4 = {
  id: "C4",
  title: "energy",
  scene: `Four ${inWords(x3550)}, three ${inWords(x3250)} and three ${inWords(ml110)}, their speeds by their published results. The load rises from 10 to 60 % of all cores in 12 hours and falls again. Tasks of 10 minutes (lognormal, σ 1) save their state (16 MiB) after each minute of work and can be moved, at 200 MB/s. A server that has had nothing to do for 5 minutes sleeps at 10 W; waking costs 30 s at its peak, no time, and all of this holds for every contender.`,
  metric:
    "joules until all work is done: Σ (P_idle + (P_peak − P_idle) · u^1.4) · t of each server that is awake, u being its share of work in each minute",
  gamed:
    "tables of power decide the result: these are published, and rows with idle power 20 % lower and higher stand beside it. Whoever never sleeps is easy to beat: here all do.",
  seeds: 30,
  parts: [
    {
      world: worldOfDay(day),
      contenders: {
        ballast: { runtime: {} },
        "fixed thresholds": { runtime: { options: fixedWithoutRest } },
        ...commonBaselines
      },
      rows: energyRows,
      bounds: energyBounds,
      lookEvery: minute
    }
  ],
  targets: {
    joules: "35 % less than with fixed thresholds",
    "p99 sojourn": "no worse than with fixed thresholds"
  },
  notes: [
    "All contenders do the same work, and all are told what the servers draw. Ballast lets servers rest that are not needed and wakes them in the turn in which a task finds no room; the others choose where tasks run, and sleep follows from that. `fixed thresholds` has `resourceEfficiency` switched off, since the sources put nobody to rest.",
    "`lower bound`: all servers sleep all day, and the work costs what it costs the best of them at its best load.",
    fixedThresholdsNote,
    "The models put a task that finds all cores of its server taken into that server's queue; at 60 % that is rare."
  ]
} satisfies Scenario
