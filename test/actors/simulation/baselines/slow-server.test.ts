import { describe, expect, it } from "vitest"
import {
  type BaselineTask,
  leastConnections,
  type Policy,
  peakEwma,
  powerOfTwoChoices,
  roundRobin,
  type Server,
  shareWithin,
  simulateBaseline
} from "../../../../actors/simulation/baselines/index.ts"
import { mean } from "../../../../src/statistics/index.ts"
import { chanceFrom, poissonTasks } from "./worlds.ts"

/** Linkerd 2016 (C10): eleven servers; one answers after exactly 2 s whatever begins from 15 to 45 s of 60 s. */
const servers: ReadonlyArray<Server> = Array.from({ length: 11 }, (_, index) => ({
  id: `s${index}`,
  speed: 1,
  slots: Number.POSITIVE_INFINITY,
  ...(index === 4 ? { fixed: [{ from: 15_000, until: 45_000, ms: 2_000 }] } : {})
}))

const latency = (chance: () => number): number => 162 + 10 * chance()

const regular = (seed: number): ReadonlyArray<BaselineTask> => {
  const chance = chanceFrom(seed)
  return Array.from({ length: 60_000 }, (_, at) => ({ at, work: latency(chance), type: "work" }))
}

const poisson = (seed: number): ReadonlyArray<BaselineTask> => poissonTasks(60_000, 1, latency, chanceFrom(seed))

/** % of requests answered within 1 s, the mean of the seeds. */
const share = (policy: Policy, worlds: ReadonlyArray<ReadonlyArray<BaselineTask>>): number =>
  mean(
    worlds.map(
      (tasks, seed) => 100 * shareWithin(tasks, simulateBaseline(policy, servers, tasks, chanceFrom(100 + seed)), 1_000)
    )
  )

describe.each([
  { arrivals: "evenly spaced", tasksOf: regular, seeds: 10 },
  { arrivals: "Poisson", tasksOf: poisson, seeds: 3 }
])("the published slow server, arrivals $arrivals", ({ tasksOf, seeds }) => {
  const worlds = Array.from({ length: seeds }, (_, seed) => tasksOf(seed))

  it("costs round robin the slow server's share of half the time", () => {
    expect(Math.abs(share(roundRobin, worlds.slice(0, 3)) - 95.46)).toBeLessThan(0.1)
  })

  it("costs the least loaded of two half a percent, of all a little less", () => {
    const two = share(powerOfTwoChoices, worlds)
    const all = share(leastConnections({ ties: "random" }), worlds)
    expect(Math.abs(two - 99.49)).toBeLessThan(0.1)
    expect(Math.abs(all - 99.54)).toBeLessThan(0.1)
    expect(all).toBeGreaterThan(two)
  })

  it("costs Peak EWMA less than a tenth of a percent", () => {
    const ewma = share(peakEwma(), worlds)
    expect(ewma).toBeGreaterThan(99.9)
    expect(Math.abs(ewma - 99.92)).toBeLessThan(0.05)
  })
})
