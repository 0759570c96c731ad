import { mkdtemp, readFile, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { Actor } from "../../src/actor/index.ts"
import { cellsOf, failureOf, next, open, running, start } from "./given.ts"

let folder = ""
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "ballast-"))
})
afterEach(() => rm(folder, { recursive: true }))

describe("metrics", () => {
  it("hold a row for each task, placement and sample of the load after a run, in a DuckDB file", async () => {
    const path = join(folder, "metrics", "m.duckdb")
    const first = await start({ metrics: { path }, adaptation: { checkInterval: "50 millis" } })
    const sampled = next(first, "LoadSampled")
    await first.map(
      "add",
      Array.from({ length: 10 }, (_, a) => ({ a, b: 0 }))
    )
    await failureOf(first.run("boom", { code: "E" }))
    await sampled
    await first.shutdown()
    await using second = await start({ metrics: { path } })
    const tasks = await second.query("select outcome, count(*)::int as n from tasks group by all order by outcome")
    expect(tasks).toEqual([
      { outcome: "completed", n: 10 },
      { outcome: "failed", n: 1 }
    ])
    const [placements] = await second.query(
      "select count(*)::int as n, count(distinct worker_id)::int as w from placements"
    )
    expect(placements).toEqual({ n: 11, w: 2 })
    const [loads] = await second.query(
      "select count(*) > 0 as some, bool_and(system_load between 0 and 1) as sound from load_balancer_metrics"
    )
    expect(loads).toEqual({ some: true, sound: true })
  })

  it("are kept in memory where their file cannot be made, with a line in the log", async () => {
    const destination = join(folder, "log.ndjson")
    const ballast = await start({ metrics: { path: "/dev/null/m.duckdb" }, log: { level: "warn", destination } })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
    await ballast.shutdown()
    expect(await readFile(destination, "utf8")).toContain('"event":"storage.problem"')
  })

  it("without DuckDB a query says why it cannot be answered", async () => {
    await using ballast = await start({ workers: 1 })
    expect(await failureOf(Promise.resolve(ballast.query("select 1")))).toMatchObject({ _tag: "MetricsInMemoryOnly" })
  })
})

describe("logs", () => {
  it("are lines of JSON with fixed event names and ids, without payloads", async () => {
    const destination = join(folder, "log.ndjson")
    const ballast = await start({ log: { level: "debug", destination } })
    await ballast.run("add", { a: 1, b: 2 }, { id: "sum" })
    await ballast.run("talk", undefined, { id: "talks" })
    await failureOf(ballast.run("exit", undefined, { id: "poison", maxCrashes: 1 }))
    await ballast.shutdown()
    const lines: ReadonlyArray<Record<string, unknown>> = (await readFile(destination, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    const of = (task: string) => lines.filter((line) => line.task === task).map((line) => line.event)
    expect(of("sum")).toEqual(["task.accepted", "task.placed", "task.completed"])
    expect(of("talks")).toEqual(["task.accepted", "task.placed", "task.log", "task.completed"])
    expect(of("poison")).toEqual(["task.accepted", "task.placed", "task.quarantined"])
    expect(lines.find((line) => line.event === "task.log")).toMatchObject({ message: "beware", depth: 3 })
    const events = new Set(lines.map((line) => line.event))
    for (const event of ["worker.added", "worker.ready", "worker.failed", "runtime.started"])
      expect(events).toContain(event)
    expect(JSON.stringify(lines)).not.toContain('"payload"')
  })

  it("tell of one's own actors that fail, are restarted, given up on, or fail beside their mailbox", async () => {
    const destination = join(folder, "log.ndjson")
    const ballast = await start({ log: { level: "warn", destination } })
    const clumsy = Actor.make("Clumsy", {
      protocol: { Trip: Actor.message<{ over: string }>(), Fork: Actor.ask<Record<never, never>, void>() },
      initial: 0,
      handlers: {
        Trip: (_count, { over }) => {
          throw new Error(`tripped over ${over}`)
        },
        Fork: (count, _payload, context) => {
          context.fork(Effect.fail(new Error("spilt")))
          context.reply()
          return count
        }
      }
    })
    const ref = ballast.actors.spawn(clumsy, { name: "clumsy", maxRestarts: 1 })
    await ref.askPromise("Fork", {})
    ref.tell("Trip", { over: "a cable" })
    ref.tell("Trip", { over: "a step" })
    await failureOf(ref.askPromise("Fork", {}))
    const once = ballast.actors.spawn(clumsy, { name: "once", restart: "temporary" })
    once.tell("Trip", { over: "a door" })
    await failureOf(once.askPromise("Fork", {}))
    await ballast.shutdown()
    const lines: ReadonlyArray<Record<string, unknown>> = (await readFile(destination, "utf8"))
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    const of = (actor: string) => lines.filter((line) => line.actor === actor)
    expect(of("clumsy").map(({ level, event }) => [level, event])).toEqual([
      ["warn", "actor.fork_failed"],
      ["warn", "actor.failed"],
      ["warn", "actor.restarting"],
      ["warn", "actor.failed"]
    ])
    expect(of("clumsy")[0]).toMatchObject({ err: { message: "spilt" } })
    expect(of("clumsy")[1]).toMatchObject({ err: { message: "tripped over a cable" } })
    expect(of("once")).toMatchObject([{ event: "actor.failed", err: { message: "tripped over a door" } }])
    expect(lines.filter(({ event }) => event === "supervisor.gave_up")).toMatchObject([
      { level: "error", err: { message: expect.stringContaining("tripped over a step") } }
    ])
  })
})

describe("what can be asked", () => {
  it("explain says why a task ran where it ran, and why one waits", async () => {
    await using ballast = await start({ workers: 1 })
    const cells = cellsOf()
    const held = ballast.submit("hold", { cells })
    await running(ballast, held.id)
    const waiting = ballast.submit("add", { a: 1, b: 1 })
    await waiting.accepted
    expect(ballast.explain(held.id)).toContain("w1")
    expect(ballast.explain(waiting.id)).toMatch(/w1.*slot/s)
    open(cells)
    await waiting.result
  })

  it("stats count what happened", async () => {
    await using ballast = await start()
    await ballast.map(
      "add",
      Array.from({ length: 5 }, (_, a) => ({ a, b: 0 }))
    )
    await failureOf(ballast.run("boom", { code: "E" }))
    const { tasks, workers } = ballast.stats()
    expect(tasks).toMatchObject({ completed: 5, failed: 1, queued: 0, running: 0 })
    expect(workers.reduce((sum, { completed }) => sum + completed, 0)).toBe(5)
  })

  it("events reach every reader in order, and two who ask one reader at once both get one", async () => {
    await using ballast = await start({ workers: 1 })
    const reader = ballast.events()[Symbol.asyncIterator]()
    const both = Promise.all([reader.next(), reader.next()])
    await ballast.run("add", { a: 1, b: 1 }, { id: "sum" })
    expect((await both).map(({ value }) => value?._tag)).toEqual(["TaskAccepted", "TaskPlaced"])
  })

  it("the supervision tree names every part", async () => {
    await using ballast = await start()
    const tree = ballast.actors.format()
    for (const part of ["coordinator", "metrics-recorder", "health-monitor", "predictor", "w1", "w2"]) {
      expect(tree).toContain(part)
    }
  })
})
