import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Millis, WorkerSpec } from "../../../../src/model/index.ts"
import { leastConnections, p2c, type Strategy } from "../../../../src/placement/index.ts"
import { clusterState, gini } from "../../../../src/placement/strategies/choosing/replay/cluster-state.ts"
import type { RecordedRun } from "../../../../src/placement/strategies/choosing/replay/recorded-run.ts"
import { Replay, replay } from "../../../../src/placement/strategies/choosing/replay/replay.ts"
import { record, taskSpec, workerSpec } from "../../pool.ts"
import { every, knowing, timesOf } from "./twin.ts"

const pool = (...slots: ReadonlyArray<number>): ReadonlyArray<WorkerSpec> =>
  slots.map((count, index) => workerSpec(`w${index}`, { slots: count }))

const even = knowing(timesOf({}))

/** Lindley's recursion: one server, first come, first served. */
const lindley = (runs: ReadonlyArray<RecordedRun>): Millis => {
  let free = 0
  let sum = 0
  for (const { acceptedAt, workMs } of runs) {
    free = Math.max(free, acceptedAt) + workMs
    sum += free - acceptedAt
  }
  return sum / runs.length
}

const anyRuns: fc.Arbitrary<ReadonlyArray<RecordedRun>> = fc
  .array(fc.record({ gap: fc.integer({ min: 0, max: 50 }), workMs: fc.integer({ min: 1, max: 60 }) }), {
    minLength: 1,
    maxLength: 60
  })
  .map((runs) => {
    let acceptedAt = 0
    return runs.map(({ gap, workMs }) => {
      acceptedAt += gap
      return { task: taskSpec("t"), acceptedAt, workMs }
    })
  })

describe("a replay", () => {
  it("of one worker with one slot is a queue with one server", () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const { ended, meanSojournMs } = replay(runs, pool(1), even, leastConnections())
        expect(ended).toBe(runs.length)
        expect(meanSojournMs).toBeCloseTo(lindley(runs), 6)
      })
    )
  })

  it("gives every run its time at its worker's speed", () => {
    const runs = every(1_000, 5, () => 100)
    expect(replay(runs, pool(1), knowing(timesOf({ w0: 4 })), leastConnections()).meanSojournMs).toBeCloseTo(25)
  })

  it("ends every run, whatever the strategy and however little of it is done at a time", () => {
    fc.assert(
      fc.property(anyRuns, fc.integer({ min: 1, max: 7 }), fc.nat(), (runs, steps, seed) => {
        const whole = replay(runs, pool(1, 2, 1), even, p2c({ seed }))
        const bit = new Replay(runs, pool(1, 2, 1), even, p2c({ seed }))
        while (!bit.advance(steps));
        expect(bit.outcome).toEqual(whole)
        expect(whole).toMatchObject({ ended: runs.length, faults: 0 })
      })
    )
  })

  it("shows that knowing the speeds pays", () => {
    const times = timesOf({ w0: 4, w1: 1 })
    const bySpeed: Strategy = { id: "by speed", rank: (_task, { spec }) => times.speedOf(spec.id) }
    const runs = every(60, 200, () => 100)
    const slow = replay(runs, pool(1, 1), knowing(times), {
      id: "slow",
      rank: (_task, { spec }) => -times.speedOf(spec.id)
    })
    expect(replay(runs, pool(1, 1), knowing(times), bySpeed).meanSojournMs).toBeLessThan(slow.meanSojournMs / 2)
  })

  it("leaves a free worker alone that is not worth the wait, as the runtime would, and asks again in time", () => {
    const speeds = { w0: 1, w1: 10 }
    const [slow, fast] = Object.keys(speeds).map((id) => workerSpec(id, { slots: 1 }))
    if (slow === undefined || fast === undefined) throw new Error("there are two")
    const known = timesOf(speeds, { work: 1_000 })
    const runs = every(0, 2, () => 1_000)
    expect(replay(runs, [slow, fast], knowing(known), leastConnections()).meanSojournMs).toBeCloseTo(150, 6)
    const unsure = { ...known, speedAtMost: () => Number.POSITIVE_INFINITY }
    expect(replay(runs, [slow, fast], knowing(unsure), leastConnections()).meanSojournMs).toBeCloseTo(550, 6)
    // Where there is plenty to do, the slow one has its share.
    const plenty = replay(
      every(0, 200, () => 1_000),
      [slow, fast],
      knowing(known),
      leastConnections()
    )
    const alone = replay(
      every(0, 200, () => 1_000),
      [fast],
      knowing(known),
      leastConnections()
    )
    expect(plenty.ended).toBe(200)
    expect(plenty.meanSojournMs).toBeLessThan(alone.meanSojournMs)
  })

  it("lets go of runs that nobody there could take, and counts what the strategy gets wrong", () => {
    const runs = every(
      10,
      6,
      () => 5,
      (index) => taskSpec("t", index % 2 === 0 ? { cuda: 1 } : {})
    )
    const broken: Strategy = {
      id: "broken",
      score: () => {
        throw new Error("out of order")
      }
    }
    expect(replay(runs, pool(1), even, broken)).toMatchObject({ ended: 3 })
    expect(replay(runs, pool(1), even, broken).faults).toBeGreaterThan(0)
  })

  it("of nothing has no outcome", () => {
    expect(replay([], pool(1), even, leastConnections())).toEqual({ ended: 0, meanSojournMs: 0, faults: 0 })
  })

  it("keeps the limits of resources and keys", () => {
    const heavy = taskSpec("t", { memory: 60 })
    expect(
      replay(
        every(
          0,
          4,
          () => 100,
          () => heavy
        ),
        pool(4),
        even,
        leastConnections()
      ).meanSojournMs
    ).toBe(250)
    const keyed = taskSpec("t", { concurrencyKey: "one" })
    expect(
      replay(
        every(
          0,
          4,
          () => 100,
          () => keyed
        ),
        pool(4),
        even,
        leastConnections()
      ).meanSojournMs
    ).toBe(250)
  })
})

describe("the state of a cluster", () => {
  it("has the Gini coefficient of its loads", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { minLength: 1, maxLength: 12 }), (values) => {
        const sum = values.reduce((all, value) => all + value, 0)
        const differences = values.flatMap((a) => values.map((b) => Math.abs(a - b)))
        const plain = sum === 0 ? 0 : differences.reduce((all, each) => all + each, 0) / (2 * values.length * sum)
        expect(gini(values)).toBeCloseTo(plain, 9)
      })
    )
  })

  it("counts those that take work, their slots and their speeds", () => {
    const workers = [
      record(workerSpec("w0", { slots: 4 }), { slots: 4 }),
      record(workerSpec("w1", { slots: 4 })),
      record(workerSpec("w2"), { phase: "failed" })
    ]
    expect(clusterState(workers, () => 1)).toEqual({ size: 2, load: 0.5, unevenness: 0.5, variety: 0 })
    expect(clusterState(workers, ({ spec }) => (spec.id === "w0" ? 3 : 1)).variety).toBeCloseTo(0.5)
    expect(clusterState([], () => 1)).toEqual({ size: 0, load: 0, unevenness: 0, variety: 0 })
  })
})
