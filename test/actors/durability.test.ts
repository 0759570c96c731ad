import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { afterEach, describe, expect, it } from "vitest"
import { Ballast, type BallastEvent, type BallastOptions } from "../../actors/index.ts"
import { failureOf, handlersUrl } from "./given.ts"
import type * as handlers from "./handlers/durable.ts"

const directories: Array<string> = []

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

const aDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "ballast-durable-"))
  directories.push(directory)
  return directory
}

type Durable = Ballast<typeof handlers>

const start = (dataDir: string | undefined, options: Partial<BallastOptions> = {}): Promise<Durable> =>
  Ballast.start<typeof handlers>({
    handlers: handlersUrl("durable.ts"),
    workers: 1,
    log: { level: "silent" },
    ...(dataDir !== undefined && { dataDir }),
    // Nothing here is about metrics.
    metrics: { path: ":memory:" },
    ...options
  })

/** Ends the runtime at once: what is under way stays in the journal. */
const stop = (ballast: Durable): Promise<void> => ballast.shutdown({ timeout: 0 })

const progressed = (ballast: Durable, taskId: string, fraction: number): Promise<void> =>
  new Promise((resolve) => {
    const off = ballast.on((event) => {
      if (event._tag !== "TaskProgressed" || event.taskId !== taskId || event.fraction < fraction) return
      off()
      resolve()
    })
  })

describe("tasks with a data directory", () => {
  it("have their results after a restart: a second submit of an id gives the first one's, and runs nothing", async () => {
    const dataDir = aDirectory()
    const file = join(dataDir, "runs")
    const first = await start(dataDir)
    const result = { when: new Date(7), list: [1n] }
    expect(await first.run("note", { file, result }, { id: "noted" })).toEqual(result)
    await stop(first)

    const second = await start(dataDir)
    expect(second.recovered).toMatchObject({ tasks: [], ended: 1, setAside: [] })
    const handle = second.submit("note", { file, result: "another" }, { id: "noted" })
    expect(handle.status).toBe("completed")
    await handle.accepted
    expect(await handle.result).toEqual(result)
    expect(readFileSync(file, "utf8")).toBe("noted 1 1\n")
    await stop(second)
  })

  it("have their errors after a restart, with type, fields and cause", async () => {
    const dataDir = aDirectory()
    const first = await start(dataDir)
    const before = await failureOf(first.run("flaky", { succeeds: 9 }, { id: "fails" }))
    const cancelled = first.submit("hang", 0, { id: "cancelled" })
    cancelled.cancel("for a test")
    await failureOf(cancelled.result)
    await stop(first)

    const second = await start(dataDir)
    const after = await failureOf(second.run("flaky", { succeeds: 9 }, { id: "fails" }))
    expect(after).toMatchObject({
      _tag: "TaskFailed",
      attempts: 1,
      cause: { name: "RangeError", message: "attempt 1", code: "E_FLAKY" }
    })
    expect(String(after)).toBe(String(before))
    expect(await failureOf(second.run("hang", 0, { id: "cancelled" }))).toMatchObject({
      _tag: "Cancelled",
      reason: "for a test"
    })
    await stop(second)
  })

  it("that run when the runtime stops reject with ShuttingDown, and go on at the next start from their last checkpoint", async () => {
    const dataDir = aDirectory()
    const first = await start(dataDir)
    const climbing = first.submit("climb", { to: 5, stay: 3 }, { id: "climbs" })
    const waiting = first.submit("add", { a: 1, b: 2 }, { id: "waits" })
    const reached = progressed(first, "climbs", 0.6)
    await Promise.all([climbing.accepted, waiting.accepted, reached])
    await stop(first)
    expect(await failureOf(climbing.result)).toMatchObject({ _tag: "ShuttingDown" })
    expect(await failureOf(waiting.result)).toMatchObject({ _tag: "ShuttingDown" })

    const second = await start(dataDir)
    expect(second.recovered.tasks.map(({ id }) => id)).toEqual(["climbs", "waits"])
    const [climbs, waits] = second.recovered.tasks
    expect(await climbs?.result).toEqual({ from: 3, attempt: 2 })
    expect(await waits?.result).toBe(3)
    expect(await second.run("climb", { to: 5, stay: 3 }, { id: "climbs" })).toEqual({ from: 3, attempt: 2 })
    await stop(second)
  })

  it("keep their attempts, and wait out their backoff over a restart", async () => {
    const dataDir = aDirectory()
    const first = await start(dataDir)
    const retries = { times: 2, backoff: { base: 300, max: 300, jitter: 0 } }
    const flaky = first.submit("flaky", { succeeds: 3 }, { id: "tries", retries })
    await new Promise<void>((resolve) => first.on(({ _tag }) => _tag === "TaskDelayed" && resolve()))
    expect(flaky.status).toBe("delayed")
    await stop(first)
    const second = await start(dataDir)
    expect(await second.recovered.tasks[0]?.result).toBe(3)
    await stop(second)
  })

  it("expire by the wall clock: also while nothing runs", async () => {
    const dataDir = aDirectory()
    const first = await start(dataDir)
    const hold = first.submit("hang", 0, { id: "holds the worker" })
    const late = first.submit("add", { a: 1, b: 1 }, { id: "late", deadline: 5 })
    const patient = first.submit("add", { a: 1, b: 1 }, { id: "patient", deadline: "1 hour" })
    await Promise.all([hold.accepted, late.accepted, patient.accepted])
    await stop(first)
    const second = await start(dataDir)
    expect(await failureOf(second.run("add", { a: 1, b: 1 }, { id: "late" }))).toMatchObject({
      _tag: "DeadlineExceeded",
      limit: "deadline"
    })
    second.submit("hang", 0, { id: "holds the worker" }).cancel()
    expect(await second.run("add", { a: 1, b: 1 }, { id: "patient" })).toBe(2)
    await stop(second)
  })

  it("have epochs that only rise", async () => {
    const dataDir = aDirectory()
    const file = join(dataDir, "runs")
    for (let run = 0; run < 3; run += 1) {
      const ballast = await start(dataDir)
      await ballast.run("note", { file, result: run }, { id: `t${run}` })
      await stop(ballast)
    }
    const epochs = readFileSync(file, "utf8")
      .trim()
      .split("\n")
      .map((line) => Number(line.split(" ")[2]))
    expect(epochs).toHaveLength(3)
    expect(epochs).toEqual(epochs.toSorted((a, b) => a - b))
    expect(new Set(epochs).size).toBe(3)
  })

  it("fail where their handler is gone after the restart, as a new submit of it does", async () => {
    const dataDir = aDirectory()
    const first = await start(dataDir)
    await first.submit("climb", { to: 2, stay: 1 }, { id: "climbs" }).accepted
    await stop(first)
    const second = await start(dataDir, { handlers: handlersUrl("plain.ts") })
    expect(await failureOf(second.recovered.tasks[0]?.result ?? Promise.resolve())).toMatchObject({
      _tag: "UnknownHandler",
      type: "climb"
    })
    await stop(second)
  })

  it("are left as they are by a start that fails", async () => {
    const dataDir = aDirectory()
    const first = await start(dataDir)
    await first.submit("climb", { to: 2, stay: 1 }, { id: "climbs" }).accepted
    await stop(first)
    const broken = await failureOf(start(dataDir, { handlers: handlersUrl("throws-on-load.ts") }))
    expect(broken).toMatchObject({ _tag: "HandlersNotLoaded" })
    const second = await start(dataDir)
    expect(second.recovered.tasks.map(({ id }) => id)).toEqual(["climbs"])
    expect(await second.recovered.tasks[0]?.result).toMatchObject({ attempt: 2 })
    await stop(second)
  })

  it("are refused where their payload cannot be kept, and fail where their result cannot, each with the path", async () => {
    const ballast = await start(aDirectory())
    const cells = new Int32Array(new SharedArrayBuffer(8))
    const refused = ballast.submit("echo", { parts: [{ cells }] })
    const problems = [{ path: "payload.parts[0].cells", hint: expect.stringContaining("journal") }]
    expect(await failureOf(refused.accepted)).toMatchObject({ _tag: "InvalidPayload", problems })
    expect(await failureOf(refused.result)).toMatchObject({ _tag: "InvalidPayload", problems })
    const called = ballast.submit("echo", { cb: () => {} })
    expect(await failureOf(called.accepted)).toMatchObject({ problems: [{ path: "payload.cb" }] })
    expect(await failureOf(ballast.run("shared", undefined))).toMatchObject({
      _tag: "InvalidPayload",
      problems: [{ path: "result.cells" }]
    })
    expect(await ballast.run("echo", new Map([["a", new Uint8Array([1])]]))).toEqual(
      new Map([["a", new Uint8Array([1])]])
    )
    await stop(ballast)
  })

  it("survive also where their payload was moved to the worker", async () => {
    const dataDir = aDirectory()
    const first = await start(dataDir)
    const hold = first.submit("hang", 0, { id: "holds" })
    const buffer = new Uint8Array([1, 2, 3]).buffer
    const moved = first.submit("echo", { buffer }, { id: "moved", transfer: [buffer] })
    await Promise.all([hold.accepted, moved.accepted])
    await stop(first)
    const second = await start(dataDir)
    second.recovered.tasks[0]?.cancel()
    expect(await second.recovered.tasks[1]?.result).toEqual({ buffer: new Uint8Array([1, 2, 3]).buffer })
    await stop(second)
  })
})

describe("what is told with a data directory", () => {
  it("is told in the order it happened, and only what is in the files already", async () => {
    const dataDir = aDirectory()
    const ballast = await start(dataDir)
    const seen: Array<string> = []
    const journal = join(dataDir, "journal")
    ballast.on((event: BallastEvent) => {
      if (!("seq" in event) || !("taskId" in event || event._tag === "TaskAccepted")) return
      seen.push(event._tag)
      const id = event._tag === "TaskAccepted" ? event.task.id : event.taskId
      const files = readdirSync(journal).map((name) => readFileSync(join(journal, name), "latin1"))
      expect(files.some((text) => text.includes(event._tag) && text.includes(id))).toBe(true)
    })
    await ballast.run("add", { a: 1, b: 2 }, { id: "one" })
    expect(seen).toEqual(["TaskAccepted", "TaskPlaced", "TaskCompleted"])
    await stop(ballast)
  })

  it("is the damage that was found, in an event's words and in the runtime's recovery", async () => {
    const dataDir = aDirectory()
    const first = await start(dataDir)
    await first.run("add", { a: 1, b: 2 }, { id: "one" })
    await stop(first)
    const [name = ""] = readdirSync(join(dataDir, "journal"))
    const path = join(dataDir, "journal", name)
    writeFileSync(path, Buffer.alloc(500, "x"))
    const second = await start(dataDir)
    expect(second.recovered.setAside).toMatchObject([{ file: name, keptAs: expect.stringContaining(".corrupt-") }])
    expect(await second.run("add", { a: 2, b: 2 }, { id: "one" })).toBe(4)
    await stop(second)
  })

  it("goes on in a journal whose last write was cut off", async () => {
    const dataDir = aDirectory()
    const first = await start(dataDir)
    await first.run("add", { a: 1, b: 2 }, { id: "one" })
    await stop(first)
    const [name = ""] = readdirSync(join(dataDir, "journal"))
    const path = join(dataDir, "journal", name)
    truncateSync(path, readFileSync(path).length - 4)
    const second = await start(dataDir)
    expect(second.recovered.tasks.map(({ id }) => id)).toEqual(["one"])
    expect(await second.recovered.tasks[0]?.result).toBe(3)
    await stop(second)
  })

  it("refuses a journal of a newer format, and names it", async () => {
    const dataDir = aDirectory()
    await stop(await start(dataDir))
    const [name = ""] = readdirSync(join(dataDir, "journal"))
    const path = join(dataDir, "journal", name)
    const text = readFileSync(path, "latin1").replace('"format":1', '"format":2')
    const bytes = Buffer.from(text, "latin1")
    const body = bytes.subarray(16)
    bytes.writeUInt32LE(crc32(body), 12)
    writeFileSync(path, bytes)
    expect(await failureOf(start(dataDir))).toMatchObject({ _tag: "JournalTooNew", found: "format 2" })
    expect(readFileSync(path)).toEqual(bytes)
  })
})

describe("a data directory", () => {
  it("is one process's alone: a second one is refused with the first one's pid", async () => {
    const dataDir = aDirectory()
    const ballast = await start(dataDir)
    const script = `
      import { Ballast } from ${JSON.stringify(new URL("../../actors/index.ts", import.meta.url).href)}
      const options = ${JSON.stringify({ handlers: handlersUrl("durable.ts").href, workers: 1, dataDir })}
      await Ballast.start(options).catch(({ _tag, pid }) => console.log(_tag, pid))
    `
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"]
    })
    const chunks: Array<string> = []
    child.stdout.on("data", (chunk) => chunks.push(String(chunk)))
    await once(child, "close")
    expect(chunks.join("").trim()).toBe(`DataDirectoryLocked ${process.pid}`)
    await stop(ballast)
  })
})
