import { describe, expect, it } from "vitest"
import type { BallastEvent } from "../../../../actors/index.ts"
import { type SimulationDefinition, simulate } from "../../../../actors/testing.ts"

/** Two workers that declare the same and are not, whose tasks share a core each, with work for three quarters of what they can do. */
const world: SimulationDefinition = {
  workers: [
    { id: "fast", speed: 3, cores: 1, capacity: { concurrent: 8 } },
    { id: "slow", cores: 1, capacity: { concurrent: 8 } }
  ],
  workload: {
    arrivals: { type: "poisson", perSecond: 30, tasks: 30_000 },
    kinds: [{ work: { type: "exponential", mean: 100 } }]
  },
  strategy: "weighted_round_robin"
}

const adjustments = async (definition: SimulationDefinition) => {
  const seen: Array<Extract<BallastEvent, { readonly _tag: "WeightAdjusted" }>> = []
  const outcome = await simulate({
    ...definition,
    onEvent: (event) => {
      if (event._tag === "WeightAdjusted") seen.push(event)
    }
  })
  return { seen, outcome }
}

describe("the weights of workers", () => {
  it("go to the ratio of the true speeds, one step a minute, and work is spread by them", async () => {
    const { seen, outcome } = await adjustments(world)
    const last = new Map(seen.map(({ workerId, to }) => [workerId, to]))
    const [fast = 0, slow = 1] = [last.get("fast"), last.get("slow")]
    expect(fast / slow).toBeGreaterThan(3 / 1.25)
    expect(fast / slow).toBeLessThan(3 * 1.25)
    for (const { from, to } of seen) expect(Math.abs(to - from)).toBeLessThanOrEqual(0.1 + 1e-9)
    for (const id of ["fast", "slow"]) {
      const own = seen.filter(({ workerId }) => workerId === id)
      for (const [index, { at }] of own.entries()) {
        expect(at - (own[index - 1]?.at ?? 0)).toBeGreaterThan(59_990)
      }
    }
    const off = { ...world, options: { adaptation: { features: { learnedWeights: false } } } }
    const without = await adjustments(off)
    expect(without.seen).toEqual([])
    expect(outcome.sojourn.mean).toBeLessThan(without.outcome.sojourn.mean)
  })

  it("are shown by the list of workers, and stay as they are when their keeper fails and is started anew", async () => {
    const lists: Array<Readonly<Record<string, number>>> = []
    let crashes = 0
    await simulate({
      ...world,
      watch: {
        every: 30_000,
        look: ({ simulation: { runtime } }) => {
          const { workers } = runtime.statistics.read(0, 0)
          lists.push(Object.fromEntries(workers.map(({ id, weight }) => [id, weight])))
          if (lists.length % 4 !== 0) return
          crashes += 1
          runtime.system.find("ballast/adaptation/weight-keeper")?.cell.instance?.fail(new Error("it fails"))
        }
      }
    })
    expect(crashes).toBeGreaterThan(5)
    const [first = {}] = lists
    const last = lists.at(-1) ?? {}
    expect(first).toEqual({ fast: 1, slow: 1 })
    expect(last.fast).toBeGreaterThan(1.3)
    expect((last.fast ?? 0) + (last.slow ?? 0)).toBeGreaterThan(1.8)
    for (const [index, list] of lists.entries()) {
      expect(list.fast).toBeGreaterThanOrEqual((lists[index - 1]?.fast ?? 1) - 0.1 - 1e-9)
    }
  })
})
