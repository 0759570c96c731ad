import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type BaselineTask,
  centralQueue,
  eligibleBound,
  leastCompletionTime,
  longestFirst,
  makespanBound,
  roundRobin,
  type Server,
  simulateBaseline
} from "../../../../actors/simulation/baselines/index.ts"
import { chanceFrom, equalServers, task, world } from "./worlds.ts"

const only = (work: number, ...eligible: ReadonlyArray<number>): BaselineTask => ({ ...task(0, work), eligible })

describe("the makespan bound", () => {
  it("is all work over all speed, or the longest task on the fastest server", () => {
    const servers: ReadonlyArray<Server> = [
      { id: "slow", speed: 1, slots: 2 },
      { id: "fast", speed: 4, slots: 1 }
    ]
    expect(makespanBound([task(0, 12), task(0, 12), task(0, 12)], servers)).toBe(6)
    expect(makespanBound([task(0, 12), task(0, 36)], servers)).toBe(9)
  })

  it("takes the longest task on the fastest server able to run it", () => {
    const servers: ReadonlyArray<Server> = [
      { id: "slow", speed: 1, slots: 1 },
      { id: "fast", speed: 4, slots: 1 }
    ]
    expect(makespanBound([only(10, 0)], servers)).toBe(10)
    expect(makespanBound([only(10)], servers)).toBe(Number.POSITIVE_INFINITY)
  })

  it("counts on a server as fast as its phases ever make it", () => {
    const faster: ReadonlyArray<Server> = [{ id: "s", speed: 2, slots: 1, slow: [{ from: 0, until: 5, factor: 3 }] }]
    const byType: ReadonlyArray<Server> = faster.map((server) => ({ ...server, speed: { work: 2 } }))
    const slower: ReadonlyArray<Server> = [{ id: "s", speed: 2, slots: 1, slow: [{ from: 0, until: 5, factor: 0.5 }] }]
    for (const bound of [makespanBound, eligibleBound]) {
      expect([faster, byType, slower].map((servers) => bound([task(0, 12)], servers))).toEqual([2, 2, 6])
    }
    expect(simulateBaseline(roundRobin, faster, [task(0, 12)], () => 0).makespan).toBe(2)
  })

  it("counts work from when it arrives", () => {
    expect(makespanBound([task(0, 1), task(100, 6), task(100, 6), task(100, 6)], equalServers(2))).toBe(109)
    expect(makespanBound([], equalServers(2))).toBe(0)
  })
})

/** Whether the work of the tasks, cut at will, fits into the time: a flow by augmenting paths, task by task. */
const fits = (tasks: ReadonlyArray<BaselineTask>, servers: ReadonlyArray<Server>, time: number): boolean => {
  const left = servers.map(({ speed, slots }) => (typeof speed === "number" ? speed * slots * time : 0))
  const placed = tasks.map(() => servers.map(() => 0))
  const able = (index: number, server: number): boolean => tasks[index]?.eligible?.includes(server) ?? true
  /** Makes room on a server by moving other tasks' work on; how much it then takes. */
  const give = (index: number, wanted: number, seen: Set<number>): number => {
    for (const server of servers.keys()) {
      if (!able(index, server) || seen.has(server)) continue
      seen.add(server)
      let room = Math.min(wanted, left[server] ?? 0)
      if (room <= 1e-9) {
        for (const other of tasks.keys()) {
          const there = placed[other]?.[server] ?? 0
          if (other === index || there <= 1e-9) continue
          room = give(other, Math.min(wanted, there), seen)
          if (room <= 1e-9) continue
          const row = placed[other]
          if (row !== undefined) row[server] = there - room
          left[server] = (left[server] ?? 0) + room
          break
        }
      }
      if (room <= 1e-9) continue
      const row = placed[index]
      if (row !== undefined) row[server] = (row[server] ?? 0) + room
      left[server] = (left[server] ?? 0) - room
      return room
    }
    return 0
  }
  return tasks.every(({ work }, index) => {
    let remaining = work
    while (remaining > 1e-6) {
      const given = give(index, remaining, new Set())
      if (given <= 1e-9) return false
      remaining -= given
    }
    return true
  })
}

describe("the bound with eligibility", () => {
  it("sees the few servers that much of the work depends on", () => {
    const servers = equalServers(4)
    const tasks = [only(10, 0), only(10, 0, 1), only(10, 0, 1), task(0, 2), task(0, 2)]
    expect(makespanBound(tasks, servers)).toBe(10)
    expect(eligibleBound(tasks, servers)).toBe(15)
  })

  it("is the makespan bound where every server may run everything", () => {
    const servers: ReadonlyArray<Server> = [1, 1, 2, 4, 10].map((speed, id) => ({ id: `${id}`, speed, slots: 1 }))
    const tasks = [5, 80, 33, 33, 7].map((work) => task(0, work))
    expect(eligibleBound(tasks, servers)).toBe(makespanBound(tasks, servers))
  })

  it("goes by the types a server can run", () => {
    const servers: ReadonlyArray<Server> = [
      { id: "cpu", speed: { render: 1 }, slots: 4 },
      { id: "gpu", speed: { render: 4, train: 4 }, slots: 1 }
    ]
    const tasks = [40, 40, 8].map((work, index) => ({ at: 0, work, type: index < 2 ? "train" : "render" }))
    expect(makespanBound(tasks, servers)).toBe(11)
    expect(eligibleBound(tasks, servers)).toBe(20)
  })

  it("is exactly the time into which divisible work fits", () => {
    const servers = fc.array(
      fc.record({ speed: fc.integer({ min: 1, max: 4 }), slots: fc.integer({ min: 1, max: 2 }) }),
      {
        minLength: 2,
        maxLength: 4
      }
    )
    const works = fc.array(
      fc.record({ work: fc.integer({ min: 1, max: 9 }), eligible: fc.subarray([0, 1, 2, 3], { minLength: 1 }) }),
      { minLength: 3, maxLength: 10 }
    )
    fc.assert(
      fc.property(servers, works, (bodies, all) => {
        const pool = bodies.map((body, index) => ({ id: `s${index}`, ...body }))
        // In pieces, so that no single task is what takes long.
        const tasks = all.flatMap(({ work, eligible }) => {
          const possible = eligible.filter((server) => server < pool.length)
          return Array.from({ length: 20 }, () => only(work / 20, ...(possible.length === 0 ? [0] : possible)))
        })
        const bound = eligibleBound(tasks, pool)
        const pieces = tasks.filter((_, index) => index % 20 === 0).map((each) => ({ ...each, work: each.work * 20 }))
        expect(fits(pieces, pool, bound * 1.0001)).toBe(true)
        expect(fits(pieces, pool, bound * 0.99)).toBe(false)
      }),
      { seed: 31, numRuns: 200 }
    )
  })

  it("is below every schedule, and no lower than the makespan bound", () => {
    fc.assert(
      fc.property(world, fc.nat(), ({ servers, tasks }, seed) => {
        const bound = eligibleBound(tasks, servers)
        expect(bound).toBeGreaterThanOrEqual(makespanBound(tasks, servers))
        for (const policy of [roundRobin, leastCompletionTime, centralQueue()]) {
          const { makespan } = simulateBaseline(policy, servers, tasks, chanceFrom(seed))
          expect(makespan).toBeGreaterThanOrEqual(bound * (1 - 1e-12))
        }
      }),
      { seed: 32, numRuns: 200 }
    )
  })

  it("holds for 15 classes, treats classes that no server tells apart as one, and refuses too many", () => {
    const servers = equalServers(30)
    const classes = (count: number) => Array.from({ length: count }, (_, index) => only(10, index, index + 1))
    expect(eligibleBound(classes(15), servers)).toBeCloseTo(10, 9)
    const named = Array.from({ length: 50 }, (_, index) => ({ ...task(0, 3), type: `type ${index}` }))
    expect(eligibleBound(named, servers)).toBeCloseTo(5, 9)
    expect(() => eligibleBound(classes(21), servers)).toThrow(RangeError)
  })
})

describe("longest first", () => {
  it("is Graham's example where it misses the optimum by a sixth", () => {
    const outcome = longestFirst(
      [2, 2, 2, 3, 3].map((work) => task(0, work)),
      equalServers(2)
    )
    expect(outcome.makespan).toBe(7)
    expect([...outcome.ends.subarray(3)]).toEqual([3, 3])
  })

  it("answers in the order of the tasks given, whenever they arrive", () => {
    const tasks = [task(0, 1), task(5, 8), task(9, 4)]
    const { starts, ends, servers } = longestFirst(tasks, equalServers(2))
    expect([...servers]).toEqual([1, 0, 1])
    expect([...starts]).toEqual([4, 0, 0])
    expect([...ends]).toEqual([5, 8, 4])
  })

  it("is within 19/12 of the optimum on unequal servers, the bound being no better than that", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }),
        (speeds, works) => {
          const pool = speeds.map((speed, index) => ({ id: `s${index}`, speed, slots: 1 }))
          const optimum = (index: number, loads: ReadonlyArray<number>): number =>
            index === works.length
              ? Math.max(...loads.map((load, server) => load / (speeds[server] ?? 1)))
              : Math.min(
                  ...loads.map((_, chosen) =>
                    optimum(
                      index + 1,
                      loads.map((load, server) => (server === chosen ? load + (works[index] ?? 0) : load))
                    )
                  )
                )
          const best = optimum(
            0,
            speeds.map(() => 0)
          )
          const tasks = works.map((work) => task(0, work))
          expect(makespanBound(tasks, pool)).toBeLessThanOrEqual(best * (1 + 1e-12))
          const { makespan } = longestFirst(tasks, pool)
          expect(makespan).toBeGreaterThanOrEqual(best * (1 - 1e-12))
          expect(makespan).toBeLessThanOrEqual((19 / 12) * best * (1 + 1e-12))
        }
      ),
      { seed: 33, numRuns: 100 }
    )
  })
})
