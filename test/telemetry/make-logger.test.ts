import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { afterEach, describe, expect, it } from "vitest"
import { logEvents, logLevels, makeLogger, silentLog, type TelemetryOptions } from "../../src/telemetry/index.ts"

const folders: Array<string> = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A log and the lines it wrote. */
const logged = (options: TelemetryOptions = {}) => {
  const lines: Array<Record<string, unknown>> = []
  const destination = { write: (line: string) => lines.push(JSON.parse(line)) }
  return { lines, ...makeLogger({ level: "info", now: () => 42, destination, ...options }) }
}

describe("log", () => {
  it("writes one line of JSON for each event, with its name and its ids as fields", () => {
    const { log, lines } = logged()
    log.info("task.placed", { task: "t1", worker: "w1", epoch: 7 })
    expect(lines).toEqual([{ level: "info", time: 42, event: "task.placed", task: "t1", worker: "w1", epoch: 7 }])
  })

  it("writes nothing below its level, and says beforehand whether it would", () => {
    const { log, lines } = logged({ level: "warn" })
    log.info("task.accepted")
    log.warn("task.waits")
    log.error("task.failed")
    expect(lines.map(({ event }) => event)).toEqual(["task.waits", "task.failed"])
    expect(logLevels.filter((level) => log.enabled(level))).toEqual(["fatal", "error", "warn"])
  })

  it("is silent unless asked, as a library inside someone else's program should be", () => {
    const quiet: Array<string> = []
    const silent = makeLogger({ destination: { write: (line) => quiet.push(line) } })
    for (const level of logLevels) silent.log[level]("runtime.started")
    expect(quiet).toEqual([])
  })

  it("carries bound fields on every line", () => {
    const { log, lines } = logged({ fields: { runtime: "r1" } })
    log.with({ actor: "coordinator" }).with({ worker: "w1" }).info("worker.ready", { epoch: 1 })
    expect(lines).toMatchObject([
      { runtime: "r1", actor: "coordinator", worker: "w1", epoch: 1, event: "worker.ready" }
    ])
  })

  it("writes an error with its fields and cause", () => {
    const { log, lines } = logged()
    const cause = Object.assign(new Error("no such file"), { code: "ENOENT" })
    log.error("task.failed", { task: "t1", err: new Error("could not read", { cause }) })
    expect(lines).toMatchObject([{ err: { message: expect.stringContaining("could not read") } }])
    expect(JSON.stringify(lines)).toContain("no such file")
  })

  it("has a silent twin for those who are given none", () => {
    for (const level of logLevels) silentLog.with({ task: "t" })[level]("task.accepted")
    expect(logLevels.some((level) => silentLog.enabled(level))).toBe(false)
  })

  it("names its events in one form: subject, dot, what happened; a dead letter is its own subject", () => {
    for (const name of Object.keys(logEvents)) expect(name).toMatch(/^([a-z]+\.[a-z_]+|dead_letter)$/)
  })
})

describe("what tasks carry", () => {
  const secret = { card: "4111" }
  const fields = {
    payload: secret,
    result: secret,
    state: secret,
    spec: { payload: secret, priority: "high" },
    tasks: [{ id: "t1", payload: secret }],
    err: Object.assign(new Error("failed"), { payload: secret, code: "E" })
  }

  it("stays out of the log, at the top of a line, inside lists and inside errors", () => {
    const { log, lines } = logged()
    log.info("task.failed", fields)
    log.with({ payload: secret }).info("task.failed")
    expect(JSON.stringify(lines)).not.toContain("4111")
    expect(lines[0]).toMatchObject({
      payload: "[redacted]",
      spec: { priority: "high" },
      tasks: [{ id: "t1" }],
      err: { code: "E" }
    })
    expect(fields.payload).toEqual(secret)
    expect(fields.spec.payload).toEqual(secret)
  })

  it("stays out of what Effect code logs", () => {
    const { layer, lines } = logged()
    Effect.runSync(Effect.logInfo("task.failed", fields).pipe(Effect.provide(layer)))
    expect(lines).toHaveLength(1)
    expect(JSON.stringify(lines)).not.toContain("4111")
  })

  it("is shown on request", () => {
    const { log, lines } = logged({ redactPayloads: false })
    log.info("task.failed", fields)
    expect(lines[0]).toMatchObject({ payload: secret, spec: { payload: secret } })
  })
})

class Broken extends Data.TaggedError("Broken")<{ readonly code: string }> {}

describe("Effect's log", () => {
  const run = (effect: Effect.Effect<unknown>, options: TelemetryOptions = {}) => {
    const { layer, lines } = logged(options)
    Effect.runSync(effect.pipe(Effect.provide(layer)))
    return lines
  }

  it("gives the same line as the synchronous log", () => {
    const { log, lines } = logged()
    log.warn("task.requeued", { task: "t1", epoch: 3 })
    expect(run(Effect.logWarning("task.requeued", { task: "t1", epoch: 3 }))).toEqual(lines)
  })

  it("turns annotations into fields, free text into msg, and the span into ids of the trace", () => {
    const effect = Effect.logInfo("worker.ready", "after", 3, "tries").pipe(
      Effect.annotateLogs({ actor: "worker-node", worker: "w1" }),
      Effect.withSpan("boot")
    )
    expect(run(effect)).toMatchObject([
      {
        ...{ level: "info", event: "worker.ready", msg: "after 3 tries", actor: "worker-node", worker: "w1" },
        ...{ traceId: expect.any(String), spanId: expect.any(String) }
      }
    ])
  })

  it("writes typed errors and causes as err", () => {
    const lines = run(
      Effect.fail(new Broken({ code: "E1" })).pipe(
        Effect.catchCause((cause) => Effect.logError("actor.stopped", cause))
      )
    )
    expect(lines).toMatchObject([{ level: "error", event: "actor.stopped", err: { code: "E1" } }])
    expect(run(Effect.logError("actor.stopped", new Broken({ code: "E2" })))).toMatchObject([{ err: { code: "E2" } }])
  })

  it("obeys the level, and writes nothing where silent", () => {
    const effect = Effect.andThen(Effect.logDebug("task.accepted"), Effect.logFatal("supervisor.gave_up"))
    expect(run(effect).map(({ event }) => event)).toEqual(["supervisor.gave_up"])
    expect(run(effect, { level: "debug" }).map(({ event }) => event)).toEqual(["task.accepted", "supervisor.gave_up"])
    expect(run(effect, { level: "silent" })).toEqual([])
  })
})

describe("a log file", () => {
  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), "ballast-log-"))
    folders.push(made)
    return made
  }

  it("is made with its folder, holds every line once flushed, and is appended to", async () => {
    const path = join(folder(), "logs", "ballast.ndjson")
    const first = makeLogger({ level: "info", destination: path })
    for (let epoch = 0; epoch < 5_000; epoch += 1) first.log.info("task.placed", { epoch })
    await first.flush()
    expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(5_000)
    first.log.info("runtime.stopped")
    const late = first.log.with({ actor: "late" })
    await Promise.all([first.close(), first.close()])
    late.info("actor.stopped")
    await first.flush()
    const second = makeLogger({ level: "info", destination: path })
    second.log.info("runtime.started")
    await second.close()
    const events = readFileSync(path, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).event)
    expect(events.slice(-3)).toEqual(["task.placed", "runtime.stopped", "runtime.started"])
  })

  it("reports a full disk, and can be closed all the same", async () => {
    const full = existsSync("/dev/full")
    const errors: Array<unknown> = []
    const destination = full ? "/dev/full" : join(folder(), "ballast.ndjson")
    const { log, flush, close } = makeLogger({ level: "info", destination, onError: (cause) => errors.push(cause) })
    log.info("runtime.started")
    await flush()
    log.info("runtime.stopped")
    await close()
    expect(errors.length > 0).toBe(full)
  })

  it("is refused at the start where it cannot be opened", () => {
    const file = join(folder(), "file")
    writeFileSync(file, "")
    expect(() => makeLogger({ level: "info", destination: join(file, "ballast.ndjson") })).toThrow(/EEXIST|ENOTDIR/)
  })
})
