import * as fc from "fast-check"
import {
  ConcurrencyLimit,
  noDemand,
  type SizingInput,
  type SizingState,
  sizePool,
  sizingDefaults,
  unsized
} from "../src/adaptation/index.ts"
import { median, type Property, type PropertyReport } from "./property.ts"

/** What one run of a case comes to: what did not hold, and the hard cases it came across. */
interface Run {
  readonly problem: string | undefined
  readonly commands: number
  readonly reached: ReadonlySet<string>
}

/** A property of a pure function on generated cases, each a list of steps. */
const stepsProperty = <Case>(
  { name, promise, floors }: Pick<Property, "name" | "promise"> & { readonly floors: Readonly<Record<string, number>> },
  cases: fc.Arbitrary<Case>,
  isCase: (value: unknown) => value is Case,
  play: (given: Case) => Run
): Property => ({
  name,
  promise,
  run: (runs, seed): PropertyReport => {
    const commands: Array<number> = []
    const reached = new Map(Object.keys(floors).map((what) => [what, 0]))
    const details = fc.check(
      fc.property(cases, (given) => {
        const run = play(given)
        commands.push(run.commands)
        for (const what of run.reached) reached.set(what, 1 + (reached.get(what) ?? 0))
        return run.problem === undefined
      }),
      { numRuns: runs, seed }
    )
    const counterexample = details.counterexample?.[0]
    const message = counterexample === undefined ? "" : (play(counterexample).problem ?? "")
    const path = details.counterexamplePath ?? ""
    return {
      property: name,
      runs: commands.length,
      seed,
      medianCommands: median(commands),
      medianFloor: 40,
      reached: [...reached].map(([what, count]) => ({
        what,
        share: count / commands.length,
        floor: floors[what] ?? 0
      })),
      ...(details.failed && { failure: { property: name, seed, path, counterexample, message } })
    }
  },
  replay: ({ counterexample }) =>
    isCase(counterexample) ? play(counterexample).problem : "the kept case is no such case"
})

const hasSteps = <Case>(value: unknown): value is Case =>
  typeof value === "object" && value !== null && "steps" in value && Array.isArray(value.steps)

interface PoolCase {
  readonly min: number
  readonly more: number
  readonly steps: ReadonlyArray<{
    readonly passed: number
    readonly waiting: number
    readonly load: number
    readonly slotTime: number
    readonly growth: number
    readonly missing: number
    /** Workers that are lost, and of those that come how many are there. */
    readonly lost: number
  }>
}

const poolCases: fc.Arbitrary<PoolCase> = fc.record({
  min: fc.integer({ min: 1, max: 5 }),
  more: fc.integer({ min: 0, max: 20 }),
  steps: fc.array(
    fc.record({
      passed: fc.constantFrom(50, 250, 5_000, 60_000),
      waiting: fc.constantFrom(0, 0, 0, 1, 30, 1_000),
      load: fc.double({ min: 0, max: 1, noNaN: true }),
      slotTime: fc.constantFrom(1, 100, 60_000),
      growth: fc.constantFrom(1, 1, 1.3, 9, Number.NaN, 0.2),
      missing: fc.constantFrom(0, 0, 0, 1, 2),
      lost: fc.constantFrom(0, 0, 0, 0, 1)
    }),
    { minLength: 1, maxLength: 160, size: "max" }
  )
})

const playPool = ({ min, more, steps }: PoolCase): Run => {
  const { coolDown, idleTime, shrink } = sizingDefaults
  const max = min + more
  const reached = new Set<string>()
  let state: SizingState = unsized
  let [size, now, grownAt, shrunkAt] = [min, 0, 0, Number.NEGATIVE_INFINITY]
  for (const [index, step] of steps.entries()) {
    now += step.passed
    size = Math.max(0, size - step.lost)
    const running = step.load * size
    const demand = { ...noDemand, running, load: running, ends: running / step.slotTime, arrivals: 0.01, seen: 99 }
    const { waiting, growth, missing } = step
    const input: SizingInput = {
      ...{ min, max, size, coming: 0, slotsEach: 1, otherSlots: 0, demand, growth, waiting, boot: 50, missing },
      oldestWait: waiting === 0 ? 0 : 5_000
    }
    const sizing = sizePool(state, input, sizingDefaults, now)
    state = sizing.state
    const why = (what: string): Run => ({ problem: `step ${index}: ${what}`, commands: index + 1, reached })
    if (!(sizing.size >= min && sizing.size <= max)) return why(`${sizing.size} is not within ${min} and ${max}`)
    if (sizing.size > size) {
      reached.add("grows")
      if (size >= min && waiting + missing === 0 && !(growth > 1)) return why("it grows though nothing asks for it")
      if (size >= min && sizing.size > 2 * size + missing) return why(`from ${size} to ${sizing.size} at once`)
      grownAt = now
    } else if (sizing.size < size) {
      reached.add("shrinks")
      if (now - grownAt < idleTime) return why("it shrinks sooner than an idle time after it has grown")
      if (now - shrunkAt < coolDown) return why("it shrinks again within the cool-down")
      if (size - sizing.size > Math.max(1, size * shrink)) return why(`from ${size} to ${sizing.size} at once`)
      shrunkAt = now
    }
    if (state.caution > 1) reached.add("has shrunk in vain")
    if (size < min) reached.add("below its least")
    if (waiting > 0 && sizing.size === max) reached.add("full and at its most")
    size = sizing.size
  }
  return { problem: undefined, commands: steps.length, reached }
}

interface LimitCase {
  readonly max: number
  readonly min: number
  readonly cores: number
  readonly steps: ReadonlyArray<{
    readonly passed: number
    readonly full: boolean
    readonly runs: number
    readonly ms: number
  }>
}

const limitCases: fc.Arbitrary<LimitCase> = fc.record({
  max: fc.integer({ min: 1, max: 64 }),
  min: fc.integer({ min: 1, max: 8 }),
  cores: fc.integer({ min: 1, max: 64 }),
  steps: fc.array(
    fc.record({
      passed: fc.constantFrom(100, 250, 1_000, 5_000),
      full: fc.constantFrom(true, true, true, false),
      runs: fc.integer({ min: 0, max: 300 }),
      ms: fc.double({ min: 20, max: 400, noNaN: true })
    }),
    { minLength: 1, maxLength: 160, size: "max" }
  )
})

const playLimit = ({ max, min, cores, steps }: LimitCase): Run => {
  const reached = new Set<string>()
  const limit = new ConcurrencyLimit(max, { min })
  const least = Math.min(min, max)
  let now = 0
  for (const [index, { passed, full, runs, ms }] of steps.entries()) {
    now += passed
    const before = limit.limit
    const company = full ? before : Math.max(1, Math.floor(before / 2))
    for (let run = 0; run < runs; run += 1) limit.record("work", company, ms * Math.max(1, company / cores))
    const after = limit.decide(full, now)
    const why = (what: string): Run => ({ problem: `step ${index}: ${what}`, commands: index + 1, reached })
    if (!Number.isInteger(after) || after < least || after > max) return why(`${after} of ${least} to ${max}`)
    if (after !== limit.limit) return why("it says another limit than it has")
    if (after < before) reached.add("lowered")
    if (after > before) reached.add("raised")
    if (!full) reached.add("idle")
  }
  return { problem: undefined, commands: steps.length, reached }
}

/** The sizes that follow the load: how many workers, and how many tasks at once. */
export const scalingProperties: ReadonlyArray<Property> = [
  stepsProperty(
    {
      name: "pool size",
      promise: "a pool stays within its bounds, grows only where something asks for it, and shrinks slowly",
      floors: {
        grows: 0.5,
        shrinks: 0.1,
        "below its least": 0.2,
        "full and at its most": 0.3,
        "has shrunk in vain": 0.05
      }
    },
    poolCases,
    hasSteps<PoolCase>,
    playPool
  ),
  stepsProperty(
    {
      name: "concurrency limit",
      promise: "how many tasks a worker may have at once stays within its bounds",
      floors: { lowered: 0.3, raised: 0.3, idle: 0.5 }
    },
    limitCases,
    hasSteps<LimitCase>,
    playLimit
  )
]
