import { describe, expect, it } from "vitest"
import { long, runsOf, simulated } from "./simulated.ts"

describe("a runtime that ends", () => {
  it("starts nothing anew of what its workers lose, while others of them still stand", async () => {
    // Each of them has room for what another loses.
    const { simulation, runtime, submit } = await simulated({
      slots: [8, 8, 8],
      world: { ...runsOf(long), latency: 5 }
    })
    for (let task = 0; task < 6; task += 1) await submit(`t${task}`)
    expect(runtime.ledger.counts).toMatchObject({ running: 6, queued: 0 })
    const after: Array<string> = []
    runtime.bus.subscribe(({ _tag }) => after.push(_tag))
    expect(await simulation.stop()).toBe(true)
    expect(after).toContain("TaskRequeued")
    expect(after).not.toContain("TaskPlaced")
  })
})
