import { describe, expect, it } from "vitest"
import { hotCold, peakEwma } from "../../../src/placement/index.ts"
import { taskSpec, workerSpec } from "../pool.ts"
import { ScoredWorld } from "./scored-world.ts"

describe("what a strategy has learned of a worker", () => {
  it.each([
    ["hot_cold", hotCold],
    ["peak_ewma", peakEwma]
  ])("%s: says nothing of another worker that joins under the id of one that has left", (_, make) => {
    const world = new ScoredWorld(make())
    for (const id of ["w0", "w1"]) world.addSpec(workerSpec(id))
    const submit = () => world.submit(world.task((id) => taskSpec(id)))
    expect(new Set([submit(), submit()]).size).toBe(2)
    world.endAll("w0", 1_000)
    world.endAll("w1", 10)
    expect(submit()).toBe("w1")
    world.endAll("w1", 10)
    world.leave(0)
    world.addSpec(workerSpec("w0"))
    expect(submit()).toBe("w0")
  })
})
