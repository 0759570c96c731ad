import { describe, expect, it } from "vitest"
import { conditionsIn, heapLimits } from "../../src/execution/thread-driver.ts"
import { command, openWorker } from "./harness.ts"
import { describeContract } from "./worker-contract.ts"

describeContract("thread")

describe("a worker that is a thread", () => {
  it("tells which", async () => {
    const worker = openWorker("plain.ts")
    const info = await worker.ready
    expect(info.threadId).toBeGreaterThan(0)
    expect(info.pid).toBeUndefined()
    await worker.connection.terminate([])
  })

  it("hands over what is transferred instead of copying it", async () => {
    const worker = openWorker("plain.ts")
    const buffer = new ArrayBuffer(8)
    worker.connection.run(command(1, "echo", { buffer }), [buffer])
    expect(await worker.end(1)).toMatchObject({ _tag: "Completed" })
    expect(buffer.byteLength).toBe(0)
    await worker.connection.close()
  })

  it("has crashed, not failed to load, when its first task ends it before it could say that it is ready", async () => {
    const worker = openWorker("fatal.ts")
    const cell = new Int32Array(new SharedArrayBuffer(4))
    worker.connection.run(command(1, "announcedExit", { cell }))
    await null
    // This thread stands still meanwhile, so that both pieces of news wait for it.
    expect(Atomics.wait(cell, 0, 0, 30_000)).not.toBe("timed-out")
    expect(await worker.exited).toMatchObject({ reason: "crashed", code: 7, culprits: [1] })
  })

  it("passes only the conditions of this process on to its threads", () => {
    expect(conditionsIn(["--conditions=a", "--inspect", "-C", "b", "--conditions", "c", "-C"])).toEqual([
      "--conditions=a",
      "--conditions=b",
      "--conditions=c"
    ])
  })
})

describe("what a worker leaves behind", () => {
  it("is nothing, after 50 of them were opened, used and ended", async () => {
    const held = (): ReadonlyArray<string> =>
      process.getActiveResourcesInfo().filter((name) => /MessagePort|Worker/.test(name))
    // A port finishes closing some turns after it was told to; one that never does fails this test by its time limit.
    const nothingHeld = async (): Promise<void> => {
      while (held().length > 0) await new Promise((resolve) => setImmediate(resolve))
    }
    await nothingHeld()
    const cycle = async (index: number): Promise<void> => {
      const worker = openWorker("plain.ts")
      worker.connection.run(command(1, "double", { n: index }))
      await worker.end(1)
      expect(held()).not.toEqual([])
      await (index % 2 === 0 ? worker.connection.close() : worker.connection.terminate([]))
    }
    for (let round = 0; round < 10; round++) {
      await Promise.all(Array.from({ length: 5 }, (_, index) => cycle(index)))
    }
    await nothingHeld()
    expect(held()).toEqual([])
  })
})

describe("the limits of a thread's heap", () => {
  it("bound the young generation too, unless it has a limit of its own", () => {
    expect(heapLimits({})).toEqual({})
    expect(heapLimits({ maxOldGenerationSizeMb: 64 })).toEqual({
      maxOldGenerationSizeMb: 64,
      maxYoungGenerationSizeMb: 4
    })
    expect(heapLimits({ maxOldGenerationSizeMb: 8 }).maxYoungGenerationSizeMb).toBe(1)
    expect(heapLimits({ maxOldGenerationSizeMb: 4096 }).maxYoungGenerationSizeMb).toBe(16)
    expect(heapLimits({ maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 32, stackSizeMb: 2 })).toEqual({
      maxOldGenerationSizeMb: 64,
      maxYoungGenerationSizeMb: 32,
      stackSizeMb: 2
    })
  })
})
