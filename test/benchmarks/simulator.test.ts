import { describe, expect, it } from "vitest"
import { simulator } from "../../benchmarks/simulator/simulator.ts"

describe("the benchmark of the simulator, in its quick form", () => {
  it("completes every task on a thousand workers, and says what an event costs", { timeout: 120_000 }, async () => {
    const { measured, targets } = await simulator.run({ quick: true, peers: ".", onProgress: () => {} })
    expect(measured.map(({ row }) => row)).toEqual([
      "a million tasks, open",
      "events a second, open",
      "an event, open",
      "a million tasks, closed",
      "events a second, closed",
      "an event, closed"
    ])
    for (const { rounds } of measured) expect(rounds.get("ballast")?.[0]).toBeGreaterThan(0)
    expect(targets).toHaveLength(2)
  })
})
