import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  type BaselineTask,
  centralQueue,
  leastCompletionTime,
  leastConnections,
  type Outcome,
  type Policy,
  peakEwma,
  powerOfTwoChoices,
  random,
  roundRobin,
  type Server,
  shortestExpectedQueue,
  simulateBaseline,
  waitsOf,
  weightedRoundRobin
} from "../../../../actors/simulation/baselines/index.ts"
import { speedOn } from "../../../../actors/simulation/baselines/server.ts"
import { mean } from "../../../../src/statistics/index.ts"
import { chanceFrom, equalServers, poissonTasks, task, world } from "./worlds.ts"

const policies: ReadonlyArray<Policy> = [
  roundRobin,
  weightedRoundRobin,
  random,
  leastConnections(),
  leastConnections({ ties: "random" }),
  powerOfTwoChoices,
  peakEwma(),
  peakEwma({ picking: "full scan" }),
  peakEwma({ picking: "full scan", ties: "random" }),
  shortestExpectedQueue(),
  shortestExpectedQueue({ ties: "random" }),
  leastCompletionTime,
  centralQueue(),
  centralQueue({ prefers: "lowest index" })
]

const canRun = (servers: ReadonlyArray<Server>, server: number, { type, eligible }: BaselineTask): boolean => {
  const at = servers[server]
  return at !== undefined && speedOn(at, type) > 0 && (eligible?.includes(server) ?? true)
}

/** The work a server does between two moments, summed over stretches so short that no phase changes within one. */
const workBetween = (server: Server, type: string, from: number, until: number): number => {
  const edges = [from, until, ...(server.slow ?? []).flatMap((phase) => [phase.from, phase.until])]
    .filter((edge) => edge >= from && edge <= until)
    .sort((a, b) => a - b)
  return edges.slice(1).reduce((sum, edge, index) => {
    const start = edges[index] ?? 0
    const middle = (start + edge) / 2
    const factors = (server.slow ?? []).filter((phase) => phase.from <= middle && middle < phase.until)
    return sum + (edge - start) * factors.reduce((product, { factor }) => product * factor, speedOn(server, type))
  }, 0)
}

/** How many slots of a server are taken by other tasks at a moment, those that end at it left out. */
const takenAt = (outcome: Outcome, server: number, moment: number): number =>
  outcome.servers.reduce(
    (count, at, other) =>
      at === server && (outcome.starts[other] ?? 0) <= moment && (outcome.ends[other] ?? 0) > moment
        ? count + 1
        : count,
    0
  )

describe.each(policies.map((policy) => ({ policy, name: policy.name })))("$name", ({ policy }) => {
  it("runs each task once, after its arrival, on a server able to, for as long as its work takes there", () => {
    fc.assert(
      fc.property(world, fc.nat(), ({ servers, tasks }, seed) => {
        const outcome = simulateBaseline(policy, servers, tasks, chanceFrom(seed))
        const busy = servers.map(() => 0)
        tasks.forEach((each, index) => {
          const at = outcome.servers[index] ?? -1
          const server = servers[at]
          const start = outcome.starts[index] ?? Number.NaN
          const end = outcome.ends[index] ?? Number.NaN
          if (server === undefined) {
            expect(servers.some((_, other) => canRun(servers, other, each))).toBe(false)
            expect([start, end]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY])
            return
          }
          expect(canRun(servers, at, each)).toBe(true)
          expect(start).toBeGreaterThanOrEqual(each.at)
          expect(workBetween(server, each.type, start, end)).toBeCloseTo(each.work, 9)
          expect(takenAt(outcome, at, start)).toBeLessThanOrEqual(server.slots)
          busy[at] = (busy[at] ?? 0) + end - start
        })
        for (const [server, ms] of busy.entries()) expect(outcome.busy[server]).toBeCloseTo(ms, 9)
        expect(outcome.makespan).toBe(Math.max(0, ...outcome.ends))
      }),
      { seed: 11, numRuns: 60 }
    )
  })

  it("never lets a later task overtake an earlier one in the same queue", () => {
    fc.assert(
      fc.property(world, fc.nat(), ({ servers, tasks }, seed) => {
        const { servers: chosen, starts } = simulateBaseline(policy, servers, tasks, chanceFrom(seed))
        const last = new Map<string, number>()
        tasks.forEach((each, index) => {
          const queue = policy.queue === "pinned" ? `${chosen[index]}` : `${each.type} ${each.eligible?.toSorted()}`
          const start = starts[index] ?? 0
          expect(start).toBeGreaterThanOrEqual(last.get(queue) ?? 0)
          last.set(queue, start)
        })
      }),
      { seed: 12, numRuns: 60 }
    )
  })

  it("gives the same outcome for the same chance", () => {
    const tasks = poissonTasks(500, 0.03, (chance) => 200 * chance(), chanceFrom(5))
    const run = (): Outcome => simulateBaseline(policy, equalServers(4), tasks, chanceFrom(6))
    expect(run()).toEqual(run())
  })

  it("does nothing for no tasks", () => {
    expect(simulateBaseline(policy, equalServers(2), [], chanceFrom(1))).toMatchObject({ makespan: 0 })
  })
})

describe.each([{ prefers: "fastest" as const }, { prefers: "lowest index" as const }])(
  "a central queue that prefers the $prefers",
  ({ prefers }) => {
    it("lets no task wait while a server able to run it has a free slot, and serves the oldest first", () => {
      fc.assert(
        fc.property(world, ({ servers, tasks }) => {
          const outcome = simulateBaseline(centralQueue({ prefers }), servers, tasks, () => 0)
          const moments = [...new Set([...tasks.map(({ at }) => at), ...outcome.ends])].filter(Number.isFinite)
          for (const moment of moments) {
            servers.forEach((server, at) => {
              if (takenAt(outcome, at, moment) >= server.slots) return
              tasks.forEach((each, index) => {
                if (each.at <= moment && canRun(servers, at, each)) {
                  expect(outcome.starts[index]).toBeLessThanOrEqual(moment)
                }
              })
            })
          }
          tasks.forEach((each, index) => {
            const server = outcome.servers[index] ?? -1
            for (let older = 0; older < index; older += 1) {
              const other = tasks[older]
              if (other !== undefined && canRun(servers, server, other)) {
                expect(outcome.starts[older]).toBeLessThanOrEqual(outcome.starts[index] ?? 0)
              }
            }
            expect(each.at).toBeLessThanOrEqual(outcome.starts[index] ?? 0)
          })
        }),
        { seed: 13, numRuns: 150 }
      )
    })
  }
)

describe("a central queue", () => {
  const unequal: ReadonlyArray<Server> = [1, 4, 2].map((speed) => ({ id: `x${speed}`, speed, slots: 1 }))

  it("gives a task to the fastest free server, or to the first one when told so", () => {
    const tasks = [task(0, 8), task(0, 8), task(0, 8)]
    expect([...simulateBaseline(centralQueue(), unequal, tasks, () => 0).servers]).toEqual([1, 2, 0])
    const first = centralQueue({ prefers: "lowest index" })
    expect([...simulateBaseline(first, unequal, tasks, () => 0).servers]).toEqual([0, 1, 2])
  })

  it("gives the oldest task the fastest of servers that fall free at the same moment", () => {
    const tasks = [task(0, 16), task(0, 8), task(0, 4), task(1, 4), task(1, 4)]
    const outcome = simulateBaseline(centralQueue(), unequal, tasks, () => 0)
    expect([...outcome.servers]).toEqual([1, 2, 0, 1, 2])
    expect([...outcome.starts]).toEqual([0, 0, 0, 4, 4])
  })

  it("waits no longer in the mean than any queues of equal servers that pin tasks without knowing their sizes", () => {
    const servers = equalServers(8)
    const tasks = poissonTasks(20_000, 0.8 * 8, (chance) => -Math.log1p(-chance()), chanceFrom(21))
    const central = mean(
      waitsOf(
        tasks,
        simulateBaseline(centralQueue(), servers, tasks, () => 0)
      )
    )
    for (const policy of policies) {
      if (policy.queue === "central" || policy === leastCompletionTime) continue
      expect(mean(waitsOf(tasks, simulateBaseline(policy, servers, tasks, chanceFrom(22))))).toBeGreaterThan(central)
    }
  })
})

describe("what cannot be simulated", () => {
  const run = (servers: ReadonlyArray<Server>, tasks: ReadonlyArray<BaselineTask>) => () =>
    simulateBaseline(roundRobin, servers, tasks, () => 0)
  const [server = { id: "s0", speed: 1, slots: 1 }] = equalServers(1)

  it.each([
    ["tasks out of order", [server], [task(5, 1), task(4, 1)]],
    ["a task that never arrives", [server], [task(Number.POSITIVE_INFINITY, 1)]],
    ["negative work", [server], [task(0, -1)]],
    ["work that is no number", [server], [task(0, Number.NaN)]],
    ["a server without slots", [{ ...server, slots: 0 }], []],
    ["half a slot", [{ ...server, slots: 1.5 }], []],
    ["a negative speed", [{ ...server, speed: -1 }], []],
    ["a speed that is no number", [{ ...server, speed: { work: Number.NaN } }], []],
    ["a phase in which time would stand", [{ ...server, slow: [{ from: 0, until: 1, factor: Infinity }] }], []],
    ["a phase that goes backwards", [{ ...server, slow: [{ from: 0, until: 1, factor: -1 }] }], []],
    ["a negative fixed time", [{ ...server, fixed: [{ from: 0, until: 1, ms: -1 }] }], []]
  ] satisfies ReadonlyArray<[string, ReadonlyArray<Server>, ReadonlyArray<BaselineTask>]>)(
    "%s",
    (_, servers, tasks) => {
      expect(run(servers, tasks)).toThrow(RangeError)
    }
  )
})
