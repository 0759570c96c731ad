import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type SimulationDefinition, simulate } from "../../../actors/simulation/index.ts"
import { BlockingScorePool } from "../../../src/execution/index.ts"
import { digestOf, roughWorld } from "./rough-world.ts"

const script = join(import.meta.dirname, "rough-world.ts")

/** Which task went to which worker in which order, by the order in which tasks arrived. */
const placements = async (definition: SimulationDefinition): Promise<ReadonlyArray<string>> => {
  const placed: Array<string> = []
  await simulate({
    ...definition,
    onEvent: (event) => {
      if (event._tag === "TaskPlaced") placed.push(`${event.taskId} on ${event.reservation.workerId}`)
    }
  })
  return placed
}

describe("the events of a simulation", () => {
  it("are the same to the byte in another process, and others with another seed", async () => {
    const here = await digestOf(roughWorld)
    expect(Number(here.split(" ")[0])).toBeGreaterThan(10_000)
    expect(execFileSync(process.execPath, [script], { encoding: "utf8" })).toBe(here)
    expect(await digestOf({ ...roughWorld, seed: 4 })).not.toBe(here)
  })

  it("are the same to the byte wherever batches are scored", async () => {
    const pool = await BlockingScorePool.open()
    try {
      expect(await digestOf({ ...roughWorld, runner: pool })).toBe(await digestOf(roughWorld))
      expect(pool.scored).toBeGreaterThan(100)
    } finally {
      await pool.close()
    }
  })

  it("are the same to the byte with turns in random order, as long as that follows from the same seed", async () => {
    const permuted = { ...roughWorld, permute: true }
    expect(await digestOf(permuted)).toBe(await digestOf(permuted))
  })
})

describe("the decisions of a simulated runtime", () => {
  const workers = [
    { id: "a", capacity: { concurrent: 2 } },
    { id: "b", speed: 2 },
    { id: "c", speed: 0.5, capacity: { concurrent: 3 } }
  ]
  const work = (mean: number) => [{ work: { type: "lognormal", mean, sigma: 1 } }] as const
  const world: SimulationDefinition = {
    seed: 5,
    workers,
    workload: { arrivals: { type: "poisson", perSecond: 20, tasks: 1_000 }, kinds: work(200) }
  }

  it("stay when all speeds and all work grow alike", async () => {
    const doubled: SimulationDefinition = {
      ...world,
      workers: workers.map(({ speed = 1, ...worker }) => ({ ...worker, speed: 4 * speed })),
      workload: { arrivals: { type: "poisson", perSecond: 20, tasks: 1_000 }, kinds: work(800) }
    }
    expect(await placements(doubled)).toEqual(await placements(world))
  })

  it("stay when all times grow alike, where none hangs on the whole milliseconds of timers", async () => {
    const alike = workers.map(({ speed: _, ...worker }) => worker)
    const options = (factor: number) => ({
      ageing: 30_000 * factor,
      heartbeatInterval: 1_000 * factor,
      healthInterval: 30_000 * factor,
      adaptation: { checkInterval: 30_000 * factor, predictionWindow: 3 * factor, performanceWindow: 5 * factor }
    })
    const slower: SimulationDefinition = {
      ...world,
      workers: alike,
      workload: { arrivals: { type: "poisson", perSecond: 5, tasks: 1_000 }, kinds: work(800) },
      options: options(4)
    }
    expect(await placements(slower)).toEqual(await placements({ ...world, workers: alike, options: options(1) }))
  })

  it("do not hang on what workers are called, nor on the order of their names", async () => {
    const inReverse = (id: string): string => ({ a: "z", b: "y", c: "x" })[id] ?? id
    const renamed: SimulationDefinition = {
      ...world,
      workers: workers.map((worker) => ({ ...worker, id: inReverse(worker.id) }))
    }
    const before = (await placements(world)).map((line) => line.replace(/\w$/, inReverse))
    expect(await placements(renamed)).toEqual(before)
  })
})
