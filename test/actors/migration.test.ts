import { describe, expect, it } from "vitest"
import type { BallastEvent } from "../../actors/index.ts"
import { record, start } from "./given.ts"

const adaptation = { checkInterval: "200 millis" } as const
const slow = { id: "slow", dutyCycle: 0.2 }

/** The task's own story, without its steps. */
const storyOf = (events: ReadonlyArray<BallastEvent>, taskId: string) =>
  events.filter((event) => "taskId" in event && event.taskId === taskId && /Placed|Migration[OR]/.test(event._tag))

describe("migration", () => {
  it("a running task moves from a throttled worker to an idle one and goes on where it was", async () => {
    await using ballast = await start({ workers: [slow], adaptation, heartbeatInterval: "100 millis" })
    const events = record(ballast)
    const options = { id: "moves", expectedDuration: "2 seconds" } as const
    const task = ballast.submit("compute", { chunks: 200, ms: 10 }, options)
    await ballast.workers.spawn({ id: "fast" })
    const { sum, route } = await task.result
    expect(sum).toBe((200 * 201) / 2)
    expect(route).toEqual(["slow", "fast"])
    const story = storyOf(events, "moves")
    expect(story.map(({ _tag }) => _tag)).toEqual(["TaskPlaced", "MigrationOffered", "MigrationReleased", "TaskPlaced"])
    const epochs = story.flatMap((event) => (event._tag === "TaskPlaced" ? [event.epoch] : []))
    expect(epochs[1]).toBeGreaterThan(epochs[0] ?? Number.POSITIVE_INFINITY)
    expect(ballast.stats().migrations).toEqual({ initiated: 1, successful: 1 })
    expect(events.find(({ _tag }) => _tag === "MigrationChosen")).toMatchObject({ source: "slow", target: "fast" })
  })

  it("nothing moves where migration is switched off", async () => {
    const off = { ...adaptation, features: { taskMigration: false } }
    await using ballast = await start({ workers: [slow], adaptation: off })
    const events = record(ballast)
    const options = { id: "stays", expectedDuration: "2 seconds" } as const
    const task = ballast.submit("compute", { chunks: 30, ms: 5 }, options)
    await ballast.workers.spawn({ id: "fast" })
    expect((await task.result).route).toEqual(["slow"])
    expect(storyOf(events, "stays").map(({ _tag }) => _tag)).toEqual(["TaskPlaced"])
  })
})
