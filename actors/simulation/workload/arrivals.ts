import * as Schema from "effect/Schema"
import type { Millis } from "../../../src/model/index.ts"
import type { Chance } from "./chance.ts"
import { Count, Natural, Positive, Quantity } from "./quantity.ts"
import { ServiceTime, standardExponential } from "./service-time.ts"
import { RecordedTask } from "./task.ts"

/** So much later than it would be, for what does not begin with everything else. Default 0. */
const after = Schema.optionalKey(Quantity)

/** When tasks arrive. Times in milliseconds. */
export const Arrivals = Schema.Union([
  /** All at 0. */
  Schema.Struct({ type: Schema.Literal("batch"), tasks: Natural }),
  /** So many clients; each submits its next task when its last has ended and it has thought. Default: not at all. */
  Schema.Struct({
    type: Schema.Literal("closed"),
    clients: Count,
    tasks: Natural,
    think: Schema.optionalKey(ServiceTime)
  }),
  /** Evenly spaced, the first at 0. */
  Schema.Struct({ type: Schema.Literal("regular"), perSecond: Positive, tasks: Natural, after }),
  Schema.Struct({ type: Schema.Literal("poisson"), perSecond: Positive, tasks: Natural, after }),
  /** Poisson; from `every` on, at each multiple of it, `factor` times as many a second for the time `lasting`. */
  Schema.Struct({
    type: Schema.Literal("bursts"),
    perSecond: Positive,
    factor: Positive,
    every: Positive,
    lasting: Positive,
    tasks: Natural
  }),
  /** Poisson, its rate going from so many a second straight to so many, over that time; then it ends. */
  Schema.Struct({ type: Schema.Literal("ramp"), from: Quantity, to: Quantity, over: Positive, after }),
  /** As a trace has them, the earliest first. */
  Schema.Struct({ type: Schema.Literal("replay"), tasks: Schema.Array(RecordedTask) })
])
export type Arrivals = typeof Arrivals.Type

type Of<Type extends Arrivals["type"]> = Extract<Arrivals, { readonly type: Type }>

/** Whether tasks arrive as others end: all but the first `clients` of them then have no time of their own. */
export const isClosed = (arrivals: Arrivals): arrivals is Of<"closed"> => arrivals.type === "closed"

/** How many tasks arrive; of a ramp, where chance decides, how many on average. */
export const taskCount = (arrivals: Arrivals): number => {
  if (arrivals.type === "ramp") return expectedOfRamp(arrivals)
  return arrivals.type === "replay" ? arrivals.tasks.length : arrivals.tasks
}

const expectedOfRamp = ({ from, to, over }: Of<"ramp">): number => (((from + to) / 2) * over) / 1000

/** When a process, whose rate may change, is expected to have brought so many tasks: the inverse of its summed rate. */
type Inverse = (expected: number) => Millis

const inverseOfBursts = ({ perSecond, factor, every, lasting }: Of<"bursts">): Inverse => {
  const inBurst = lasting * factor
  const inPeriod = inBurst + every - lasting
  return (expected) => {
    // In milliseconds at the usual rate.
    const usual = (expected / perSecond) * 1000
    if (usual < every) return usual
    const periods = Math.floor((usual - every) / inPeriod)
    const rest = usual - every - periods * inPeriod
    return (periods + 1) * every + (rest < inBurst ? rest / factor : rest - inBurst + lasting)
  }
}

/** The root of from · t + (to − from) t² ÷ (2 over) = expected, in the form that keeps its digits where from = to. */
const inverseOfRamp = ({ from, to, over }: Of<"ramp">): Inverse => {
  const rate = from / 1000
  const slope = (to - from) / 1000 / over
  return (expected) =>
    expected === 0 ? 0 : (2 * expected) / (rate + Math.sqrt(Math.max(0, rate ** 2 + 2 * slope * expected)))
}

/**
 * A Poisson process of any rate: one of rate 1, its times bent by the inverse of the summed rate (Çınlar 1975).
 * Ends after `tasks`, or before more than `atMost` were expected.
 */
function* poisson(inverse: Inverse, chance: Chance, tasks: number, atMost = Number.POSITIVE_INFINITY) {
  let expected = 0
  let last = 0
  for (let n = 0; n < tasks; n += 1) {
    expected += standardExponential(chance)
    if (expected > atMost) return
    // The inverse may be off by a rounding, and time must not go back.
    last = Math.max(last, inverse(expected))
    yield last
  }
}

type Drawn = Exclude<Arrivals, Of<"replay">>

function* timesFromZero(arrivals: Drawn, chance: Chance): Generator<Millis> {
  switch (arrivals.type) {
    case "batch":
    case "closed":
      for (let n = 0; n < arrivals.tasks; n += 1) yield 0
      return
    case "regular":
      for (let n = 0; n < arrivals.tasks; n += 1) yield (n / arrivals.perSecond) * 1000
      return
    case "poisson":
      return yield* poisson((expected) => (expected / arrivals.perSecond) * 1000, chance, arrivals.tasks)
    case "bursts":
      return yield* poisson(inverseOfBursts(arrivals), chance, arrivals.tasks)
    case "ramp":
      return yield* poisson(inverseOfRamp(arrivals), chance, Number.POSITIVE_INFINITY, expectedOfRamp(arrivals))
  }
}

/** When the tasks arrive that are not recorded, one after the other; 0 for all that have no time of their own. */
export function* arrivalTimes(arrivals: Drawn, chance: Chance): Generator<Millis> {
  const { after: later = 0 } = "after" in arrivals ? arrivals : {}
  for (const at of timesFromZero(arrivals, chance)) yield later + at
}
