import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import { limitArguments } from "../../src/execution/process/process-driver.ts"
import type { WorkerSpec } from "../../src/model/index.ts"
import { command, openWorker as open, type Probed } from "./harness.ts"
import { describeContract } from "./worker-contract.ts"

describeContract("process")

const openWorker = (module: string, over: Partial<WorkerSpec> = {}): Probed =>
  open(module, { isolation: "process", ...over })

const pidOf = async (worker: Probed): Promise<number> => {
  const { pid } = await worker.ready
  if (pid === undefined) throw new Error("it is no process")
  return pid
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Resolves when the process is gone; one that stays fails its test by the time limit. */
const gone = async (pid: number): Promise<void> => {
  while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve))
}

describe("a worker that is a process", () => {
  it("tells which, and is not this one", async () => {
    const worker = openWorker("plain.ts")
    const pid = await pidOf(worker)
    expect(await worker.ready).toMatchObject({ threadId: 0 })
    expect(pid).not.toBe(process.pid)
    await worker.connection.close()
    await gone(pid)
  })

  it("dies alone of native code that aborts, and the task that called it is named", async () => {
    const worker = openWorker("fatal.ts")
    worker.connection.run(command(3, "abort"))
    expect(await worker.exited).toMatchObject({ reason: "crashed", code: 134, culprits: [3] })
    const shared = openWorker("fatal.ts")
    shared.connection.run(command(1, "hang"))
    shared.connection.run(command(2, "abort"))
    const exit = await shared.exited
    expect(exit).toMatchObject({ reason: "crashed", code: 134 })
    expect(exit.culprits).toBeUndefined()
  })

  it("has crashed when somebody else kills it", async () => {
    const worker = openWorker("fatal.ts")
    worker.connection.run(command(1, "hang"))
    await worker.tagged(1, "Progress")
    process.kill(await pidOf(worker), "SIGKILL")
    expect(await worker.exited).toMatchObject({ reason: "crashed", code: 137, culprits: [1] })
  })

  it("does not heed a signal that is meant for its owner", async () => {
    const worker = openWorker("plain.ts")
    const pid = await pidOf(worker)
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.kill(pid, signal)
    worker.connection.run(command(1, "double", { n: 4 }))
    expect(await worker.end(1)).toMatchObject({ value: 8 })
    await worker.connection.close()
    expect((await worker.exited).reason).toBe("stopped")
  })

  it("delivers all it said in the turn it ends in, though no pipe holds as much", async () => {
    const worker = openWorker("fatal.ts")
    worker.connection.run(command(1, "longLastWords"))
    expect(await worker.exited).toMatchObject({ reason: "crashed", code: 4, culprits: [1] })
    expect(worker.reports).toMatchObject([{ _tag: "Log", message: "x".repeat(4_000_000) }])
  })

  it("gets a copy of what is transferred, and gives back what it is given", async () => {
    const worker = openWorker("plain.ts")
    const { buffer } = new Float64Array([1, 2, 3])
    const payload = { buffer, part: Buffer.from("part"), map: new Map([[1n, new Date(3)]]), large: "ü".repeat(2 ** 20) }
    worker.connection.run(command(1, "echo", payload), [buffer])
    expect(await worker.end(1)).toMatchObject({
      _tag: "Completed",
      value: { ...payload, part: new Uint8Array(Buffer.from("part")) }
    })
    expect(buffer.byteLength).toBe(24)
    await worker.connection.close()
  })

  it("rejects shared memory and ports with the path and what to do, and goes on", async () => {
    const worker = openWorker("plain.ts")
    const { port1, port2 } = new MessageChannel()
    const cell = new Int32Array(new SharedArrayBuffer(2 ** 20))
    worker.connection.run(command(1, "echo", { jobs: [{ cell }] }))
    worker.connection.run(command(2, "echo", { port2 }), [port2])
    worker.connection.run(command(3, "echo", "fine"))
    worker.connection.run(command(4, "sharedResult"))
    expect(await worker.end(1)).toMatchObject({
      _tag: "Rejected",
      problems: [
        {
          path: "payload.jobs[0].cell",
          message: "an Int32Array cannot cross to another process",
          hint: expect.stringContaining('isolation is "thread"')
        }
      ]
    })
    expect(await worker.end(2)).toMatchObject({ _tag: "Rejected", problems: [{ path: "payload.port2" }] })
    expect(await worker.end(3)).toMatchObject({ _tag: "Completed", value: "fine" })
    expect(await worker.end(4)).toMatchObject({ _tag: "Rejected", problems: [{ path: "result.memory" }] })
    await worker.connection.close()
    port1.close()
  })

  it.each(["spin", "idle"])("ends when its owner is killed, though it %ss", async (what) => {
    const owner = fileURLToPath(new URL("./handlers/owner.ts", import.meta.url))
    const child = spawn(process.execPath, [owner, what], { stdio: ["ignore", "pipe", "inherit"] })
    const [said] = await once(child.stdout, "data")
    const pid = Number(said)
    expect(isAlive(pid)).toBe(true)
    child.kill("SIGKILL")
    await gone(pid)
  })

  it("has failed to load where it cannot be launched, and who opened it is told like of any end", async () => {
    const folder = process.env.TMPDIR
    process.env.TMPDIR = "/no/such/folder"
    const worker = openWorker("plain.ts")
    if (folder === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = folder
    expect(await worker.exited).toMatchObject({
      reason: "load-failed",
      error: { fields: { code: "ENOENT" } },
      culprits: []
    })
    await worker.connection.terminate()
  })

  it("takes V8's limits on its command line", () => {
    expect(limitArguments({})).toEqual([])
    expect(limitArguments({ maxOldGenerationSizeMb: 64.5, maxYoungGenerationSizeMb: 12, stackSizeMb: 2 })).toEqual([
      "--max-old-space-size=65",
      "--max-semi-space-size=4",
      "--stack-size=2000"
    ])
  })

  it("leaves nothing behind, however it ends", async () => {
    const descriptors = (): number => (existsSync("/proc/self/fd") ? readdirSync("/proc/self/fd").length : 0)
    const cycle = async (index: number): Promise<void> => {
      const worker = openWorker("fatal.ts")
      const pid = await pidOf(worker)
      if (index % 3 === 0) worker.connection.run(command(1, "exit"))
      else if (index % 3 === 1) await worker.connection.close()
      else await worker.connection.terminate([])
      await worker.exited
      await gone(pid)
    }
    // What is opened once and kept is opened here.
    await cycle(0)
    const held = (): ReadonlyArray<string> =>
      process.getActiveResourcesInfo().filter((name) => /Process|Pipe|Socket/.test(name))
    const nothingMore = async (limit: number): Promise<void> => {
      while (held().length > limit) await new Promise((resolve) => setImmediate(resolve))
    }
    const before = { held: held().length, descriptors: descriptors() }
    for (let round = 0; round < 5; round++) await Promise.all([0, 1, 2].map(cycle))
    await nothingMore(before.held)
    expect(descriptors()).toBeLessThanOrEqual(before.descriptors)
  })
})
