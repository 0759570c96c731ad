import { describe, expect, it } from "vitest"
import { simulate } from "../../../../actors/simulation/index.ts"
import { c1, home, seedsWon, spikedWorld as world } from "../../../../actors/simulation/scenarios/c1.ts"
import {
  leftAt,
  optimumOf,
  type RebalancingRules,
  timeToRebalance
} from "../../../../actors/simulation/scenarios/c1-rebalancing.ts"
import { measureSeed } from "../../../../actors/simulation/scenarios/index.ts"
import { materialWorld } from "../../../../actors/simulation/scenarios/material-world.ts"
import { coefficientOfVariation } from "../../../../src/statistics/index.ts"

const second = 1_000
const minute = 60 * second

const rules: RebalancingRules = {
  balanced: 0.1,
  lasting: 20,
  spike: { from: 100, until: 200 },
  horizon: 100,
  budget: { moves: 2, every: 50 }
}

/** Looks every 10 ms from 180 on; at each, whether the two backlogs are the same. */
const looksOf = (isEven: (now: number) => boolean) =>
  Array.from({ length: 20 }, (_, index) => {
    const now = 180 + 10 * index
    const workers = [1, isEven(now) ? 1 : 3].map((backlogMs) => ({ id: "", busyMs: 0, workMs: 0, backlogMs }))
    return { now, workers }
  })

describe("the time to rebalance", () => {
  const timeOf = (isEven: (now: number) => boolean) => timeToRebalance({ looks: looksOf(isEven) }, rules)

  it("counts from the end of the spike until the backlogs are even", () => {
    expect(timeOf((now) => now >= 230)).toBe(30)
    expect(timeOf(() => true)).toBe(0)
  })

  it("does not count what does not last", () => {
    expect(timeOf((now) => (now >= 210 && now < 230) || now >= 260)).toBe(60)
  })

  it("is the horizon where they never are, or not in time", () => {
    expect(timeOf(() => false)).toBe(100)
    expect(timeOf((now) => now >= 310)).toBe(100)
    expect(timeOf((now) => now >= 290)).toBe(90)
  })
})

describe("what is left of tasks that share a core", () => {
  const tasks = [
    { at: 0, work: 10 },
    { at: 4, work: 3 }
  ]

  it("is theirs in equal parts until the shorter has ended", () => {
    expect(leftAt(tasks, 4)).toEqual([6])
    expect(leftAt(tasks, 8)).toEqual([4, 1])
    expect(leftAt(tasks, 11)).toEqual([2])
    expect(leftAt(tasks, 20)).toEqual([])
  })

  it("is what simulated workers have left while nothing is moved", async () => {
    const until = 3 * minute
    let backlogs: ReadonlyArray<number> = []
    await simulate({
      ...world,
      seed: 3,
      strategy: home,
      options: { adaptation: { features: { taskMigration: false } } },
      until,
      watch: {
        every: until,
        look: ({ workers }) => {
          backlogs = workers.map(({ backlogMs }) => backlogMs)
        }
      }
    })
    const { tasks: all, servers } = materialWorld(world, 3)
    expect(backlogs).toHaveLength(10)
    for (const [index, { id }] of servers.entries()) {
      const own = all.filter(({ type, at }) => type === id && at < until)
      const left = leftAt(own, until).reduce((sum, each) => sum + each, 0)
      // A task that comes at that very moment is not part of it.
      const coming = all.filter(({ type, at }) => type === id && at === until).reduce((sum, { work }) => sum + work, 0)
      const distance = Math.min(...[0, coming].map((more) => Math.abs((backlogs[index] ?? 0) - left - more)))
      expect(distance).toBeLessThan(1)
    }
  })
})

describe("the optimum", () => {
  it("takes the tasks with the most left, as many at each interval as the budget has", () => {
    const late = { ...rules, spike: { from: 190, until: 200 } }
    const one = { ...late, budget: { moves: 1, every: 50 } }
    // Three of 100 ms come to one worker at 199, nothing to the other: half of it, but for a tenth, is to be moved.
    const other = { at: 0, work: 1, type: "b" }
    const stacked = [0, 1, 2].map(() => ({ at: 199, work: 100, type: "a" }))
    // That is two of them: at 240 both, or at 240 and 290.
    expect(optimumOf({ tasks: [other, ...stacked] }, late)).toBe(40)
    expect(optimumOf({ tasks: [other, ...stacked] }, one)).toBe(90)
    const halves = stacked.flatMap((task) => [task, task]).map((task) => ({ ...task, work: 50 }))
    expect(optimumOf({ tasks: [other, ...halves] }, one)).toBe(140)
    // What the budget can do before the spike is over takes no time after it.
    expect(optimumOf({ tasks: [other, ...stacked] }, rules)).toBe(0)
  })
})

describe("C1", () => {
  it("leaves three workers with far more than the others until something is moved", async () => {
    const variations: Array<number> = []
    const placed = new Map<string, string>()
    const outcome = await simulate({
      ...world,
      seed: 1,
      strategy: home,
      options: { adaptation: { features: { taskMigration: false } } },
      watch: {
        every: 30 * second,
        look: ({ now, workers }) => {
          if (now < 3 * minute || now > 13 * minute) return
          variations.push(coefficientOfVariation(workers.map(({ backlogMs }) => backlogMs)))
        }
      },
      onEvent: (event) => {
        if (event._tag === "TaskPlaced") placed.set(event.taskId, event.reservation.workerId)
      }
    })
    expect(outcome.moves).toBe(0)
    expect(outcome.ends.completed).toBe(outcome.tasks)
    expect(variations).toHaveLength(21)
    for (const variation of variations) expect(variation).toBeGreaterThan(0.15)
    // Each at home: those that the spike struck got the 12 tasks more that come to a minute of it.
    const counts = Map.groupBy(placed.values(), (workerId) => workerId)
    const struck = counts.get("home-1")?.length ?? 0
    expect([2, 3, 4, 10].map((n) => struck - (counts.get(`home-${n}`)?.length ?? 0))).toEqual([0, 0, 12, 12])
  })

  it("has its rows, and an optimum that follows from the tasks of the seed", async () => {
    const figures = await measureSeed(c1, 2)
    const contenders = ["ballast", "fixed thresholds", "what pays alone"]
    expect(Object.keys(figures["seconds to rebalance"] ?? {})).toEqual([...contenders, "optimum"])
    for (const row of ["p99 sojourn", "moves"]) expect(Object.keys(figures[row] ?? {})).toEqual(contenders)
    expect(Object.keys(figures["seeds won %"] ?? {})).toEqual(["ballast", "fixed thresholds"])
    const { optimum = 0, ...found } = figures["seconds to rebalance"] ?? {}
    expect(optimum).toBeGreaterThan(30)
    expect(optimum).toBeLessThan(300)
    for (const seconds of Object.values(found)) expect(seconds).toBeLessThanOrEqual(600)
    expect(Object.values(figures["seeds won %"] ?? {}).reduce((sum, won) => sum + won, 0)).toBe(100)
  })

  it("is won by whoever is sooner, and by both half where they are the same", () => {
    const { combine } = seedsWon
    expect(combine([100], [[200]])).toBe(100)
    expect(combine([200], [[100]])).toBe(0)
    expect(combine([200], [[200]])).toBe(50)
    expect(combine([200], [[200], [300]])).toBe(50)
    expect(combine([200], [[300], [100]])).toBe(0)
  })
})
