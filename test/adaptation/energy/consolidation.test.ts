import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type Consolidation,
  capacityOf,
  consolidate,
  consolidationDefaults,
  type PooledWorker,
  type Superfluous,
  type WorkDemand,
  workOn
} from "../../../src/adaptation/index.ts"
import { curvedPower, linearPower } from "../../../src/power/index.ts"

const settings = consolidationDefaults
const thrifty = curvedPower(58.4, 222, 1.4)
const wasteful = curvedPower(93.7, 135, 1.4)

const worker = (workerId: string, given: Partial<PooledWorker> = {}): PooledWorker => ({
  workerId,
  isAwake: true,
  mayRest: true,
  power: thrifty,
  slots: 12,
  speed: 1,
  fullness: 0,
  ...given
})
const demand = (work: number, given: Partial<WorkDemand> = {}): WorkDemand => ({
  work,
  isWaiting: false,
  shapes: [],
  ...given
})
const ids = (changes: ReadonlyArray<{ readonly workerId: string }>): ReadonlyArray<string> =>
  changes.map(({ workerId }) => workerId)

/** Looks again and again, and does as it is told; gives who is awake in the end. */
const settled = (
  pool: ReadonlyArray<PooledWorker>,
  asked: WorkDemand,
  passes = 60
): { readonly awake: ReadonlyArray<string>; readonly changes: number; readonly lastChange: number } => {
  let workers = pool
  let superfluous: Superfluous = new Map()
  let changes = 0
  let lastChange = -1
  for (let pass = 0; pass < passes; pass += 1) {
    const found = consolidate(workers, asked, settings, superfluous, pass * 30_000)
    superfluous = found.superfluous
    const [rest, wake] = [new Set(ids(found.rest)), new Set(ids(found.wake))]
    changes += rest.size + wake.size
    if (rest.size + wake.size > 0) lastChange = pass
    workers = workers.map((each) => ({
      ...each,
      isAwake: (each.isAwake && !rest.has(each.workerId)) || wake.has(each.workerId)
    }))
  }
  return { awake: ids(workers.filter(({ isAwake }) => isAwake)), changes, lastChange }
}

describe("consolidation", () => {
  it("keeps those awake that do the most work for a joule, and lets the others rest once that has lasted", () => {
    const pool = [worker("old", { power: wasteful, slots: 2, speed: 0.66 }), worker("a"), worker("b")]
    const first = consolidate(pool, demand(5), settings, new Map(), 0)
    expect(first.rest).toEqual([])
    expect([...first.superfluous.keys()]).toEqual(["b", "old"])
    const early = consolidate(pool, demand(5), settings, first.superfluous, settings.restAfter - 1)
    expect(early.rest).toEqual([])
    const later = consolidate(pool, demand(5), settings, first.superfluous, settings.restAfter)
    expect(ids(later.rest)).toEqual(["old"])
    expect(later.rest[0]?.because).toContain("cover")
    expect(settled(pool, demand(5)).awake).toEqual(["a"])
  })

  it("who is needed in between is not superfluous any more", () => {
    const pool = [worker("a"), worker("b")]
    const low = consolidate(pool, demand(5), settings, new Map(), 0)
    const high = consolidate(pool, demand(15), settings, low.superfluous, 60_000)
    expect([...high.superfluous.keys()]).toEqual([])
    const again = consolidate(pool, demand(5), settings, high.superfluous, settings.restAfter)
    expect(again.rest).toEqual([])
  })

  it("wakes ahead of need the one that does most for its energy, once the others would be full", () => {
    const resting = { isAwake: false }
    const pool = [worker("a"), worker("old", { ...resting, power: wasteful, slots: 2 }), worker("b", resting)]
    expect(consolidate(pool, demand(10.8), settings, new Map(), 0).wake).toEqual([])
    expect(ids(consolidate(pool, demand(11.2), settings, new Map(), 0).wake)).toEqual(["b"])
  })

  it("nobody goes while something waits, nor while somebody is to be woken", () => {
    const pool = [worker("a"), worker("b"), worker("c")]
    const long = new Map([...pool].map(({ workerId }) => [workerId, -1e9]))
    expect(ids(consolidate(pool, demand(1), settings, long, 0).rest)).toEqual(["c"])
    expect(consolidate(pool, demand(1, { isWaiting: true }), settings, long, 0).rest).toEqual([])
  })

  it("those of whom it is not known what they draw never rest, and count as able to work", () => {
    const { power: _, ...unknown } = worker("x")
    const pool = [unknown, worker("a"), worker("b")]
    expect(settled(pool, demand(5)).awake).toEqual(["x"])
    expect(settled([unknown, { ...unknown, workerId: "y" }], demand(0)).changes).toBe(0)
  })

  it("one that is kept free for a task, or is just starting, does not rest", () => {
    expect(settled([worker("a", { mayRest: false }), worker("b")], demand(0)).awake).toEqual(["a"])
  })

  it("the last one that is able to run what is asked for stays awake, however much it draws", () => {
    const gpu = worker("gpu", { power: linearPower(300, 600), slots: 1 })
    const shapes = [{ work: 0, isAble: (workerId: string) => workerId === "gpu" }]
    expect(settled([worker("a"), gpu], demand(2, { shapes })).awake).toEqual(["a", "gpu"])
    expect(settled([worker("a"), { ...gpu, isAwake: false }], demand(2, { shapes })).awake).toEqual(["a", "gpu"])
  })

  it("one far slower than the pool is kept only where no faster one will do", () => {
    const slow = worker("slow", { speed: 0.3, power: linearPower(1, 2) })
    expect(settled([slow, worker("a"), worker("b")], demand(2)).awake).toEqual(["a"])
  })

  it("one that rests does not take the place of one that is awake and would do", () => {
    const better = worker("a", { isAwake: false, power: curvedPower(20, 100, 1.4) })
    expect(settled([better, worker("b")], demand(10)).awake).toEqual(["b"])
  })

  it("whatever the pool: covers the demand and each shape, keeps the least number, and comes to rest", () => {
    let rested = 0
    let woken = 0
    let shaped = 0
    const engine = fc.record({
      isAwake: fc.boolean(),
      mayRest: fc.boolean(),
      isKnown: fc.boolean(),
      idle: fc.double({ min: 1, max: 200, noNaN: true }),
      more: fc.double({ min: 1, max: 200, noNaN: true }),
      slots: fc.integer({ min: 1, max: 16 }),
      speed: fc.double({ min: 0.2, max: 4, noNaN: true }),
      fullness: fc.double({ min: 0, max: 1, noNaN: true })
    })
    fc.assert(
      fc.property(
        fc.array(engine, { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0, max: 1.2, noNaN: true }),
        fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 3 }),
        (engines, load, able) => {
          const pool = engines.map(({ isKnown, idle, more, ...rest }, index): PooledWorker => {
            const { power: _, ...plain } = worker(`w${index}`, rest)
            return isKnown ? { ...plain, power: linearPower(idle, idle + more) } : plain
          })
          const capacity = pool.reduce((sum, each) => sum + capacityOf(each), 0)
          expect(workOn(pool)).toBeLessThanOrEqual(capacity + 1e-9)
          const shapes = able
            .filter((index) => index < pool.length)
            .map((index) => ({ work: 0, isAble: (workerId: string) => workerId === `w${index}` }))
          const asked = demand(load * capacity, { shapes })
          const end = settled(pool, asked, 200)
          // It settles: nothing changes in the second half.
          expect(end.lastChange).toBeLessThan(100)
          const awake = new Set(end.awake)
          const stays = pool.filter(({ workerId }) => awake.has(workerId))
          const could = pool.filter((each) => each.isAwake || each.power !== undefined)
          const most = could.reduce((sum, each) => sum + capacityOf(each), 0)
          const needed = Math.min(most, asked.work)
          expect(stays.reduce((sum, each) => sum + capacityOf(each), 0)).toBeGreaterThanOrEqual(needed - 1e-9)
          for (const { isAble } of shapes) {
            if (could.some(({ workerId }) => isAble(workerId))) expect([...awake].some(isAble)).toBe(true)
          }
          if (could.length > 0) expect(awake.size).toBeGreaterThanOrEqual(Math.min(1, could.length))
          for (const each of pool) {
            if (each.isAwake && (each.power === undefined || !each.mayRest)) expect(awake.has(each.workerId)).toBe(true)
            if (each.isAwake && !awake.has(each.workerId)) rested += 1
            if (!each.isAwake && awake.has(each.workerId)) woken += 1
          }
          shaped += shapes.length
        }
      ),
      { numRuns: 500 }
    )
    expect(rested).toBeGreaterThan(200)
    expect(woken).toBeGreaterThan(100)
    expect(shaped).toBeGreaterThan(100)
  })

  it("the more is asked for, the more can be done by those that stay awake", () => {
    const pool = Array.from({ length: 8 }, (_, index) => worker(`w${index}`, { slots: 1 + index }))
    let before: Consolidation | undefined
    for (let work = 0; work <= 40; work += 1) {
      const found = consolidate(pool, demand(work), settings, new Map(), 0)
      if (before !== undefined) expect(found.kept).toBeGreaterThanOrEqual(before.kept)
      before = found
    }
  })
})
