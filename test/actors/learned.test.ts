import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { HistoryRecorder } from "../../actors/history-recorder.ts"
import { Ballast, type BallastOptions } from "../../actors/index.ts"
import { tune } from "../../actors/testing.ts"
import { type HistoryLine, readHistory } from "../../src/storage/index.ts"
import { handlersUrl } from "./given.ts"
import { runsOf, simulated } from "./simulated.ts"

const directories: Array<string> = []

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

const aDirectory = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "ballast-learned-"))
  directories.push(directory)
  return directory
}

const start = (options: Partial<BallastOptions>): Promise<Ballast> =>
  Ballast.start({
    handlers: handlersUrl("plain.ts"),
    workers: [{ id: "a" }, { id: "b" }],
    log: { level: "silent" },
    metrics: { path: ":memory:" },
    ...options
  })

const performanceIn = (state: { readonly parts: Readonly<Record<string, unknown>> }): string =>
  JSON.stringify(state.parts.performance, (key, value) => (key === "age" ? undefined : value))

const busy = async (ballast: Ballast): Promise<void> => {
  await ballast.map(
    "add",
    Array.from({ length: 40 }, (_, n) => ({ a: n, b: n }))
  )
  await ballast.drain()
}

describe("what a runtime has learned", () => {
  it("is plain data, and another that is given it knows the same", async () => {
    const first = await start({})
    await busy(first)
    const state = first.learned.export()
    await first.shutdown()
    expect(JSON.parse(JSON.stringify(state))).toEqual(state)
    const second = await start({ learned: state })
    expect(performanceIn(second.learned.export())).toBe(performanceIn(state))
    expect(second.learned.lost).toEqual([])
    await second.shutdown()
  })

  it("is kept in the data directory as it ends, and taken up again at the next start", async () => {
    const dataDir = aDirectory()
    const first = await start({ dataDir })
    await busy(first)
    const state = first.learned.export()
    await first.shutdown()
    expect(readdirSync(dataDir)).toContain("learned.json")
    const second = await start({ dataDir })
    expect(performanceIn(second.learned.export())).toBe(performanceIn(state))
    await second.shutdown()
  })

  it("is written at intervals, so that little is lost where the process is killed", async () => {
    const dataDir = aDirectory()
    const ballast = await start({ dataDir, adaptation: { learning: { saveInterval: 100 } } })
    await busy(ballast)
    const known = async (): Promise<boolean> => {
      for await (const _ of ballast.events()) {
        if (readdirSync(dataDir).includes("learned.json")) return true
        void ballast.run("add", { a: 1, b: 1 })
      }
      return false
    }
    const found = known()
    void ballast.run("add", { a: 1, b: 1 })
    expect(await found).toBe(true)
    expect(JSON.parse(readFileSync(join(dataDir, "learned.json"), "utf8"))).toHaveProperty("version", 1)
    await ballast.shutdown()
  })

  it("is set aside and reported where it is damaged, and the runtime starts all the same", async () => {
    for (const damaged of ["{ half", JSON.stringify({ version: 99, parts: {} }), "[]"]) {
      const dataDir = aDirectory()
      writeFileSync(join(dataDir, "learned.json"), damaged)
      const ballast = await start({ dataDir })
      const [kept] = ballast.recovered.setAside
      expect(kept).toMatchObject({ file: "learned.json" })
      expect(readFileSync(join(dataDir, kept?.keptAs ?? ""), "utf8")).toBe(damaged)
      await busy(ballast)
      await ballast.shutdown()
    }
  })

  it("is left out part by part where it makes no sense, and named", async () => {
    const ballast = await start({ learned: { version: 1, parts: { weights: "none", performance: { workers: 7 } } } })
    expect(ballast.learned.lost.map(({ part }) => part)).toEqual(["performance", "weights"])
    await ballast.shutdown()
    const dataDir = aDirectory()
    const text = JSON.stringify({ version: 1, parts: { weights: "none" } })
    writeFileSync(join(dataDir, "learned.json"), text)
    const second = await start({ dataDir })
    const [kept] = second.recovered.setAside
    expect(kept).toMatchObject({ file: "learned.json", reason: expect.stringContaining("weights") })
    expect(readFileSync(join(dataDir, kept?.keptAs ?? ""), "utf8")).toBe(text)
    await second.shutdown()
  })

  it("is refused where the option is nothing of that kind, with path and hint", async () => {
    const options: Partial<BallastOptions> = JSON.parse('{"learned":{"version":2}}')
    await expect(start(options)).rejects.toMatchObject({
      problems: [{ path: "learned", hint: expect.stringContaining("learned.export()") }]
    })
  })
})

describe("a history that is recorded", () => {
  it("holds the settings, who was there, and each run; the search reads it", async () => {
    const path = join(aDirectory(), "history.ndjson")
    const ballast = await start({ record: path, strategy: "p2c", queue: { order: "shortest" } })
    await busy(ballast)
    await ballast.run("add", { a: 1, b: 2 }, { priority: "high", requires: { cpu: 0.5 }, expectedDuration: "1 second" })
    await ballast.shutdown()
    const { sessions, unread } = readHistory(readFileSync(path, "utf8").split("\n"))
    expect(unread).toBe(0)
    expect(sessions).toHaveLength(1)
    const [session] = sessions
    expect(session?.settings).toEqual({ strategy: "p2c", queue: { order: "shortest" } })
    expect(session?.workers.map(({ id }) => id)).toEqual(["a", "b"])
    expect(session?.runs.length).toBeGreaterThan(0)
    const report = await tune(readFileSync(path, "utf8").split("\n"))
    expect(report.because).toContain("too short")
  })

  it("counts all the work of a task that went on from its state on another worker", async () => {
    const lines: Array<HistoryLine> = []
    const simulation = await simulated({
      slots: [1, 1],
      world: { ...runsOf(100), checkpoints: 0, heartbeatInterval: 1_000 }
    })
    const { runtime } = simulation
    const recorder = new HistoryRecorder({
      ledger: runtime.ledger,
      settings: {},
      startedAt: "",
      origin: runtime.system.now(),
      open: () => ({ write: (line) => void lines.push(line), close: () => Promise.resolve() })
    })
    runtime.bus.subscribe(recorder.onEvent, HistoryRecorder.heeds)
    runtime.runs.teach(recorder.learn)
    await simulation.submit("long", {}, { work: 10_000, at: 0, checkpointEvery: 1_000 })
    await simulation.simulation.advance(4_500)
    const from = runtime.ledger.task("long")?.assignment
    if (from === undefined) throw new Error("it does not run")
    const target = from.workerId === "w1" ? "w2" : "w1"
    runtime.coordinator.tell("Migrate", { taskId: "long", epoch: from.epoch, target })
    await simulation.simulation.runUntil(() => runtime.ledger.task("long")?.status === "completed", 60_000)
    const [ran] = lines.flatMap((line) => ("ran" in line ? [line] : []))
    expect(ran).toMatchObject({ worker: target, checkpoints: expect.any(Number) })
    expect(ran?.ms).toBeGreaterThan(9_500)
    expect(ran?.ms).toBeLessThan(10_500)
  })

  it("is given up where it cannot be written, and told once; the work goes on", async () => {
    const ballast = await start({ record: join(aDirectory(), "no", "such", "folder") })
    const told: Array<string> = []
    ballast.on((event) => {
      if (event._tag === "HistoryNotKept") told.push(event.problem)
    })
    await busy(ballast)
    await ballast.shutdown()
    expect(told).toHaveLength(1)
  })
})
