import { describe, expect, it } from "vitest"
import { presets } from "../../actors/index.ts"
import { start } from "./given.ts"

describe("the preset of seven components, running", () => {
  it("has its workers up, and runs each of its types of work", async () => {
    const { options, workloads } = presets.arbitrage
    await using ballast = await start({ ...options })
    expect(ballast.workers.list().map(({ id, slots }) => [id, slots])).toEqual(
      options.workers.map(({ id, capacity }) => [id, capacity.concurrent])
    )
    const places = await Promise.all(
      Object.values(workloads).map((workload) => ballast.run("where", undefined, workload))
    )
    expect(places).toHaveLength(8)
    const ids: ReadonlyArray<string> = options.workers.map(({ id }) => id)
    for (const { workerId } of places) expect(ids).toContain(workerId)
  })
})
