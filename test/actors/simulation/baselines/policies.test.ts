import { describe, expect, it } from "vitest"
import {
  type BaselineTask,
  leastCompletionTime,
  leastConnections,
  type Policy,
  peakEwma,
  powerOfTwoChoices,
  random,
  roundRobin,
  type Server,
  shortestExpectedQueue,
  simulateBaseline,
  sojournsOf,
  weightedRoundRobin
} from "../../../../actors/simulation/baselines/index.ts"
import { mean } from "../../../../src/statistics/index.ts"
import { chanceFrom, equalServers, exponential, poissonTasks, task } from "./worlds.ts"

const chosen = (
  policy: Policy,
  servers: ReadonlyArray<Server>,
  tasks: ReadonlyArray<BaselineTask>,
  seed = 1
): ReadonlyArray<number> => [...simulateBaseline(policy, servers, tasks, chanceFrom(seed)).servers]

const counts = (servers: number, choices: ReadonlyArray<number>): ReadonlyArray<number> =>
  Array.from({ length: servers }, (_, server) => choices.filter((choice) => choice === server).length)

const batch = (count: number, work = 10): ReadonlyArray<BaselineTask> =>
  Array.from({ length: count }, () => task(0, work))

const withSpeeds = (...speeds: ReadonlyArray<number>): ReadonlyArray<Server> =>
  speeds.map((speed, index) => ({ id: `s${index}`, speed, slots: 1 }))

const meanSojourn = (policy: Policy, servers: ReadonlyArray<Server>, tasks: ReadonlyArray<BaselineTask>): number =>
  mean(sojournsOf(tasks, simulateBaseline(policy, servers, tasks, chanceFrom(9))))

describe("round robin", () => {
  it("takes the servers in turn and passes over those not able", () => {
    expect(chosen(roundRobin, equalServers(3), batch(5))).toEqual([0, 1, 2, 0, 1])
    const tasks = batch(4).map((each, index) => (index === 1 ? { ...each, eligible: [0, 2] } : each))
    expect(chosen(roundRobin, equalServers(3), tasks)).toEqual([0, 2, 0, 1])
  })
})

describe("weighted round robin", () => {
  it("spreads the turns of the fastest, as nginx does for 5:1:1", () => {
    expect(chosen(weightedRoundRobin, withSpeeds(5, 1, 1), batch(7))).toEqual([0, 0, 1, 0, 2, 0, 0])
  })

  it("gives each server its share by speed and slots", () => {
    const servers: ReadonlyArray<Server> = [
      { id: "two slots", speed: 3, slots: 2 },
      { id: "slow", speed: 1, slots: 1 },
      { id: "fast", speed: 5, slots: 1 }
    ]
    expect(counts(3, chosen(weightedRoundRobin, servers, batch(1200)))).toEqual([600, 100, 500])
  })

  it("goes by the speed for the task's own type", () => {
    const servers: ReadonlyArray<Server> = [
      { id: "cpu", speed: { train: 1, serve: 1 }, slots: 1 },
      { id: "gpu", speed: { train: 9, serve: 1 }, slots: 1 }
    ]
    const ofType = (type: string) => batch(100).map((each) => ({ ...each, type }))
    expect(counts(2, chosen(weightedRoundRobin, servers, ofType("train")))).toEqual([10, 90])
    expect(counts(2, chosen(weightedRoundRobin, servers, ofType("serve")))).toEqual([50, 50])
  })
})

describe("random", () => {
  it("takes every able server about as often", () => {
    const tasks = batch(30_000).map((each) => ({ ...each, eligible: [0, 2, 3] }))
    const [first = 0, second = 0, third = 0, fourth = 0] = counts(4, chosen(random, equalServers(4), tasks))
    expect(second).toBe(0)
    // Four standard deviations of a binomial count.
    for (const count of [first, third, fourth])
      expect(Math.abs(count - 10_000)).toBeLessThan(4 * Math.sqrt((30_000 * 2) / 9))
  })
})

describe("least connections", () => {
  it("counts queued and running tasks alike until they end", () => {
    const tasks = [task(0, 100), task(0, 5), task(1, 5), task(2, 5), task(20, 1)]
    expect(chosen(leastConnections(), equalServers(2), tasks)).toEqual([0, 1, 0, 1, 1])
  })

  it("no longer counts a task that ends at the moment another arrives", () => {
    const tasks = [task(0, 5), task(0, 9), task(5, 1)]
    expect(chosen(leastConnections(), equalServers(2), tasks)).toEqual([0, 1, 0])
  })

  it("breaks ties as it was told", () => {
    const apart = Array.from({ length: 3_000 }, (_, index) => task(index * 10, 1))
    expect(counts(3, chosen(leastConnections(), equalServers(3), apart))).toEqual([3_000, 0, 0])
    for (const count of counts(3, chosen(leastConnections({ ties: "random" }), equalServers(3), apart))) {
      expect(Math.abs(count - 1_000)).toBeLessThan(4 * Math.sqrt((3_000 * 2) / 9))
    }
  })
})

describe("two choices", () => {
  it("never draws the same server twice, so that of two servers it always finds the less loaded", () => {
    expect(counts(2, chosen(powerOfTwoChoices, equalServers(2), batch(1_000)))).toEqual([500, 500])
  })

  it("takes the only server there is", () => {
    expect(chosen(powerOfTwoChoices, equalServers(1), batch(2))).toEqual([0, 0])
  })

  it("holds the fullest queue of a batch far below that of random placement", () => {
    const most = (policy: Policy) => Math.max(...counts(1_000, chosen(policy, equalServers(1_000), batch(1_000))))
    expect(most(powerOfTwoChoices)).toBeLessThanOrEqual(4)
    expect(most(random)).toBeGreaterThanOrEqual(5)
  })
})

describe("shortest expected queue", () => {
  it("fills servers by their speed", () => {
    expect(counts(3, chosen(shortestExpectedQueue(), withSpeeds(1, 2, 5), batch(80)))).toEqual([10, 20, 50])
  })

  it("takes a free slot of a fast server before one of a slow server with many slots", () => {
    const servers: ReadonlyArray<Server> = [
      { id: "wide", speed: 1, slots: 8 },
      { id: "fast", speed: 2, slots: 1 }
    ]
    expect(chosen(shortestExpectedQueue(), servers, batch(3))).toEqual([1, 0, 0])
  })
})

describe("least completion time", () => {
  it("waits for a fast server where that ends the task sooner", () => {
    expect(chosen(leastCompletionTime, withSpeeds(1, 4), [task(0, 8), task(0, 8), task(0, 1)])).toEqual([1, 1, 0])
  })

  it("knows of a phase in which a server will be slow", () => {
    const [first = { id: "s0", speed: 1, slots: 1 }, ...rest] = equalServers(2)
    const servers = [{ ...first, slow: [{ from: 5, until: 50, factor: 0.1 }] }, ...rest]
    expect(chosen(leastCompletionTime, servers, [task(0, 5), task(0, 6), task(0, 6)])).toEqual([0, 1, 1])
  })
})

describe("peak ewma", () => {
  const policy = peakEwma({ picking: "full scan", decay: 10 })
  const unlimited = equalServers(2, Number.POSITIVE_INFINITY)

  it("tries a server it knows nothing of with one task only", () => {
    // Both have one task in flight from 0 on; from then on the fewer tasks win, until the first end.
    expect(chosen(policy, unlimited, [task(0, 50), task(0, 50), task(1, 50), task(1, 50)])).toEqual([0, 1, 0, 1])
  })

  it("remembers a worse latency at once, and an old one hardly", () => {
    // At 100 the loads are 100·(q + 1) against 40·e^(−60/10)·(q + 1), so that the second has room for a thousand tasks.
    const tasks = [task(0, 100), task(0, 40), ...Array.from({ length: 5 }, () => task(100, 500))]
    expect(chosen(policy, unlimited, tasks)).toEqual([0, 1, 1, 1, 1, 1, 1])
  })

  it("comes back to a server as the memory of its latency fades, without a task there to prove it", () => {
    // At 141 the loads are 100·e^(−41/10) against 40·e^(−1/10).
    expect(chosen(policy, unlimited, [task(0, 100), task(0, 1), task(100, 40), task(141, 1)])).toEqual([0, 1, 1, 0])
  })

  it("beats least connections where speeds differ, without being told the speeds", () => {
    const servers = withSpeeds(1, 1, 1, 10, 10)
    const tasks = poissonTasks(20_000, 0.7 * 23, exponential(1), chanceFrom(3))
    const ewma = meanSojourn(peakEwma({ picking: "full scan" }), servers, tasks)
    expect(ewma).toBeLessThan(meanSojourn(leastConnections(), servers, tasks))
  })
})

describe("on equal servers at ρ = 0.9 the mean sojourn is the less", () => {
  const servers = equalServers(10)
  const tasks = poissonTasks(50_000, 0.9 * 10, exponential(1), chanceFrom(4))

  it("the more a policy knows", () => {
    const knowing = [leastCompletionTime, leastConnections(), powerOfTwoChoices, roundRobin, random].map((policy) =>
      meanSojourn(policy, servers, tasks)
    )
    expect(knowing).toEqual(knowing.toSorted((a, b) => a - b))
    expect(new Set(knowing).size).toBe(knowing.length)
  })

  it("and knowing the speeds adds nothing where they are equal", () => {
    expect(chosen(shortestExpectedQueue(), servers, tasks)).toEqual(chosen(leastConnections(), servers, tasks))
    expect(chosen(weightedRoundRobin, servers, tasks)).toEqual(chosen(roundRobin, servers, tasks))
  })
})
