import { describe, expect, it } from "vitest"
import { centralQueue } from "../../../../actors/simulation/baselines/index.ts"
import { c4, energyBounds, energyRows, worldOfDay } from "../../../../actors/simulation/scenarios/c4.ts"
import { drawn, joulesOfServer, leastJoules, profiles } from "../../../../actors/simulation/scenarios/c4-power.ts"
import { measureSeed, type Scenario } from "../../../../actors/simulation/scenarios/index.ts"
import { materialWorld } from "../../../../actors/simulation/scenarios/material-world.ts"

const second = 1_000
const hour = 3_600 * second
const sleep = { after: 20 * second, power: 10, waking: 5 * second }
const server = { idle: 100, peak: 200 }

/** Windows of 10 s. */
const windowsOf = (shares: ReadonlyArray<number>) =>
  shares.map((share, index) => ({ from: index * 10 * second, until: (index + 1) * 10 * second, share }))

describe("power", () => {
  it("is that of idling with nothing to do, and the peak with all cores in use", () => {
    for (const profile of Object.values(profiles)) {
      expect(drawn(profile, 0)).toBe(profile.idle)
      expect(drawn(profile, 1)).toBe(profile.peak)
    }
    expect(drawn(server, 0.5)).toBeCloseTo(100 + 100 * 0.5 ** 1.4, 9)
  })

  it("is that of sleep from the time on in which a server has idled for long enough, and waking costs", () => {
    expect(joulesOfServer(server, windowsOf([1, 0, 0]), sleep)).toBe(2_000 + 2 * 1_000)
    expect(joulesOfServer(server, windowsOf([1, 0, 0, 0]), sleep)).toBe(2_000 + 2 * 1_000 + 100)
    expect(joulesOfServer(server, windowsOf([1, 0, 0, 0, 1]), sleep)).toBe(2_000 + 2 * 1_000 + 100 + 1_000 + 2_000)
    expect(joulesOfServer(server, windowsOf([1, 0, 1, 0]), sleep)).toBe(2_000 + 1_000 + 2_000 + 1_000)
  })

  it("is least where the server that takes the least for it does all the work", () => {
    const frugal = { idle: 20, peak: 60 }
    // Full, the frugal one takes 50 W above sleep, and less than that for as much work at no other load.
    const least = leastJoules({ workMs: 100 * second, lasting: 1_000 * second }, [server, frugal], [1, 1], sleep)
    const best = Math.min(...[0.2, 0.4, 0.6, 0.8, 1].map((share) => (drawn(frugal, share) - 10) / share))
    expect(least).toBeLessThanOrEqual(best * 100 + 2 * 10 * 1_000)
    expect(least).toBeGreaterThan(0.95 * (best * 100 + 2 * 10 * 1_000))
  })
})

/** A day of two hours, and a few contenders. */
const shortened: Scenario = {
  ...c4,
  parts: [
    {
      world: worldOfDay(2 * hour),
      contenders: { ballast: { runtime: {} }, "central queue": { model: centralQueue() } },
      rows: energyRows,
      bounds: energyBounds,
      lookEvery: 60 * second
    }
  ]
}

describe("C4", () => {
  it("has a load of 10 % at midnight and of 60 % at noon", () => {
    const { tasks, servers } = materialWorld(worldOfDay(24 * hour), 1)
    const capacity = servers.reduce((sum, { speed, slots }) => sum + Number(speed) * slots, 0)
    const loadIn = (from: number) =>
      tasks.filter(({ at }) => from <= at && at < from + hour).reduce((sum, { work }) => sum + work, 0) /
      hour /
      capacity
    expect(loadIn(0)).toBeGreaterThan(0.05)
    expect(loadIn(0)).toBeLessThan(0.2)
    expect(loadIn(11.5 * hour)).toBeGreaterThan(0.45)
    expect(loadIn(11.5 * hour)).toBeLessThan(0.75)
    expect(tasks.at(-1)?.at).toBeLessThanOrEqual(24 * hour)
  })

  it("has its rows, and a bound below every contender", async () => {
    const figures = await measureSeed(shortened, 1)
    const { "lower bound": least = 0, ...joules } = figures.joules ?? {}
    expect(Object.keys(joules)).toEqual(["ballast", "central queue"])
    expect(least).toBeGreaterThan(0)
    for (const [name, each] of Object.entries(joules)) {
      expect(each).toBeGreaterThan(least)
      expect(figures["joules, idle power − 20 %"]?.[name]).toBeLessThan(each)
      expect(figures["joules, idle power + 20 %"]?.[name]).toBeGreaterThan(each)
    }
    expect(Object.keys(figures["p99 sojourn"] ?? {})).toEqual(["ballast", "central queue"])
  })
})
