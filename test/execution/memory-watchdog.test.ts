import { afterEach, describe, expect, it, vi } from "vitest"
import { type Guilty, MemoryWatchdog, type MemoryWatchdogOptions, type Total } from "../../src/execution/index.ts"
import type { Watched } from "../../src/execution/memory-watchdog.ts"
import type { MemoryUse } from "../../src/execution/vessel.ts"
import { command, openWorker } from "./harness.ts"

const mib = 1024 ** 2

describe("the watchdog", () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  /** A watchdog in a process whose size is what we say, with workers that hold what we say. */
  const given = (options: MemoryWatchdogOptions = {}) => {
    vi.useFakeTimers()
    const guilty: Array<Guilty> = []
    const shorts: Array<Total> = []
    const world = { resident: 100 * mib }
    const watchdog = new MemoryWatchdog({
      limit: 1000 * mib,
      onGuilty: (one) => guilty.push(one),
      onShort: (total) => shorts.push(total),
      resident: () => world.resident,
      ...options
    })
    const watch = (workerId: string, held: { buffers: number }, over: Partial<Watched> = {}) => {
      const asked: Array<number> = []
      const ended: Array<string> = []
      const unwatch = watchdog.watch({
        workerId,
        kind: "thread",
        limits: {},
        memory: async () => {
          asked.push(held.buffers)
          return { heap: 0, buffers: held.buffers * mib }
        },
        end: (why) => ended.push(why),
        ...over
      })
      return { asked, ended, unwatch }
    }
    return { world, watch, guilty, shorts }
  }

  const look = (times = 1): Promise<unknown> => vi.advanceTimersByTimeAsync(50 * times)

  it("asks no thread anything while there is enough", async () => {
    const { watch } = given()
    const a = watch("a", { buffers: 900 })
    await look(20)
    expect(a.asked).toEqual([])
    a.unwatch()
  })

  it("ends the largest once the total is short, says so, and waits for its end before it ends another", async () => {
    const { world, watch, guilty } = given()
    const [a, b] = [watch("a", { buffers: 300 }), watch("b", { buffers: 400 })]
    world.resident = 800 * mib
    await look()
    expect(guilty).toEqual([{ workerId: "b", of: "total", used: 400 * mib, limit: 1000 * mib }])
    expect(b.ended).toEqual(["the worker held 400 MiB as the process ran out of memory; the limit is 1000 MiB"])
    await look(10)
    expect(a.ended).toEqual([])
    b.unwatch()
    await look()
    expect(a.ended).toHaveLength(1)
    a.unwatch()
  })

  it("spares everyone once there is enough again", async () => {
    const { world, watch } = given()
    const [a, b] = [watch("a", { buffers: 300 }), watch("b", { buffers: 400 })]
    world.resident = 900 * mib
    await look()
    b.unwatch()
    world.resident = 500 * mib
    await look(10)
    expect(a.ended).toEqual([])
    a.unwatch()
  })

  it("ends one over its own limit while the total is ample", async () => {
    const { watch } = given()
    const held = { buffers: 64 }
    const a = watch("a", held, { limits: { maxBuffersMb: 64 } })
    await look(3)
    expect(a.ended).toEqual([])
    held.buffers = 80
    await look()
    expect(a.ended).toEqual(["the worker held 80 MiB beside its heap; the limit is 64 MiB"])
    await look(5)
    expect(a.ended).toHaveLength(1)
    a.unwatch()
  })

  it("does not wait for a thread that does not answer", async () => {
    const { world, watch } = given()
    const mute = watch("mute", { buffers: 0 }, { memory: () => new Promise<MemoryUse>(() => {}) })
    const b = watch("b", { buffers: 400 })
    world.resident = 800 * mib
    await look(2)
    expect(b.ended).toHaveLength(1)
    mute.unwatch()
    b.unwatch()
  })

  it("forgives one that has just ended", async () => {
    const { world, watch, shorts } = given()
    const a = watch("a", { buffers: 0 }, { memory: () => Promise.reject(new Error("not running")) })
    world.resident = 800 * mib
    await look(2)
    expect(a.ended).toEqual([])
    expect(shorts).toHaveLength(1)
    a.unwatch()
  })

  it("says once that the total is short where no worker is to blame, and again after it was not", async () => {
    const { world, watch, shorts } = given()
    const a = watch("a", { buffers: 10 })
    world.resident = 900 * mib
    await look(5)
    expect(shorts).toEqual([{ resident: 900 * mib, limit: 1000 * mib }])
    world.resident = 100 * mib
    await look(5)
    world.resident = 950 * mib
    await look(5)
    expect(shorts).toHaveLength(2)
    a.unwatch()
  })

  it("counts what processes hold beside this one", async () => {
    const { world, watch, guilty } = given()
    world.resident = 500 * mib
    const a = watch("a", { buffers: 350 }, { kind: "process" })
    await look(2)
    expect(guilty).toMatchObject([{ workerId: "a", of: "total" }])
    a.unwatch()
  })

  it("stops looking when it has nobody left to watch", () => {
    const { watch } = given()
    const [a, b] = [watch("a", { buffers: 0 }), watch("b", { buffers: 0 })]
    a.unwatch()
    expect(vi.getTimerCount()).toBe(1)
    b.unwatch()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe.each(["thread", "process"] as const)("a worker %s that fills memory beside its heap", (isolation) => {
  it("is ended at its own limit, though it never yields, and its task is to blame", async () => {
    const guilty: Array<Guilty> = []
    const watchdog = new MemoryWatchdog({ onGuilty: (one) => guilty.push(one) })
    const limits = { maxOldGenerationSizeMb: 64, maxBuffersMb: 64 }
    const worker = openWorker("fatal.ts", { isolation, resourceLimits: limits }, 1000, 60_000, watchdog)
    worker.connection.run(command(1, "gorge", { mb: 1200 }))
    expect(await worker.exited).toMatchObject({
      reason: "out-of-memory",
      culprits: [1],
      error: { message: expect.stringContaining("beside its heap"), fields: { code: "ERR_WORKER_OUT_OF_MEMORY" } }
    })
    expect(guilty).toMatchObject([{ workerId: "w1", of: "buffers" }])
  })

  it("is ended before this process runs out, and a modest one beside it is spared", async () => {
    const limit = (process.memoryUsage.rss() + 600 * mib) / 0.8
    const watchdog = new MemoryWatchdog({ limit })
    const modest = openWorker("fatal.ts", { id: "modest", isolation }, 1000, 60_000, watchdog)
    modest.connection.run(command(1, "hold", { mb: 50 }))
    await modest.tagged(1, "Progress")
    const greedy = openWorker("fatal.ts", { id: "greedy", isolation }, 1000, 60_000, watchdog)
    greedy.connection.run(command(2, "gorge", { mb: 900 }))
    expect(await greedy.exited).toMatchObject({
      reason: "out-of-memory",
      culprits: [2],
      error: { message: expect.stringContaining("as the process ran out of memory") }
    })
    expect(await modest.connection.probe()).toMatchObject({ running: 1 })
    await modest.connection.terminate([])
  })
})
