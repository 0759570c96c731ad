import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Ballast, InvalidOptions } from "../../actors/index.ts"
import { failureOf, handlersUrl, next, type Plain, start } from "./given.ts"

const parse = (text: string): object => JSON.parse(text)

/** The problems of options as JSON gives them: typed as nothing in particular. */
const problemsOfStart = async (options: object): Promise<ReadonlyArray<string>> => {
  const error = await failureOf(
    Ballast.start({ handlers: handlersUrl("plain.ts"), log: { level: "silent" }, ...options })
  )
  if (!(error instanceof InvalidOptions)) throw error
  for (const { hint, message } of error.problems) expect([hint, message]).not.toContain("")
  return error.problems.map(({ path }) => path)
}

describe("options", () => {
  let ballast: Plain
  beforeAll(async () => {
    ballast = await start({ workers: 1 })
  })
  afterAll(() => ballast.shutdown())

  it.each([
    ['{ "workers": 0 }', "workers"],
    ['{ "workers": 1.5 }', "workers"],
    ['{ "workers": [] }', "workers"],
    ['{ "workers": "4" }', "workers"],
    ['{ "workers": [{ "id": "a" }, { "id": "a" }] }', "workers"],
    ['{ "workers": [{ "capacity": { "cpu": -1 } }] }', "workers[0].capacity.cpu"],
    ['{ "workers": [{ "dutyCycle": 2 }] }', "workers[0].dutyCycle"],
    ['{ "workers": [{ "restart": { "type": "sometimes" } }] }', "workers[0].restart.type"],
    ['{ "strategy": "no_such" }', "strategy"],
    ['{ "strategy": 7 }', "strategy"],
    ['{ "maxQueue": 0 }', "maxQueue"],
    ['{ "grace": "soon" }', "grace"],
    ['{ "sticky": true }', "sticky"],
    ['{ "sticky": { "expiresAfter": -1 } }', "sticky.expiresAfter"],
    ['{ "memoryLimit": 0 }', "memoryLimit"],
    ['{ "memoryLimit": 1.5 }', "memoryLimit"],
    ['{ "heartbeatInterval": -1 }', "heartbeatInterval"],
    ['{ "adaptation": { "checkInterval": "often" } }', "adaptation.checkInterval"],
    ['{ "log": { "level": "loud" } }', "log.level"],
    ['{ "dataDir": 5 }', "dataDir"],
    ['{ "handlers": 5 }', "handlers"],
    ['{ "wokers": 4 }', "wokers"],
    ['{ "constructor": { "prototype": { "polluted": true } } }', "constructor"],
    ['{ "log": { "prototype": 1 } }', "log.prototype"]
  ])("%s is refused at %s", async (options, path) => {
    const paths = await problemsOfStart(parse(options))
    expect(paths.some((found) => found.startsWith(path))).toBe(true)
    expect("polluted" in {}).toBe(false)
  })

  it("options that are no object at all are refused likewise", async () => {
    for (const text of ["null", "5", "[]"]) {
      const started: Promise<unknown> = Reflect.apply(Ballast.start, Ballast, [parse(text)])
      expect(await failureOf(started)).toMatchObject({ _tag: "InvalidOptions" })
    }
  })

  it.each([
    ['{ "capacity": { "cpu": "many" } }', "capacity.cpu"],
    ['{ "dutyCycle": 0 }', "dutyCycle"],
    ['{ "isolation": "vm" }', "isolation"],
    ['{ "resourceLimits": { "maxBuffersMb": 0 } }', "resourceLimits.maxBuffersMb"],
    ['{ "wight": 2 }', "wight"]
  ])("workers.spawn with %s is refused at %s", async (definition, path) => {
    expect(await failureOf(ballast.workers.spawn(parse(definition)))).toMatchObject({
      _tag: "InvalidOptions",
      problems: [{ path }]
    })
    expect(ballast.workers.list()).toHaveLength(1)
  })

  it.each([0, -1, 1.5, Number.NaN])(
    "map with a concurrency of %d is refused, and takes no input",
    async (concurrency) => {
      const inputs = function* () {
        yield Promise.reject(new Error("it was taken"))
      }
      const error = await failureOf(ballast.map("echo", inputs(), { concurrency }))
      expect(error).toMatchObject({ _tag: "InvalidOptions", problems: [{ path: "options.concurrency" }] })
    }
  )

  it("map refuses what submit refuses, also where there is no input", async () => {
    expect(await failureOf(ballast.map("echo", [1], { retries: -1 }))).toMatchObject({ _tag: "InvalidOptions" })
  })

  it("a shutdown with a timeout that is none rejects, and the runtime goes on", async () => {
    const options: object = parse('{ "timeout": "soon" }')
    expect(await failureOf(ballast.shutdown(options))).toMatchObject({ _tag: "InvalidOptions" })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
  })

  it("names every problem at once", async () => {
    expect(await problemsOfStart({ workers: 0, maxQueue: 0, log: { level: "loud" } })).toHaveLength(3)
  })

  it("an own key named __proto__ is refused and changes no prototype", async () => {
    const options = parse('{ "log": { "level": "silent", "__proto__": { "polluted": true } } }')
    expect(await problemsOfStart(options)).toHaveLength(1)
    expect("polluted" in {}).toBe(false)
  })

  it.each([
    ['{ "priority": "urgent" }', "options.priority"],
    ['{ "retries": -1 }', "options.retries"],
    ['{ "timeout": "soon" }', "options.timeout"],
    ['{ "concurrencyLimit": 0 }', "options.concurrencyLimit"],
    ['{ "id": "" }', "options.id"],
    ['{ "requires": { "cpu": -1 } }', "options.requires.cpu"],
    ['{ "requires": { "cup": 1 } }', "options.requires.cup"],
    ['{ "deadlin": 5 }', "options.deadlin"],
    ['{ "constructor": {} }', "options.constructor"]
  ])("submit with %s is refused at %s, and nothing is started", async (options, path) => {
    const before = ballast.stats().tasks
    const error = await failureOf(ballast.run("add", { a: 1, b: 1 }, parse(options)))
    expect(error).toMatchObject({ _tag: "InvalidOptions", problems: [{ path }] })
    expect(ballast.stats().tasks).toEqual(before)
  })
})

describe("modules", () => {
  it.each([
    ["missing.ts", /no such file/],
    ["throws-on-load.ts", /no database/],
    ["no-functions.ts", /./],
    ["exits-on-load.ts", /./]
  ])("%s: start rejects with HandlersNotLoaded", async (name, reason) => {
    const error = await failureOf(start({ handlers: handlersUrl(name) }))
    expect(error).toMatchObject({ _tag: "HandlersNotLoaded", code: "BALLAST_HANDLERS_NOT_LOADED" })
    expect(error).toHaveProperty("message", expect.stringMatching(reason))
    expect(error).toHaveProperty("message", expect.stringContaining(name))
  })

  it("loops-on-load.ts: start rejects once the boot timeout has passed", async () => {
    const options = { handlers: handlersUrl("loops-on-load.ts"), bootTimeout: "200 millis" } as const
    const error = await failureOf(start(options))
    expect(error).toMatchObject({ _tag: "HandlersNotLoaded", code: "BALLAST_HANDLERS_NOT_LOADED" })
    expect(error).toHaveProperty("message", expect.stringContaining("not loaded within 200 ms"))
  })

  it("a handler that is not there is refused with the names of those that are", async () => {
    await using untyped = await Ballast.start({
      handlers: handlersUrl("plain.ts"),
      workers: 1,
      log: { level: "silent" }
    })
    expect(await failureOf(untyped.run("nope", 1))).toMatchObject({
      _tag: "UnknownHandler",
      type: "nope",
      known: expect.arrayContaining(["add", "echo"])
    })
    for (const name of ["toString", "constructor", "__proto__"]) {
      expect(await failureOf(untyped.run(name, 1))).toMatchObject({ _tag: "UnknownHandler" })
    }
  })
})

describe("tasks", () => {
  it("what no worker can ever run is refused with each worker's reasons", async () => {
    await using ballast = await start({ workers: [{ id: "a" }, { id: "b", capacity: { cpu: 2 } }] })
    const requires = { cpu: 64, labels: { region: "eu" } }
    const error = await failureOf(ballast.run("add", { a: 1, b: 1 }, { requires }))
    expect(error).toMatchObject({
      _tag: "Unschedulable",
      unmet: [
        { workerId: "a", reasons: expect.arrayContaining([expect.stringContaining("region")]) },
        { workerId: "b", reasons: expect.arrayContaining([expect.stringContaining("cpu")]) }
      ]
    })
  })

  it("a payload or result that cannot be cloned is refused with its path, and the worker lives on", async () => {
    await using ballast = await start({ workers: 1 })
    const exited = next(ballast, "WorkerExited").then(() => "a worker was lost")
    const payload = { list: [1, { callback: () => 1 }] }
    const sound = ballast.run("echo", "sound")
    expect(await failureOf(ballast.run("echo", payload))).toMatchObject({
      _tag: "InvalidPayload",
      problems: [{ path: "payload.list[1].callback" }]
    })
    expect(await failureOf(ballast.run("badResult", undefined))).toMatchObject({
      _tag: "InvalidPayload",
      problems: [{ path: "result.parts[0].save" }]
    })
    expect(await sound).toBe("sound")
    expect(await Promise.race([exited, ballast.run("echo", "still up")])).toBe("still up")
  })

  it("a buffer that was moved away is refused as a payload, also when it is to be moved again", async () => {
    await using ballast = await start({ workers: 1 })
    const buffer = new ArrayBuffer(8)
    structuredClone(buffer, { transfer: [buffer] })
    expect(await failureOf(ballast.run("size", { buffer }, { transfer: [buffer] }))).toMatchObject({
      _tag: "InvalidPayload"
    })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
  })

  it("there is no worker of a name that nobody has", async () => {
    await using ballast = await start({ workers: 1 })
    for (const call of ["drain", "retire", "restart"] as const) {
      expect(await failureOf(ballast.workers[call]("ghost"))).toMatchObject({
        _tag: "InvalidOptions",
        problems: [{ path: "id", hint: "workers: w1" }]
      })
    }
    expect(await failureOf(ballast.workers.spawn({ id: "w1" }))).toMatchObject({ _tag: "InvalidOptions" })
    expect(ballast.explain("ghost")).toContain("there is no task ghost")
  })
})

describe("the data directory", () => {
  it("belongs to one runtime at a time, and is free again after its shutdown", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "ballast-"))
    const options = { dataDir, workers: 1, metrics: {} }
    const first = await start(options)
    expect(await failureOf(start(options))).toMatchObject({ _tag: "DataDirectoryLocked", pid: process.pid })
    await first.shutdown()
    const second = await start(options)
    expect(await second.run("add", { a: 1, b: 1 })).toBe(2)
    await second.shutdown()
    // A start that fails leaves it free, too.
    await failureOf(start({ ...options, handlers: handlersUrl("throws-on-load.ts") }))
    await (await start(options)).shutdown()
    await rm(dataDir, { recursive: true })
  })
})

describe("a listener that is no function", () => {
  it("is refused, and the runtime goes on", async () => {
    await using ballast = await start()
    expect(() => Reflect.apply(ballast.on, ballast, ["WorkerReady"])).toThrow(InvalidOptions)
    expect(await ballast.run("echo", 1)).toBe(1)
  })
})
