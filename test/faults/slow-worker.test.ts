import { describe, expect, it } from "vitest"
import { cellsOf } from "../actors/given.ts"
import { startFaulty } from "./given.ts"

const workers = ["slow", "b", "c"].map((id) => ({ id }))

/** Runs so many tasks, so many at once, and counts what each worker did of the second half. */
const shares = async (strategy: string, tasks: number, concurrency: number) => {
  await using ballast = await startFaulty({ workers, strategy })
  const cells = cellsOf()
  const inputs = Array.from({ length: tasks }, () => ({ slow: "slow", cells }))
  const places = await ballast.map("paced", inputs, { concurrency })
  const half = places.slice(tasks / 2)
  const slow = half.filter((place) => place === "slow").length
  return { slow, healthy: half.length - slow }
}

describe("a worker ten times as slow as the others", () => {
  it("under full load gets no more than a fifth of what they get: work shifts away", async () => {
    const { slow, healthy } = await shares("least_connections", 400, 60)
    expect(slow).toBeGreaterThan(0)
    expect(slow * 5).toBeLessThanOrEqual(healthy)
  })

  it("with room to spare is passed over by a strategy that goes by performance", async () => {
    const { slow, healthy } = await shares("performance_based", 200, 2)
    expect(slow * 5).toBeLessThanOrEqual(healthy)
  })
})
