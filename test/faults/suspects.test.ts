import { expect, it } from "vitest"
import { cellsOf, failureOf, open } from "../actors/given.ts"
import { startFaulty, tireless } from "./given.ts"
import { countOf, nextOf, recordOf, running } from "./watching.ts"

const workers = [
  { id: "w", capacity: { concurrent: 8 }, resourceLimits: { maxOldGenerationSizeMb: 32 }, restart: tireless }
]

it.each([1, 2])(
  "of eight tasks on a worker that runs out of memory the seven innocent complete, and one is found guilty (maxCrashes %i)",
  async (maxCrashes) => {
    await using ballast = await startFaulty({ workers })
    const events = recordOf(ballast)
    const cells = cellsOf()
    // A single crash would be the end of any of them.
    const innocent = Array.from({ length: 7 }, () => ballast.submit("hold", { cells }, { maxCrashes: 1 }))
    await Promise.all(innocent.map(({ id }) => running(ballast, id)))
    const exited = nextOf(ballast, "WorkerExited")
    const poison = ballast.submit("eatsItsHeap", {}, { maxCrashes })
    const late = Array.from({ length: 50 }, (_, a) => ballast.run("add", { a, b: 0 }, { maxCrashes: 1 }))
    await exited
    open(cells)
    expect(await Promise.all(innocent.map(({ result }) => result))).toEqual(Array.from({ length: 7 }, () => "w"))
    expect(await failureOf(poison.result)).toMatchObject({
      _tag: "WorkerOutOfMemory",
      crashes: Array.from({ length: maxCrashes }, () => ({ workerId: "w", reason: "out-of-memory" }))
    })
    expect(await Promise.all(late)).toHaveLength(50)
    expect(countOf(events, "WorkerExited")).toBe(maxCrashes + 1)
    expect(ballast.stats().tasks).toMatchObject({ quarantined: 1, completed: 57, queued: 0, running: 0 })
  }
)
