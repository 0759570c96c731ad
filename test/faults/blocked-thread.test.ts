import { describe, expect, it } from "vitest"
import { cellsOf, failureOf, open } from "../actors/given.ts"
import { measured, startParts, tireless } from "./given.ts"
import { nextOf, running } from "./watching.ts"

const seconds = 6
const worker = { id: "w1", capacity: { concurrent: 2 }, restart: tireless }

describe("a thread that blocks in native code, where nothing can end it", () => {
  it("is given up after the end timeout: its tasks settle or go on elsewhere, its worker has a new thread", async () => {
    await using parts = await startParts({
      workers: [worker],
      options: { grace: 20 },
      driver: { endTimeout: 200 }
    })
    const { submitter, runtime } = parts
    const cells = cellsOf()
    const neighbour = submitter.submit("hold", { cells }, { maxCrashes: 1 }, true)
    await running(parts, neighbour.id)
    const exited = nextOf(parts, "WorkerExited")
    const begun = performance.now()
    const blocked = submitter.submit("blocksNatively", { seconds }, { timeout: 50 }, true)
    expect(await failureOf(blocked.result)).toMatchObject({ _tag: "TaskTimeout" })
    measured("thread blocked in native code", "past timeout, grace and end timeout", performance.now() - begun - 270)
    expect(await exited).toMatchObject({ reason: "terminated", error: { message: expect.stringContaining("native") } })
    open(cells)
    expect(await neighbour.result).toBe("w1")
    expect(await submitter.submit("add", { a: 1, b: 1 }, undefined, true).result).toBe(2)
    expect(runtime.ledger.worker("w1")?.slots).toBe(0)
  })

  it("does not keep the runtime from stopping", async () => {
    const parts = await startParts({ workers: [worker], driver: { endTimeout: 100 } })
    const blocked = parts.submitter.submit("blocksNatively", { seconds }, undefined, true)
    await nextOf(parts, "TaskPlaced")
    await new Promise((resolve) => setImmediate(resolve))
    await parts[Symbol.asyncDispose]()
    expect(await failureOf(blocked.result)).toMatchObject({ _tag: "ShuttingDown" })
  })
})
