import { describe, expect, it } from "vitest"
import { runningTasks } from "../../../actors/adaptation/balance/worker-loads.ts"
import { energyManager } from "../../../actors/adaptation/energy/energy-manager.ts"
import { EnergyRecord } from "../../../actors/adaptation/energy/energy-record.ts"
import { HeatRecord } from "../../../actors/adaptation/energy/heat-record.ts"
import { SlotLimits } from "../../../actors/adaptation/index.ts"
import type { BallastEvent, BallastEventOf, BallastEventTag } from "../../../actors/index.ts"
import { Simulation } from "../../../actors/simulation/index.ts"
import { PartFaults } from "../../../actors/simulation/swarm/index.ts"
import { Submitter } from "../../../actors/submitter.ts"
import { MigrationMemory } from "../../../src/adaptation/index.ts"
import type { WorkerDefinition } from "../../../src/config/index.ts"
import { type BallastOptions, type SubmitOptions, toSettings, toWorkerSpec } from "../../../src/config/index.ts"
import { audit } from "../../../src/ledger/index.ts"
import { openMetrics } from "../../../src/storage/index.ts"

const machine = { cores: 4, memoryGiB: 8, storageGiB: 10, hostname: "host", nodeVersion: "24.0.0" }
const quiet = { failures: 0, hangs: 0, crashes: 0, latency: 0, boot: 1, heeding: 1, heartbeatInterval: 1_000 } as const
const minute = 60_000

/** A server of two kinds: the new one does twice the work for its energy. */
const hardware = {
  new: { idleWatts: 10, peakWatts: 110, sleepWatts: 1 },
  old: { idleWatts: 40, peakWatts: 200, sleepWatts: 1 }
}
const server = (kind: string, concurrent = 4): WorkerDefinition => ({
  capacity: { concurrent, cpu: 1 },
  capabilities: { hardware: kind }
})

interface Given {
  readonly options?: Omit<BallastOptions, "handlers">
  readonly workers?: Readonly<Record<string, WorkerDefinition>>
}

const four = { old1: server("old"), new1: server("new"), new2: server("new"), old2: server("old") }

const world = async ({ options = {}, workers = four }: Given = {}) => {
  const store = openMetrics()
  const simulation = await Simulation.start({
    seed: 1,
    settings: toSettings({
      hardware,
      heartbeatInterval: 1_000,
      ...options,
      adaptation: {
        checkInterval: 1_000,
        ...options.adaptation,
        energy: { consolidation: { restAfter: 5_000 }, ...options.adaptation?.energy }
      }
    }),
    strategy: "adaptive",
    store,
    world: quiet
  })
  const { runtime, time } = simulation
  const events: Array<BallastEvent> = []
  runtime.bus.subscribe((event) => events.push(event))
  for (const [id, definition] of Object.entries(workers)) {
    time.fork(runtime.workforce.spawn(toWorkerSpec(definition, id, machine, 1)))
  }
  const phases = () => [...runtime.ledger.workers.values()].map(({ phase }) => phase)
  const up = () => phases().every((phase) => phase === "up" || phase === "resting")
  if (!(await simulation.runUntil(() => phases().length > 0 && up(), 60_000))) throw new Error(phases().join())
  const submitter = new Submitter(runtime)
  let submitted = 0
  const submit = (count: number, work: number, options: SubmitOptions = {}): ReadonlyArray<string> =>
    Array.from({ length: count }, () => {
      submitted += 1
      const id = `t${submitted}`
      submitter.submit(
        "work",
        { work, at: time.now, checkpointEvery: 500 },
        { id, expectedDuration: work, ...options },
        true
      )
      return id
    })
  const of = <Tag extends BallastEventTag>(tag: Tag): ReadonlyArray<BallastEventOf<Tag>> =>
    events.filter((event): event is BallastEventOf<Tag> => event._tag === tag)
  return {
    simulation,
    runtime,
    submit,
    of,
    store,
    parts: new PartFaults(simulation),
    resting: () =>
      [...runtime.ledger.workers.values()].filter(({ phase }) => phase === "resting").map(({ spec }) => spec.id),
    stats: () => runtime.statistics.read(runtime.system.now(), 0),
    whereIs: (taskId: string) => runtime.ledger.task(taskId)?.assignment?.workerId,
    finish: async () => {
      const done = await simulation.runUntil(() => of("TaskCompleted").length === submitted, 60 * minute)
      return done && audit(runtime.ledger).length === 0
    }
  }
}

describe("a pool whose hardware declares what it draws", () => {
  it("keeps at little load the one that does most for its energy, and wakes the next in the turn that needs it", async () => {
    const { simulation, submit, resting, of, finish, runtime } = await world()
    submit(2, 10 * minute)
    await simulation.advance(minute)
    expect(resting().toSorted()).toEqual(["new2", "old1", "old2"])
    expect(of("WorkerRested")[0]?.reason).toMatch(/cover/)
    submit(12, minute)
    await simulation.settle()
    // Whatever came runs at once: nothing has waited for a worker that only rested.
    expect(runtime.ledger.counts).toMatchObject({ queued: 0, running: 14 })
    const woken = of("WorkerWoken").map(({ workerId }) => workerId)
    expect([woken[0], woken.slice(1).toSorted()]).toEqual(["new2", ["old1", "old2"]])
    expect(of("WorkerWoken")[0]?.reason).toMatch(/found no room/)
    expect(await finish()).toBe(true)
  })

  it("has tasks leave workers that are to rest, where sleep saves more than the move costs", async () => {
    const { simulation, submit, resting, of, runtime, finish } = await world()
    submit(16, 5_000)
    await simulation.settle()
    submit(3, 20 * minute)
    await simulation.advance(2 * minute)
    expect(resting().length).toBe(3)
    const busy = [...runtime.ledger.workers.values()].filter(({ slots }) => slots > 0).map(({ spec }) => spec.id)
    expect(busy.length).toBe(1)
    const moves = of("MigrationChosen").filter(({ explanation }) => explanation.includes("is to rest"))
    expect(moves.length).toBeGreaterThan(0)
    expect(new Set(moves.map(({ target }) => target))).toEqual(new Set(busy))
    expect(await finish()).toBe(true)
  })

  it("has no more moves asked for than may be under way, also before the first of them was answered", async () => {
    const { simulation, submit, runtime } = await world({
      options: { adaptation: { features: { taskMigration: false } } }
    })
    submit(16, 5_000)
    await simulation.settle()
    submit(6, 20 * minute)
    await simulation.advance(2 * minute)
    const isResting = (workerId: string) => runtime.ledger.worker(workerId)?.phase === "resting"
    const { ledger, vitals, performance, profiles, runs, bus } = runtime
    const sources = { ledger, vitals, performance, profiles, hardware }
    const tasks = (now: number) => runningTasks({ ledger, vitals, runs, performance }, now)
    const memory = new MigrationMemory()
    /** One of several that go by the same memory, and sees this task. */
    let recovering = true
    const spawn = (seen: string) =>
      runtime.system.spawn(
        energyManager({
          sources,
          record: new EnergyRecord(ledger, 1_000),
          heat: new HeatRecord(sources, { warm: 70, critical: 90, modelled: false }),
          slotLimits: new SlotLimits({ ledger, coordinator: () => undefined }),
          memory,
          recovery: () => ({ evacuate: new Set(), recovering }),
          bus,
          coordinator: () => runtime.coordinator,
          tasks: (now) => tasks(now).filter(({ taskId }) => taskId === seen),
          settings: { target: 0.9, margin: 0.1, restAfter: 1_000, minAwake: 1, pace: 0.75 },
          interval: minute,
          maxSimultaneousMigrations: 1,
          moves: true
        })
      )
    const restless = tasks(0).flatMap(({ taskId, workerId }) => (isResting(workerId) ? taskId : []))
    expect(restless.length).toBeGreaterThan(1)
    const managers = restless.map(spawn)
    for (const manager of managers) manager.tell("Check", {})
    await simulation.settle()
    // Nothing moves for energy's sake while the pool recovers.
    expect(memory.active).toBe(0)
    recovering = false
    for (const manager of managers) manager.tell("Check", {})
    await simulation.settle()
    expect(memory.active).toBe(1)
    expect(ledger.migrations.size).toBe(1)
  })

  it("estimates what each type of task has taken", async () => {
    const { simulation, submit, stats, finish } = await world({
      workers: { new1: server("new", 2) },
      options: { adaptation: { energy: { consolidation: false } } }
    })
    const before = stats().energy?.joules ?? 0
    submit(2, 100_000)
    await simulation.advance(50_000)
    expect(((stats().energy?.joules ?? 0) - before) / (50 * 110)).toBeCloseTo(1, 1)
    expect(await finish()).toBe(true)
    await simulation.advance(1_000)
    const { energy } = stats()
    expect(energy?.byType.work).toMatchObject({ runs: 2 })
    expect((energy?.byType.work?.joulesPerRun ?? 0) / (50 * 110)).toBeCloseTo(1, 1)
    const idle = energy?.idleJoules ?? 0
    await simulation.advance(10_000)
    expect((stats().energy?.idleJoules ?? 0) - idle).toBeCloseTo(100, -1)
  })

  it("rests as well by what somebody measures, and reckons by that", async () => {
    const { simulation, submit, runtime, resting, stats } = await world({
      workers: { a: server("x"), b: server("x") },
      options: { hardware: {} }
    })
    expect(stats().energy).toBeUndefined()
    for (let round = 0; round < 15; round += 1) {
      submit(round % 5, 2_000)
      await simulation.advance(1_000)
      for (const [id, watts] of [
        ["a", 10],
        ["b", 30]
      ] as const) {
        const taken = runtime.ledger.worker(id)?.slots ?? 0
        runtime.reportEnergy(id, { watts: watts * (1 + taken / 4) })
        runtime.reportEnergy(id, { watts: watts * (1 + taken / 4) })
      }
    }
    await simulation.advance(minute)
    expect(resting()).toEqual(["b"])
    expect(stats().energy?.joules).toBeGreaterThan(40 * 60)
  })

  it.each([
    ["the feature is switched off", { features: { resourceEfficiency: false } }],
    ["consolidation is switched off", { energy: { consolidation: false } }]
  ])("never rests where %s", async (_, adaptation) => {
    const { simulation, resting, of, stats } = await world({ options: { adaptation } })
    await simulation.advance(2 * minute)
    expect([resting(), of("WorkerRested")]).toEqual([[], []])
    expect(stats().energy === undefined).toBe("features" in adaptation)
  })

  it("never rests where nobody says what it draws", async () => {
    const { simulation, resting, stats } = await world({ options: { hardware: { new: { performance: 2 } } } })
    await simulation.advance(2 * minute)
    expect(resting()).toEqual([])
    expect(stats().energy).toBeUndefined()
  })

  it("goes on resting and waking after whoever manages it has failed, again and again", async () => {
    const { simulation, submit, resting, parts, finish } = await world()
    submit(1, 10 * minute)
    for (let time = 0; time < 40; time += 1) {
      await simulation.advance(1_500)
      if (time % 4 === 0) parts.fail("ballast/adaptation/energy-manager")
    }
    await simulation.advance(minute)
    expect(resting().length).toBe(3)
    submit(15, 1_000)
    await simulation.settle()
    expect(resting()).toEqual([])
    expect(await finish()).toBe(true)
  })
})

describe("a worker that is hot", () => {
  const even = { a: server("cpu"), b: server("cpu") }
  const hot = async (features = {}) => {
    const all = await world({ workers: even, options: { hardware: {}, adaptation: { features } } })
    const limits = () => [...all.runtime.ledger.workers.values()].map(({ limit }) => limit)
    return { ...all, limits }
  }

  it("may take fewer slots than cool ones, none while critical, and all again once it has cooled", async () => {
    const { runtime, simulation, limits, of, resting, submit, whereIs } = await hot()
    runtime.reportEnergy("b", { temperature: 80 })
    await simulation.advance(2_000)
    expect(limits()).toEqual([4, 3])
    expect(of("WorkerHeat")).toMatchObject([{ workerId: "b", celsius: 80, headroom: 0.625 }])
    runtime.reportEnergy("b", { temperature: 95 })
    await simulation.advance(2_000)
    expect(resting()).toEqual(["b"])
    const ids = submit(4, minute)
    await simulation.settle()
    expect(ids.map(whereIs)).toEqual(["a", "a", "a", "a"])
    // Better a hot one than none.
    const [more = ""] = submit(1, 1_000)
    await simulation.settle()
    expect(whereIs(more)).toBe("b")
    await simulation.advance(5_000)
    expect(resting()).toEqual(["b"])
    runtime.reportEnergy("b", { temperature: 50 })
    await simulation.advance(2_000)
    expect([limits(), resting()]).toEqual([[4, 4], []])
  })

  it("is used as any other where all are as hot, and once nobody has said so for minutes", async () => {
    const { runtime, simulation, limits } = await hot()
    runtime.reportEnergy("a", { temperature: 80 })
    runtime.reportEnergy("b", { temperature: 80 })
    await simulation.advance(2_000)
    expect(limits()).toEqual([4, 4])
    runtime.reportEnergy("a", { temperature: 20 })
    await simulation.advance(2_000)
    expect(limits()).toEqual([4, 3])
    await simulation.advance(6 * minute)
    expect(limits()).toEqual([4, 4])
  })

  it("is used as any other where the feature is switched off", async () => {
    const { runtime, simulation, limits, resting } = await hot({ resourceEfficiency: false })
    runtime.reportEnergy("b", { temperature: 99 })
    await simulation.advance(5_000)
    expect([limits(), resting()]).toEqual([[4, 4], []])
  })
})

describe("what is known of hardware", () => {
  const mixed = { plain: server("cpu", 8), fast: server("cuda", 4) }

  it("has tasks that prefer a kind go to it, unless that is switched off", async () => {
    const placed = async (hardwareSpecific: boolean) => {
      const { submit, simulation, whereIs } = await world({
        workers: mixed,
        options: { hardware: {}, adaptation: { features: { hardwareSpecific } } }
      })
      const ids = submit(3, minute, { requires: { hardware: "cuda" } })
      await simulation.settle()
      return ids.map(whereIs)
    }
    expect(await placed(true)).toEqual(["fast", "fast", "fast"])
    expect(await placed(false)).toContain("plain")
  })
})

describe("the metrics", () => {
  it.each([true, false])("say whether hardware and energy count: %s", async (on) => {
    const { simulation, store } = await world({
      options: { adaptation: { features: { hardwareSpecific: on, resourceEfficiency: on } } }
    })
    await simulation.advance(5_000)
    const features = store.recent("load_balancer_metrics").at(-1)?.metrics.features
    expect(features).toMatchObject({ hardware_specific: on, resource_efficiency: on })
  })
})
