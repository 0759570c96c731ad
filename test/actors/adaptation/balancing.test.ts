import { describe, expect, it } from "vitest"
import { type SimulationDefinition, simulate } from "../../../actors/testing.ts"
import type { Strategy } from "../../../src/placement/index.ts"
import { crowdedWorld } from "./given.ts"

const minute = 60_000

/** Workers with seven tenths of what they can do, tasks that save their state and can be moved. */
const steady = (given: {
  readonly slots: number
  readonly cores: number
  readonly mean: number
  readonly declared?: { readonly error: number }
}): SimulationDefinition => ({
  seed: 5,
  workers: Array.from({ length: 10 }, (_, index) => ({
    id: `w${index}`,
    cores: given.cores,
    capacity: { concurrent: given.slots }
  })),
  workload: {
    arrivals: { type: "poisson", perSecond: (7_000 * given.cores) / given.mean, tasks: 1_500 },
    kinds: [
      {
        work: { type: "exponential", mean: given.mean },
        checkpointEvery: given.mean / 20,
        stateBytes: 2 ** 20,
        ...(given.declared && { declared: given.declared })
      }
    ]
  },
  world: { bandwidth: 200_000 }
})

const movesIn = async (definition: SimulationDefinition) => {
  let moves = 0
  const outcome = await simulate({
    ...definition,
    onEvent: (event) => {
      if (event._tag === "MigrationChosen" && event.at > 2 * minute) moves += 1
    }
  })
  expect(outcome.ends.completed).toBe(1_500)
  return moves
}

describe("in a steady state", () => {
  it.each([
    ["workers of one slot and short tasks", { slots: 1, cores: 1, mean: 1_000 }],
    ["workers of one slot and long tasks", { slots: 1, cores: 1, mean: minute }],
    ["long tasks that declare how long they take", { slots: 1, cores: 1, mean: minute, declared: { error: 0.3 } }],
    ["workers of several slots whose tasks do not slow each other down", { slots: 4, cores: 4, mean: minute }]
  ])("nothing moves: %s", async (_, given) => {
    expect(await movesIn(steady(given))).toBe(0)
  })
})

/** The first to come goes to `w2`, all others to `w1`. */
const lopsided: Strategy = { id: "lopsided", pick: ({ id }) => (id === "t1" ? "w2" : "w1") }

/** `w2` is done after 5 s, `w1` has work for minutes. */
const untilIdle = async (features: { readonly workStealing?: boolean; readonly taskMigration?: boolean } = {}) => {
  const options = { adaptation: { checkInterval: "10 minutes", features } } as const
  const world = await crowdedWorld({ options, workers: 2, strategy: lopsided })
  world.submit(1, 5_000)
  world.submit(6, minute)
  expect(await world.finish()).toBe(true)
  expect(world.leftOver()).toEqual([])
  const idleAt = world.of("TaskCompleted").find(({ taskId }) => taskId === "t1")?.at ?? 0
  return { moves: world.of("MigrationChosen").map((move) => ({ ...move, after: move.at - idleAt })), world }
}

describe("where costs and benefits count", () => {
  it.each([true, false])(
    "a lone task among equals stays, and goes to and fro where they do not: %s (G13)",
    async (weigh) => {
      const options = { adaptation: { features: { costBenefitAnalysis: weigh } } }
      const { submit, finish, of, leftOver } = await crowdedWorld({ options, workers: 2 })
      submit(1, minute)
      expect(await finish()).toBe(true)
      expect(of("MigrationChosen").length > 0).toBe(!weigh)
      expect(leftOver()).toEqual([])
    }
  )
})

describe("a worker that has run out of work", () => {
  it("takes running tasks of a crowded one at once, long before the next check, as long as that pays", async () => {
    const { moves } = await untilIdle()
    expect(moves.length).toBeGreaterThanOrEqual(2)
    expect(moves[0]).toMatchObject({ source: "w1", target: "w2" })
    expect(moves[0]?.after).toBeLessThan(1_000)
    for (const { benefitSeconds, costSeconds } of moves) expect(benefitSeconds).toBeGreaterThan(costSeconds + 1)
  })

  it("is named in what explains each task that it took, with the reason and its figures", async () => {
    const { moves, world } = await untilIdle()
    for (const { taskId, explanation } of moves) {
      expect(world.runtime.explain(taskId).split("\n")).toContain(`Moved: ${explanation}.`)
    }
    expect(world.runtime.explain("t1")).not.toContain("Moved")
  })

  it.each([{ workStealing: false }, { taskMigration: false }])("takes nothing by itself with %o", async (features) => {
    const { moves } = await untilIdle(features)
    expect(moves).toEqual([])
  })

  it("takes nothing while the others are not crowded", async () => {
    const options = { adaptation: { checkInterval: "10 minutes" } } as const
    const { submit, finish, of } = await crowdedWorld({ options, workers: 2, strategy: lopsided })
    submit(1, 5_000)
    submit(1, minute)
    expect(await finish()).toBe(true)
    expect(of("MigrationChosen")).toEqual([])
  })
})

describe("tasks that wait for the worker they are at home on", () => {
  /** All are at home on `w1`, which runs one at a time, and would wait for it for two minutes. */
  const homely: Strategy = {
    id: "homely",
    pick: (_task, [first]) => first?.spec.id ?? "",
    waitFor: (_task, { workers }, now, since) => {
      const home = workers.find(({ spec }) => spec.id === "w1")
      if (home === undefined || home.slots === 0 || now >= since + 2 * minute) return undefined
      return { workerId: "w1", until: since + 2 * minute }
    }
  }
  const given = async (workStealing: boolean) => {
    const definition: SimulationDefinition = {
      strategy: homely,
      workers: [
        { id: "w1", capacity: { concurrent: 1 } },
        { id: "w2", capacity: { concurrent: 1 } }
      ],
      workload: {
        arrivals: { type: "batch", tasks: 8 },
        kinds: [{ work: { type: "constant", ms: minute }, declared: { error: 0 } }]
      },
      options: { adaptation: { features: { workStealing } } }
    }
    const placed: Array<{ readonly at: number; readonly workerId: string }> = []
    await simulate({
      ...definition,
      onEvent: (event) => {
        if (event._tag === "TaskPlaced") placed.push({ at: event.at, workerId: event.reservation.workerId })
      }
    })
    return placed.filter(({ workerId }) => workerId === "w2").map(({ at }) => at)
  }

  it("go to an idle one where their turn at home would come later than home is worth to them", async () => {
    const [first = Number.POSITIVE_INFINITY, ...more] = await given(true)
    expect(first).toBeLessThan(minute)
    expect(more.length).toBeGreaterThan(0)
    const [without = 0] = await given(false)
    expect(without).toBeGreaterThanOrEqual(2 * minute)
  })
})
