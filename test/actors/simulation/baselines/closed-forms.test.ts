import { describe, expect, it } from "vitest"
import {
  type BaselineTask,
  centralQueue,
  erlangC,
  generalServiceSojourn,
  generalServiceWait,
  manyServersSojourn,
  manyServersWait,
  manyServersWaitQuantile,
  type Outcome,
  type Policy,
  random,
  roundRobin,
  type Server,
  simulateBaseline,
  singleServerSojourn,
  singleServerSojournQuantile,
  sojournsOf,
  waitsOf
} from "../../../../actors/simulation/baselines/index.ts"
import type { Chance } from "../../../../actors/simulation/workload/index.ts"
import { mean, standardError } from "../../../../src/statistics/index.ts"
import { chanceFrom, equalServers, exponential, poissonTasks } from "./worlds.ts"

const seeds = 20
const perSeed = 30_000
/** Left out: a queue begins empty, which theory knows nothing of. */
const warmUp = 2_000

interface Run {
  readonly tasks: ReadonlyArray<BaselineTask>
  readonly outcome: Outcome
}

const runsOf = (
  policy: Policy,
  servers: ReadonlyArray<Server>,
  rate: number,
  work: (chance: Chance) => number,
  count = seeds
): ReadonlyArray<Run> =>
  Array.from({ length: count }, (_, seed) => {
    const chance = chanceFrom(1_000 + seed)
    const tasks = poissonTasks(perSeed, rate, work, chance)
    return { tasks, outcome: simulateBaseline(policy, servers, tasks, chance) }
  })

/** The mean over the seeds is within three standard errors of the closed form, and these are no excuse for anything. */
const expectAgreement = (measured: ReadonlyArray<number>, theory: number, precision: number): void => {
  const margin = 3 * standardError(measured)
  expect(margin).toBeLessThan(precision * theory)
  expect(Math.abs(mean(measured) - theory)).toBeLessThan(margin)
}

const meanSojourns = (runs: ReadonlyArray<Run>): ReadonlyArray<number> =>
  runs.map(({ tasks, outcome }) => mean(sojournsOf(tasks, outcome).subarray(warmUp)))

const meanWaits = (runs: ReadonlyArray<Run>): ReadonlyArray<number> =>
  runs.map(({ tasks, outcome }) => mean(waitsOf(tasks, outcome).subarray(warmUp)))

const sharesWithin = (values: ReadonlyArray<Float64Array>, limit: number): ReadonlyArray<number> =>
  values.map((each) => each.reduce((count, value) => count + (value <= limit ? 1 : 0), 0) / each.length)

describe("closed forms", () => {
  it("have the values of the textbooks", () => {
    expect(singleServerSojourn(0.8, 1)).toBeCloseTo(5, 12)
    expect(singleServerSojournQuantile(0.5, 1, 0.5)).toBeCloseTo(2 * Math.LN2, 12)
    expect(erlangC(1, 0.3, 2)).toBeCloseTo(0.6, 12)
    expect(erlangC(2, 1, 1)).toBeCloseTo(1 / 3, 12)
    expect(erlangC(3, 2, 1)).toBeCloseTo(4 / 9, 12)
    expect(manyServersWait(3, 2, 1)).toBeCloseTo(4 / 9, 12)
    expect(generalServiceWait(0.5, 1, 0)).toBeCloseTo(0.5, 12)
  })

  it("agree where one is a case of another", () => {
    for (const rate of [0.1, 0.5, 0.9, 0.99]) {
      expect(manyServersSojourn(1, rate, 1)).toBeCloseTo(singleServerSojourn(rate, 1), 9)
      expect(generalServiceSojourn(rate, 1, 1)).toBeCloseTo(singleServerSojourn(rate, 1), 9)
      expect(erlangC(1, rate, 1)).toBeCloseTo(rate, 12)
    }
  })

  it("hold for a thousand servers, where the sums of the definition would overflow", () => {
    expect(erlangC(1_000, 900, 1)).toBeGreaterThan(0)
    expect(erlangC(1_000, 900, 1)).toBeLessThan(0.001)
    expect(erlangC(1_000, 999, 1)).toBeGreaterThan(0.9)
  })

  it("are endless at and above full load", () => {
    for (const rate of [2, 3]) {
      expect(singleServerSojourn(rate, 0.5)).toBe(Number.POSITIVE_INFINITY)
      expect(manyServersWait(2, rate, 1)).toBe(Number.POSITIVE_INFINITY)
      expect(manyServersWaitQuantile(2, rate, 1, 0.5)).toBe(Number.POSITIVE_INFINITY)
      expect(generalServiceWait(rate, 0.5, 2)).toBe(Number.POSITIVE_INFINITY)
      expect(erlangC(2, rate, 1)).toBe(1)
    }
  })
})

describe("the simulated queues agree with theory", () => {
  it("M/M/1 at ρ = 0.7: mean sojourn and its 95 % quantile, pinned as well as central", () => {
    const pinned = runsOf(roundRobin, equalServers(1), 0.7, exponential(1))
    expectAgreement(meanSojourns(pinned), singleServerSojourn(0.7, 1), 0.04)
    const sojourns = pinned.map(({ tasks, outcome }) => sojournsOf(tasks, outcome).subarray(warmUp))
    expectAgreement(sharesWithin(sojourns, singleServerSojournQuantile(0.7, 1, 0.95)), 0.95, 0.01)
    const central = runsOf(centralQueue(), equalServers(1), 0.7, exponential(1), 3)
    expect(meanSojourns(central)).toEqual(meanSojourns(pinned.slice(0, 3)))
  })

  it("M/M/8 at ρ = 0.85: mean wait, P(wait) and the 95 % quantile, by servers as well as by slots", () => {
    const rate = 0.85 * 8
    const runs = runsOf(centralQueue(), equalServers(8), rate, exponential(1))
    expectAgreement(meanWaits(runs), manyServersWait(8, rate, 1), 0.1)
    expectAgreement(meanSojourns(runs), manyServersSojourn(8, rate, 1), 0.03)
    const waits = runs.map(({ tasks, outcome }) => waitsOf(tasks, outcome).subarray(warmUp))
    expectAgreement(
      waits.map((each) => each.reduce((count, wait) => count + (wait > 0 ? 1 : 0), 0) / each.length),
      erlangC(8, rate, 1),
      0.02
    )
    expectAgreement(sharesWithin(waits, manyServersWaitQuantile(8, rate, 1, 0.95)), 0.95, 0.01)
    const slots = runsOf(roundRobin, equalServers(1, 8), rate, exponential(1), 3)
    expect(meanWaits(slots)).toEqual(meanWaits(runs.slice(0, 3)))
  })

  it("M/G/1 at ρ = 0.7, Pollaczek–Khinchine: constant and two-phase service", () => {
    const services: ReadonlyArray<{ readonly work: (chance: Chance) => number; readonly squaredVariation: number }> = [
      { work: () => 1, squaredVariation: 0 },
      // One in ten takes 5.5 on average, the others 0.5: mean 1, second moment 2·(0.1·5.5² + 0.9·0.5²) = 6.5.
      { work: (chance) => exponential(chance() < 0.1 ? 5.5 : 0.5)(chance), squaredVariation: 5.5 }
    ]
    for (const { work, squaredVariation } of services) {
      const runs = runsOf(roundRobin, equalServers(1), 0.7, work)
      expectAgreement(meanWaits(runs), generalServiceWait(0.7, 1, squaredVariation), 0.08)
    }
  })

  it("random placement on five servers is five M/M/1 queues", () => {
    const runs = runsOf(random, equalServers(5), 0.6 * 5, exponential(1))
    expectAgreement(meanSojourns(runs), singleServerSojourn(0.6, 1), 0.02)
  })
})
