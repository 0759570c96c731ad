import { describe, expect, it } from "vitest"
import { start } from "./given.ts"

const workers = ["w1", "w2", "w3"].map((id) => ({ id, capacity: { concurrent: 4 } }))

describe("what a task wishes for, in a runtime as it comes", () => {
  it("keeps tasks of one sticky key on one worker", async () => {
    await using ballast = await start({ workers, strategy: "round_robin" })
    const ids = new Set<string>()
    for (let run = 0; run < 6; run += 1) {
      const { workerId } = await ballast.run("where", undefined, { stickyKey: "session" })
      await ballast.run("where", undefined)
      ids.add(workerId)
    }
    expect(ids.size).toBe(1)
  })

  it("sends one that names workers to the first of them", async () => {
    await using ballast = await start({ workers })
    for (const id of ["w3", "w2", "w1", "w3"]) {
      expect(await ballast.run("where", undefined, { preferredWorkers: [id] })).toMatchObject({ workerId: id })
    }
  })

  it("lets keys go where that is switched off", async () => {
    await using ballast = await start({ workers, strategy: "round_robin", sticky: false })
    const ids = new Set<string>()
    for (let run = 0; run < 3; run += 1) {
      ids.add((await ballast.run("where", undefined, { stickyKey: "session" })).workerId)
    }
    expect(ids.size).toBe(3)
  })
})
