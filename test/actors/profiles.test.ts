import { describe, expect, it } from "vitest"
import { Simulation } from "../../actors/simulation/index.ts"
import { Submitter } from "../../actors/submitter.ts"
import { toSettings, toWorkerSpec, type WorkerDefinition } from "../../src/config/index.ts"
import type { PlacementView, Strategy } from "../../src/placement/index.ts"
import { openMetrics } from "../../src/storage/index.ts"
import { runsOf } from "./simulated.ts"

const machine = { cores: 4, memoryGiB: 8, storageGiB: 10, hostname: "host", nodeVersion: "24.0.0" }

const pool: Readonly<Record<string, { readonly speed: number; readonly definition: WorkerDefinition }>> = {
  plain: { speed: 1, definition: {} },
  card: { speed: 12, definition: { capabilities: { hardware: "cuda" }, capacity: { accelerators: { cuda: 2 } } } },
  own: { speed: 1, definition: { capabilities: { hardware: "npu" }, dutyCycle: 0.5 } }
}

/** Takes turns, and keeps what it was shown last. */
const watching = () => {
  let view: PlacementView | undefined
  const strategy: Strategy = {
    id: "watching",
    pick: (task, candidates, shown) => {
      view = shown
      const turn = Number(task.id.slice(1)) % Math.max(1, candidates.length)
      return candidates[turn]?.spec.id ?? ""
    }
  }
  return { strategy, profiles: () => view?.profiles }
}

const running = async (tasks: number) => {
  const { strategy, profiles } = watching()
  const hardware = { npu: { performance: 4, idleWatts: 2, peakWatts: 10 } }
  const simulation = await Simulation.start({
    seed: 1,
    settings: toSettings({ hardware }),
    strategy,
    store: openMetrics(),
    world: runsOf(100)
  })
  const { runtime, time, driver } = simulation
  for (const [id, { speed, definition }] of Object.entries(pool)) {
    driver.describe(id, { speed })
    time.fork(runtime.workforce.spawn(toWorkerSpec(definition, id, machine, 1)))
  }
  await simulation.runUntil(
    () => [...runtime.ledger.workers.values()].filter(({ phase }) => phase === "up").length === 3,
    10_000
  )
  const submitter = new Submitter(runtime)
  for (let task = 0; task < tasks; task += 1) {
    submitter.submit("work", null, { id: `t${task}`, expectedDuration: 60 }, true)
  }
  await simulation.runUntil(() => runtime.ledger.counts.completed === tasks, 1_000_000)
  return { runtime, profiles }
}

describe("hardware profiles in a runtime", () => {
  it("are what strategies see, as known and as the caller knows better, with the power of the worker", async () => {
    const { runtime, profiles } = await running(1)
    const seen = profiles()
    expect(seen?.of("plain")).toMatchObject({ kind: "cpu", performance: 1, energyEfficiency: 0.7 })
    expect(seen?.of("card").power.peakWatts).toBe(600)
    expect(seen?.of("own")).toMatchObject({ kind: "npu", performance: 4, power: { idleWatts: 2, peakWatts: 10 } })
    expect(seen?.of("card")).toBe(runtime.profiles.of("card"))
  })

  it("move with the speeds that runs show", async () => {
    const { runtime } = await running(600)
    const { performance } = runtime.profiles.of("card")
    expect(performance).toBeGreaterThan(5)
    expect(performance).toBeLessThan(14)
    // It was said to be four times as fast as a CPU, and is no faster.
    expect(runtime.profiles.of("own").performance).toBeLessThan(3)
    expect(runtime.profiles.of("plain").performance).toBeCloseTo(1, 9)
  })
})
