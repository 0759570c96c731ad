import { describe, expect, it } from "vitest"
import { doneIn } from "../../../actors/simulation/threads/run-plan.ts"
import { crowdedWorld } from "./given.ts"

const minute = 60_000

describe("dimensions of their own (G14)", () => {
  it("a task goes on where there is memory, though compute is even, and the sample tells how far apart they lay", async () => {
    // Each has as many cores as tasks, so that compute is no reason.
    const traits = { w1: { cores: 4 }, w2: { cores: 4 } }
    const world = await crowdedWorld({ workers: 2, capacity: { concurrent: 4, memory: 10 }, traits })
    const { simulation, runtime, of, serve, finish, leftOver } = world
    for (let count = 0; count < 3; count += 1) serve(minute, { requires: { memory: 3 } })
    expect(await simulation.runUntil(() => of("MigrationReleased").length > 0, minute)).toBe(true)
    const [chosen] = of("MigrationChosen")
    expect(chosen).toMatchObject({ source: "w1", target: "w2" })
    expect(chosen?.explanation).toContain("memory of the workers lies 90 % apart")
    expect(Math.max(...of("LoadSampled").map(({ gaps }) => gaps.memory ?? 0))).toBeCloseTo(0.9)
    const [released] = of("MigrationReleased")
    const { taskId } = released ?? {}
    const before = of("TaskCheckpointed").length
    const savedOn = () =>
      of("TaskCheckpointed")
        .slice(before)
        .find((saved) => saved.taskId === taskId)
    expect(await simulation.runUntil(() => savedOn() !== undefined, minute)).toBe(true)
    expect(runtime.ledger.task(taskId ?? "")?.assignment).toMatchObject({ workerId: "w2", epoch: savedOn()?.epoch })
    expect(doneIn(savedOn()?.state)).toBe(doneIn(released?.state) + 1)
    expect(await finish()).toBe(true)
    expect(leftOver()).toEqual([])
  })
})
