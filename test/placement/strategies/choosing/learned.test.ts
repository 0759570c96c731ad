import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { drawAt } from "../../../../src/hashing/index.ts"
import type { Millis, TaskSpec } from "../../../../src/model/index.ts"
import {
  learned,
  learnedDefaults,
  leastConnections,
  Placement,
  type PlacementView,
  type RankStrategy,
  type StrategyChange
} from "../../../../src/placement/index.ts"
import { Bandit } from "../../../../src/placement/strategies/choosing/bandit.ts"
import { replay } from "../../../../src/placement/strategies/choosing/replay/replay.ts"
import { record, taskSpec, viewOf, workerSpec } from "../../pool.ts"
import { every, knowing, timesOf } from "./twin.ts"

const nothingExpected = () => undefined

/** What an arm costs at a time, with noise of its own. */
const noisy = (mean: number, seed: number, at: number): number => mean + drawAt(seed, at, 7) - 0.5

/** Chooses and sees so many times; gives the arms that were taken. */
const play = (bandit: Bandit, costs: ReadonlyArray<number>, times: number, seed: number): ReadonlyArray<number> =>
  Array.from({ length: times }, (_, at) => {
    const arm = bandit.choice(nothingExpected)
    bandit.took(arm, nothingExpected)
    bandit.saw(arm, noisy(costs[arm] ?? 0, seed, at))
    return arm
  })

const shareOf = (arms: ReadonlyArray<number>, arm: number): number =>
  arms.filter((each) => each === arm).length / arms.length

describe("the bandit", () => {
  const { discount, explore, block } = learnedDefaults

  it("comes to take the better arm, wherever it stands among the others", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 2 }), (seed, better) => {
        const costs = [0.7, 0.7, 0.7].map((cost, arm) => (arm === better ? 0 : cost))
        const arms = play(new Bandit(3, seed, { discount, explore, block }), costs, 6_000, seed)
        expect(shareOf(arms.slice(-2_000), better)).toBeGreaterThan(0.85)
      }),
      { numRuns: 40 }
    )
  })

  it("changes its mind when the world does", () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const bandit = new Bandit(2, seed, { discount, explore, block })
        play(bandit, [0, 1], 3_000, seed)
        const after = play(bandit, [1, 0], 5_000, seed + 1)
        expect(shareOf(after.slice(-1_500), 1)).toBeGreaterThan(0.85)
      }),
      { numRuns: 40 }
    )
  })

  it("spends no more than its share on others than the best", () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom(0, 0.05, 0.1, 0.3), (seed, share) => {
        // All alike, so that nothing keeps it from exploring.
        const bandit = new Bandit(4, seed, { discount, explore: share, block })
        let others = 0
        for (let at = 0; at < 4_000; at++) {
          const arm = bandit.choice(nothingExpected)
          if (arm !== bandit.best(nothingExpected)) others += 1
          bandit.took(arm, nothingExpected)
          bandit.saw(arm, 1)
        }
        expect(others).toBeLessThanOrEqual(share * 4_000 * 1.1 + block)
      }),
      { numRuns: 20 }
    )
  })

  it("stays with an arm for a block, and answers the same however often it is asked", () => {
    const bandit = new Bandit(3, 5, { discount, explore: 1, block: 4 })
    const arms = Array.from({ length: 400 }, () => {
      const arm = bandit.choice(nothingExpected)
      expect(bandit.choice(nothingExpected)).toBe(arm)
      bandit.took(arm, nothingExpected)
      return arm
    })
    for (let at = 0; at < arms.length; at += 4) expect(new Set(arms.slice(at, at + 4)).size).toBe(1)
    expect(new Set(arms).size).toBe(3)
  })

  it("makes nothing of costs that are no numbers", () => {
    const bandit = new Bandit(2, 1, { discount, explore, block })
    bandit.saw(0, Number.NaN)
    bandit.saw(0, Number.POSITIVE_INFINITY)
    bandit.saw(7, 1)
    expect([bandit.mean(0), bandit.overall]).toEqual([undefined, undefined])
  })
})

const speeds = { w0: 4, w1: 4, w2: 0.25, w3: 0.25 }
const pool = Object.keys(speeds).map((id) => workerSpec(id, { slots: 1 }))
const times = timesOf(speeds, { work: 100 })

const byRank = (id: string, sign: 1 | -1): RankStrategy => ({
  id,
  rank: (_task, { spec }) => sign * times.speedOf(spec.id)
})

describe("learned", () => {
  it("comes to leave its decisions to the better strategy, in a queue with a ledger of its own", () => {
    fc.assert(
      fc.property(fc.nat(), fc.boolean(), (seed, swapped) => {
        const counts = { fast: 0, slow: 0 }
        const counting = (id: "fast" | "slow", sign: 1 | -1): RankStrategy => ({
          ...byRank(id, sign),
          proposed: ({ id: task }) => {
            if (Number(task) >= 3_000) counts[id] += 1
          }
        })
        const arms = [counting("fast", 1), counting("slow", -1)]
        const strategy = learned({ strategies: swapped ? arms.toReversed() : arms, seed })
        const runs = every(70, 4_000, (index) => 40 + 120 * drawAt(seed, index, 3))
        // Nobody is known for sure to be slow, so that nobody but the strategy chooses.
        const unsure = { ...times, speedAtMost: () => Number.POSITIVE_INFINITY }
        expect(replay(runs, pool, knowing(unsure), strategy)).toMatchObject({ ended: 4_000, faults: 0 })
        expect(counts.fast / (counts.fast + counts.slow)).toBeGreaterThan(0.8)
      }),
      { numRuns: 8 }
    )
  })

  it("tells of a change for the better, with the slowdowns that led to it", () => {
    const changes: Array<StrategyChange> = []
    const strategy = learned({
      strategies: [byRank("slow", -1), byRank("fast", 1)],
      seed: 3,
      onChange: (change) => void changes.push(change)
    })
    const runs = every(70, 3_000, () => 100)
    replay(runs, pool, knowing(times), strategy)
    expect(changes.length).toBeGreaterThan(0)
    for (const { strategy: by, from, to } of changes) expect([by, from === to]).toEqual(["learned", false])
    expect(changes[0]).toMatchObject({ from: "slow", to: "fast" })
    expect(changes.at(-1)?.reason).toMatch(/tasks of some 100 ms at a load .*mean slowdowns/)
  })

  it("keeps apart what it learns of short and of long tasks", () => {
    const view: PlacementView = { ...viewOf([record(workerSpec("w0", { slots: 1_000 }))]), times }
    const slowFor = (id: string, long: boolean) => ({ ...leastConnections(), id, long })
    const arms = [slowFor("bad for long", true), slowFor("bad for short", false)]
    const strategy = learned({ strategies: arms, seed: 1 })
    const placement = new Placement({ strategy })
    const task = (index: number, long: boolean): TaskSpec => ({
      ...taskSpec(`${index}`),
      expectedDuration: long ? 5_000 : 50
    })
    const decide = (index: number, long: boolean): string => {
      const chosen = strategy.delegate(task(index, long), view, 0).id
      placement.propose(task(index, long), view, 0)
      return chosen
    }
    const counts = { long: 0, short: 0, good: 0 }
    let now: Millis = 0
    for (let index = 0; index < 12_000; index++) {
      const long = index % 2 === 0
      const chosen = decide(index, long)
      const isBad = (chosen === "bad for long") === long
      const ms = (long ? 5_000 : 50) * (isBad ? 3 : 1)
      now += 1
      placement.ended({ task: task(index, long), workerId: "w0", ms, ok: true, acceptedAt: now - ms }, view, now)
      if (index >= 8_000 && !isBad) counts.good += 1
    }
    expect(counts.good / 4_000).toBeGreaterThan(0.85)
  })

  it("counts a run that failed as dearer, and one whose acceptance is not known by its time alone", () => {
    const view: PlacementView = { ...viewOf([record(workerSpec("w0", { slots: 1_000 }))]), times }
    const arms = ["fails", "works"].map((id) => ({ ...leastConnections(), id }))
    const strategy = learned({ strategies: arms, seed: 2 })
    const placement = new Placement({ strategy })
    let works = 0
    for (let index = 0; index < 6_000; index++) {
      const task = taskSpec(`${index}`)
      const chosen = strategy.delegate(task, view, index).id
      placement.propose(task, view, index)
      placement.ended({ task, workerId: "w0", ms: 100, ok: chosen === "works" }, view, index)
      if (index >= 4_000 && chosen === "works") works += 1
    }
    expect(works / 2_000).toBeGreaterThan(0.85)
  })

  it("asked again, or for an explanation, it answers the same and remembers nothing", () => {
    const view: PlacementView = { ...viewOf([record(workerSpec("w0", { slots: 1_000 }))]), times }
    const strategy = learned({
      strategies: ["a", "b"].map((id) => ({ ...leastConnections(), id })),
      seed: 4,
      explore: 1
    })
    const placement = new Placement({ strategy })
    for (let index = 0; index < 200; index++) {
      const task = taskSpec(`${index}`)
      const chosen = strategy.delegate(task, view, 0)
      for (let again = 0; again < 3; again++) {
        placement.explain(taskSpec("another"), view, 0)
        expect(strategy.delegate(task, view, 0)).toBe(chosen)
      }
      placement.propose(task, view, 0)
    }
  })
})
