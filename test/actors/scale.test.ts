import { describe, expect, it } from "vitest"
import { cellsOf, failureOf, next, open, running, start } from "./given.ts"

const ids = (ballast: Awaited<ReturnType<typeof start>>) => ballast.workers.list().map(({ id }) => id)

describe("a pool of real threads", () => {
  it("begins with its least, and grows while tasks wait", async () => {
    await using ballast = await start({
      workers: { min: 1, max: 3 },
      adaptation: { scaling: { interval: 20, targetWait: 30 } }
    })
    expect(ids(ballast)).toEqual(["w1"])
    const cells = cellsOf()
    const grown = next(ballast, "WorkerReady", ({ workerId }) => workerId === "w2")
    const held = [1, 2].map(() => ballast.submit("hold", { cells }))
    await grown
    open(cells)
    await Promise.all(held.map(({ result }) => result))
    expect(ids(ballast).length).toBeLessThanOrEqual(3)
  })

  it("of a fixed number follows the load from when it is told to; those that leave finish what they have", async () => {
    await using ballast = await start({ workers: 3 })
    const cells = cellsOf()
    const held = ballast.submit("hold", { cells })
    await running(ballast, held.id)
    const left = next(ballast, "WorkerRemoved", () => ids(ballast).length === 1)
    await ballast.workers.scale({ min: 1, max: 1 })
    await left
    open(cells)
    expect(ids(ballast)).toContain(await held.result)
    await ballast.workers.scale({ min: 2, max: 2 })
    await next(ballast, "WorkerReady")
    expect(ids(ballast)).toHaveLength(2)
  })

  it("says what is wrong with its bounds, path and hint each", async () => {
    const problems = [{ path: "workers.max", message: "Expected at least min (3), got 2" }]
    expect(await failureOf(start({ workers: { min: 3, max: 2 } }))).toMatchObject({ problems })
    expect(await failureOf(start({ workers: { min: 0 } }))).toMatchObject({ problems: [{ path: "workers.min" }] })
    expect(await failureOf(start({ workers: { definition: { id: "w" } } }))).toMatchObject({
      problems: [{ path: "workers.definition.id" }]
    })
    expect(await failureOf(start({ workers: { definition: {}, definitions: [{}] } }))).toMatchObject({
      problems: [{ path: "workers.definitions", hint: "one of the two" }]
    })
    await using ballast = await start({ workers: 1 })
    expect(await failureOf(ballast.workers.scale({ min: 2, max: 1 }))).toMatchObject({
      problems: [{ path: "bounds.max" }]
    })
    expect(await failureOf(ballast.workers.scale({ max: 0 }))).toMatchObject({ problems: [{ path: "bounds.max" }] })
  })
})
