import { describe, expect, it } from "vitest"
import { centralQueue, simulateBaseline } from "../../../../actors/simulation/baselines/index.ts"
import { type Look, simulate } from "../../../../actors/simulation/index.ts"
import { materialWorld } from "../../../../actors/simulation/scenarios/material-world.ts"
import { modelled } from "../../../../actors/simulation/scenarios/measurement.ts"
import { modelSights } from "../../../../actors/simulation/scenarios/model-sights.ts"

const every = 1_000

describe("looks at a queueing model", () => {
  it("count what has been done until then, of runs in progress too", () => {
    const servers = [{ id: "fast", speed: 2, slots: 1 }]
    const tasks = [
      { at: 500, work: 3_000, type: "work" },
      { at: 500, work: 1_000, type: "work" }
    ]
    const outcome = simulateBaseline(centralQueue(), servers, tasks, () => 0.5)
    const sights = modelSights(tasks, servers, outcome, every)
    expect(sights.map(({ now }) => now)).toEqual([0, 1_000, 2_000, 3_000])
    expect(sights.map(({ workers: [fast] }) => fast?.busyMs)).toEqual([0, 500, 1_500, 2_000])
    expect(sights.map(({ workers: [fast] }) => fast?.workMs)).toEqual([0, 1_000, 3_000, 4_000])
  })

  it("end with the last task that ends: one that never does keeps its server busy, and nothing comes of it", () => {
    const servers = [
      { id: "stuck", speed: 1, slots: 1, slow: [{ from: 500, until: Number.POSITIVE_INFINITY, factor: 0 }] },
      { id: "other", speed: 1, slots: 1 }
    ]
    const tasks = [0, 0].map((at) => ({ at, work: 1_500, type: "work" }))
    const outcome = simulateBaseline(centralQueue(), servers, tasks, () => 0.5)
    const sights = modelSights(tasks, servers, outcome, every)
    expect(sights.map(({ now }) => now)).toEqual([0, 1_000, 2_000])
    expect(sights.map(({ workers }) => workers.map(({ busyMs }) => busyMs))).toEqual([
      [0, 0],
      [1_000, 1_000],
      [2_000, 1_500]
    ])
    expect(sights.at(-1)?.workers.map(({ workMs }) => workMs)).toEqual([0, 1_500])
    expect(modelled(tasks, servers, outcome, every)).toMatchObject({ makespan: 1_500, tasks: 2 })
  })

  it("see what looks at the runtime see where there is nothing to choose", async () => {
    const world = {
      workers: [{ id: "only", speed: 1.5, capacity: { concurrent: 4 } }],
      workload: {
        arrivals: { type: "poisson", perSecond: 3, tasks: 200 },
        kinds: [{ work: { type: "lognormal", mean: 1_500, sigma: 1 }, checkpointEvery: 700 }]
      }
    } as const
    const seen: Array<Look> = []
    await simulate({ ...world, seed: 5, watch: { every, look: (look) => seen.push(look) } })
    const { tasks, servers } = materialWorld(world, 5)
    const outcome = simulateBaseline(centralQueue(), servers, tasks, () => 0.5)
    const sights = modelSights(tasks, servers, outcome, every)
    expect(seen.length).toBeGreaterThan(50)
    for (const [index, { now, workers }] of seen.entries()) {
      expect(sights[index]?.now).toBe(now)
      expect(workers[0]?.busyMs).toBeCloseTo(sights[index]?.workers[0]?.busyMs ?? Number.NaN, 3)
      expect(workers[0]?.workMs).toBeCloseTo(sights[index]?.workers[0]?.workMs ?? Number.NaN, 3)
    }
  })
})
