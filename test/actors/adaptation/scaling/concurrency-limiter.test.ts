import { describe, expect, it } from "vitest"
import { type SimulationDefinition, simulate } from "../../../../actors/simulation/index.ts"

type World = Pick<SimulationDefinition, "workers"> & { readonly ms?: number; readonly tasks?: number }

const run = async ({ workers, ms = 100, tasks = 6_000 }: World, concurrency: boolean) => {
  const limits: Array<number> = []
  const { ends, makespan } = await simulate({
    seed: 5,
    workers,
    options: { maxQueue: 10_000, adaptation: { concurrency } },
    workload: {
      arrivals: { type: "closed", clients: 48, tasks },
      kinds: [{ work: { type: "lognormal", mean: ms, sigma: 0.3 } }]
    },
    onEvent: (event) => {
      if (event._tag === "WorkerLimited") limits.push(event.slots)
    }
  })
  expect(ends.completed).toBe(tasks)
  return { limits, perSecond: (1_000 * tasks) / makespan }
}

const crowded = [{ count: 2, capacity: { concurrent: 16 }, cores: 4, contention: 0.05 }]

describe("adaptive concurrency", () => {
  it("does a third more where crowding costs throughput", async () => {
    const as = await run({ workers: crowded }, false)
    const adapted = await run({ workers: crowded }, true)
    expect(as.limits).toEqual([])
    expect(adapted.perSecond).toBeGreaterThan(1.33 * as.perSecond)
    expect(adapted.limits.at(-1)).toBeLessThanOrEqual(6)
  })

  it("costs little where tasks only wait", async () => {
    const waits = [{ count: 2, capacity: { concurrent: 16 } }]
    const as = await run({ workers: waits }, false)
    expect((await run({ workers: waits }, true)).perSecond).toBeGreaterThan(0.95 * as.perSecond)
  })

  it("has nothing to adapt at workers of one slot, and leaves short runs alone, which are sent ahead", async () => {
    expect((await run({ workers: 4 }, true)).limits).toEqual([])
    expect((await run({ workers: crowded, ms: 1 }, true)).limits).toEqual([])
  })
})
