import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { EventBus } from "../../actors/event-bus.ts"
import type { BallastEvent } from "../../actors/events.ts"
import { MachineRecord, machineMonitor } from "../../actors/machine-monitor.ts"
import { asksForDevices, MachineShares } from "../../actors/machine-shares.ts"
import { problemsOf, toWorkerSpec, WorkerDefinition, workerHints } from "../../src/config/index.ts"
import type { Accelerator, MachineReport } from "../../src/execution/index.ts"
import { probeMachine } from "../../src/execution/index.ts"
import { ActorTest } from "../../src/testing/index.ts"
import { aMachine } from "../execution/probes/given.ts"
import { nvidiaSmi, withTools } from "../execution/probes/tools.ts"
import { failureOf, next, start } from "./given.ts"

const detect: WorkerDefinition = { capacity: { accelerators: "detect" } }

const cards = (...of: ReadonlyArray<readonly [name: string, mebibytes: number, capability: number]>) =>
  aMachine({
    commands: {
      "nvidia-smi": () => ({
        stdout: of
          .map(([name, size, cap], at) => `${at}, GPU-${at}-a, ${name}, ${size}, 0, 0, 40, 20, 550.1, ${cap}`)
          .join("\n")
      }),
      python3: () => ({ stdout: "Python 3.11.7" })
    }
  })

const reportOf = (machine = cards(["A100", 81_920, 8], ["T4", 15_360, 7.5], ["A100", 81_920, 8])) =>
  probeMachine({ machine, versions: ["python"] })

const sharesOf = (latest: MachineReport | undefined, there: ReadonlySet<string> = new Set()) => {
  const record = new MachineRecord()
  record.latest = latest
  return new MachineShares({ benchmark: false }, record, (id) => there.has(id))
}

describe("accelerators that are detected", () => {
  it("are dealt out whole, each to one of the workers that ask for them", async () => {
    const shares = sharesOf(await reportOf())
    shares.deal(["a", "b"])
    const a = toWorkerSpec(detect, "a", shares.for("a"), 2)
    const b = toWorkerSpec(detect, "b", shares.for("b"), 2)
    expect(a.limits.devices).toEqual([
      { kind: "cuda", machineIndex: 0, memory: 80_000, computeCapability: 8 },
      { kind: "cuda", machineIndex: 2, memory: 80_000, computeCapability: 8 }
    ])
    expect(b.limits.devices).toEqual([{ kind: "cuda", machineIndex: 1, memory: 15_000, computeCapability: 7.5 }])
    expect(a.capabilities).toMatchObject({ backends: ["cpu", "cuda"], hardware: "cuda", computeCapability: 8 })
    expect(a.capabilities.versions).toMatchObject({ python: "3.11.7" })
  })

  it("are not given to a worker that does not ask for them", async () => {
    const shares = sharesOf(await reportOf())
    shares.deal(["a"])
    const plain = toWorkerSpec({}, "a", shares.for("a"), 1)
    expect(plain.limits.devices).toEqual([])
    expect(plain.capabilities).toMatchObject({ backends: ["cpu"], hardware: "cpu" })
    expect(asksForDevices({})).toBe(false)
    expect(asksForDevices({ capacity: { accelerators: { cuda: 1 } } })).toBe(false)
  })

  it("go to a worker that comes later only once nobody has them", async () => {
    const there = new Set(["a", "b"])
    const shares = sharesOf(await reportOf(), there)
    shares.deal(["a", "b"])
    shares.claim("c")
    expect(shares.for("c").devices).toEqual([])
    there.delete("b")
    shares.claim("d")
    expect(shares.for("d").devices).toMatchObject([{ computeCapability: 7.5 }])
    expect(shares.for("a").devices).toHaveLength(2)
  })

  it("are never two workers' at once, whoever comes and goes", async () => {
    const names = ["a", "b", "c", "d"]
    const report = await reportOf()
    const step = fc.record({ id: fc.constantFrom(...names), joins: fc.boolean() })
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom(...names)), fc.array(step), (first, steps) => {
        const there = new Set(first)
        const shares = sharesOf(report, there)
        shares.deal(first)
        for (const { id, joins } of steps) {
          if (joins === there.has(id)) continue
          if (joins) shares.claim(id)
          if (joins) there.add(id)
          else there.delete(id)
        }
        const held = [...there].reduce((sum, id) => sum + (shares.for(id).devices?.length ?? 0), 0)
        expect(held).toBeLessThanOrEqual(3)
        const asked = [...there].flatMap((id) => shares.for(id).devices ?? [])
        expect(asked.filter(({ computeCapability }) => computeCapability === 7.5).length).toBeLessThanOrEqual(1)
      }),
      { seed: 2 }
    )
  })

  it("that are not there are none, whoever asks", async () => {
    const shares = sharesOf(await probeMachine({ machine: aMachine() }))
    shares.deal(["a"])
    expect(toWorkerSpec(detect, "a", shares.for("a"), 1)).toMatchObject({
      limits: { devices: [] },
      capabilities: { backends: ["cpu"], hardware: "cpu" }
    })
    expect(sharesOf(undefined).for("a")).not.toHaveProperty("versions")
  })

  it("may be asked for in a definition, and misspelt are refused with a hint", () => {
    expect(problemsOf(WorkerDefinition, detect, "", workerHints)).toEqual([])
    const list = { cuda: [{ count: 1, memory: 16, computeCapability: 7.5 }, { count: 2 }] }
    expect(problemsOf(WorkerDefinition, { capacity: { accelerators: list } }, "", workerHints)).toEqual([])
    const [problem] = problemsOf(WorkerDefinition, { capacity: { accelerators: "detekt" } }, "", workerHints)
    expect(problem).toMatchObject({ path: "capacity.accelerators", hint: expect.stringContaining('"detect"') })
  })
})

describe("the machine's monitor", () => {
  const card = (index: number): Accelerator => ({ kind: "cuda", index, name: "T4" })
  const seen = async (reports: ReadonlyArray<MachineReport | Error>) => {
    const record = new MachineRecord()
    record.latest = await probeMachine({ machine: aMachine() })
    const events: Array<BallastEvent> = []
    const bus = new EventBus(() => {})
    bus.subscribe((event) => events.push(event))
    let looks = 0
    const look = Effect.suspend(() => {
      const report = reports[looks]
      looks += 1
      return report === undefined || report instanceof Error ? Effect.die(report) : Effect.succeed(report)
    })
    return { record, events, looks: () => looks, actor: machineMonitor({ record, bus, interval: 1_000, look }) }
  }

  it("looks at every interval, remembers what it saw, and says what has changed", async () => {
    const plain = await probeMachine({ machine: aMachine() })
    const found: MachineReport["accelerators"]["cuda"] = { ok: true, value: [card(0)] }
    const changed = { ...plain, accelerators: { ...plain.accelerators, cuda: found } }
    const { record, events, looks, actor } = await seen([plain, changed])
    const test = new ActorTest()
    test.spawn(actor)
    test.advance(999)
    expect(looks()).toBe(0)
    test.advance(1)
    expect(looks()).toBe(1)
    test.advance(1_000)
    expect(looks()).toBe(2)
    test.shutdown()
    expect(events).toMatchObject([
      { _tag: "MachineProbed", changes: [] },
      { _tag: "MachineProbed", changes: ["cuda 0 has come: cuda 0, T4"] }
    ])
    expect(record.latest).toBe(changed)
  })

  it("looks again after a look that failed", async () => {
    const plain = await probeMachine({ machine: aMachine() })
    const { events, looks, actor } = await seen([new Error("no"), plain])
    const test = new ActorTest()
    test.spawn(actor)
    test.advance(1_000)
    expect(looks()).toBe(1)
    test.advance(1_000)
    expect(looks()).toBe(2)
    test.shutdown()
    expect(events).toMatchObject([{ _tag: "MachineProbed" }])
  })
})

describe("the end of the machine's monitor", () => {
  it("calls off the look that is under way", () => {
    let called: AbortSignal | undefined
    const look = Effect.promise((signal) => {
      called = signal
      return new Promise<MachineReport>(() => {})
    })
    const test = new ActorTest()
    const bus = new EventBus(() => {})
    const monitor = test.spawn(machineMonitor({ record: new MachineRecord(), bus, interval: 1_000, look }))
    test.advance(5_000)
    expect(called?.aborted).toBe(false)
    test.stop(monitor)
    expect(called?.aborted).toBe(true)
  })
})

describe("a runtime on this machine", () => {
  it("measures its workers where that is asked for, and goes by it until their runs tell", async () => {
    await using ballast = await start({ benchmark: true, workers: [{ id: "a" }, { id: "b", weight: 2 }] })
    const spawned = next(ballast, "WorkerReady", ({ workerId }) => workerId === "c")
    await ballast.workers.spawn({ id: "c" })
    expect((await spawned).speed).toBeGreaterThan(0)
    const declared = next(ballast, "WorkerReady", ({ workerId }) => workerId === "b")
    await ballast.workers.restart("b")
    expect(await declared).not.toHaveProperty("speed")
    expect(await ballast.run("add", { a: 1, b: 2 })).toBe(3)
  })

  it("looks at the machine at an interval, where that is asked for, and on request", async () => {
    await using ballast = await start({ workers: 1, probes: { interval: "5 millis" } })
    const { machine, changes } = await next(ballast, "MachineProbed")
    expect(changes).toEqual([])
    expect(machine.cpu.ok).toBe(true)
    expect(JSON.stringify(ballast.actors.inspect())).toContain("machine-monitor")
    expect((await ballast.machine()).memory.total).toBe(machine.memory.total)
  })

  it("runs tasks on what it detects, where their devices are able", async () => {
    using _tools = withTools({ "nvidia-smi": nvidiaSmi(["A100", 81_920, 8], ["T4", 15_360, 7.5]) })
    await using ballast = await start({
      workers: [{ id: "a", ...detect }, { id: "b", ...detect }, { id: "c" }],
      probes: { timeout: "30 seconds" }
    })
    const on = async (computeCapability: number, memory: number) => {
      const requires = { computeCapability, accelerators: { cuda: { count: 1, memory } } }
      return (await ballast.run("where", undefined, { requires })).workerId
    }
    expect(await on(8, 40)).toBe("a")
    expect(await on(7, 40)).toBe("a")
    const two = ballast.run("where", undefined, { requires: { accelerators: { cuda: 2 } } })
    expect(await failureOf(two)).toMatchObject({ _tag: "Unschedulable" })
    await ballast.workers.retire("b")
    await ballast.workers.spawn({ id: "d", ...detect })
    await ballast.workers.retire("a")
    expect(await on(7, 10)).toBe("d")
  })

  it("starts no process of its own accord", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ballast-mark-"))
    const mark = join(folder, "asked")
    using _tools = withTools({ "nvidia-smi": `touch ${mark}`, "rocm-smi": `touch ${mark}` })
    await using ballast = await start({ workers: 2 })
    await ballast.workers.spawn()
    expect(await ballast.run("add", { a: 1, b: 2 })).toBe(3)
    expect(existsSync(mark)).toBe(false)
    await ballast.machine()
    expect(existsSync(mark)).toBe(true)
    rmSync(folder, { recursive: true })
  })

  it("detects nothing of a worker outside", async () => {
    await using ballast = await start({ workers: 1 })
    const registered = (async () => ballast.remote.register("x", detect))()
    expect(await failureOf(registered)).toMatchObject({
      _tag: "InvalidOptions",
      problems: [{ path: "capabilities.capacity.accelerators" }]
    })
  })

  it("gives workers what it detects, at the start and later", async () => {
    await using ballast = await start({ workers: [{ id: "a", capacity: { accelerators: "detect" } }] })
    expect(await ballast.workers.spawn({ id: "b", capacity: { accelerators: "detect" } })).toBe("b")
    expect(await ballast.run("add", { a: 1, b: 2 })).toBe(3)
  })

  it("refuses to ask for versions it has no safe way to ask for", async () => {
    expect(await failureOf(start({ probes: { versions: ["git", "rm"] } }))).toMatchObject({
      _tag: "InvalidOptions",
      problems: [{ path: "probes.versions[1]", hint: expect.stringContaining("python") }]
    })
  })

  it("refuses hardware that makes no sense", async () => {
    expect(await failureOf(start({ hardware: { npu: { performance: 0 } } }))).toMatchObject({
      problems: [{ path: "hardware.npu.performance" }]
    })
  })
})
