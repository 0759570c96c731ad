import { describe, expect, it } from "vitest"
import type { BallastEvent } from "../../../../actors/index.ts"
import { type SimulationDefinition, simulate } from "../../../../actors/simulation/index.ts"
import { toWorkerSpec } from "../../../../src/config/index.ts"
import { runsOf, simulated } from "../../simulated.ts"

const machine = { cores: 4, memoryGiB: 8, storageGiB: 10, hostname: "host", nodeVersion: "24.0.0" }

type Scaled = Extract<BallastEvent, { readonly _tag: "PoolScaled" }>

/** What a pool did, and how many workers there were at most and in the end. */
const run = async (definition: SimulationDefinition) => {
  const scaled: Array<Scaled> = []
  const removed: Array<string> = []
  const there = new Set<string>()
  let most = 0
  const { ends } = await simulate({
    ...definition,
    onEvent: (event) => {
      definition.onEvent?.(event)
      if (event._tag === "PoolScaled") scaled.push(event)
      if (event._tag === "WorkerAdded") there.add(event.worker.id)
      if (event._tag === "WorkerRemoved") {
        there.delete(event.workerId)
        removed.push(event.workerId)
      }
      most = Math.max(most, there.size)
    }
  })
  return { ends, scaled, removed, most, there }
}

const steady = (perSecond: number, seconds: number, ms: number) => ({
  arrivals: { type: "poisson", perSecond, tasks: perSecond * seconds } as const,
  kinds: [{ work: { type: "exponential", mean: ms } as const }]
})

const trickle = (seconds: number) => ({
  arrivals: { type: "regular", perSecond: 1, tasks: seconds } as const,
  kinds: [{ work: { type: "constant", ms: 20 } as const }]
})

describe("a pool between two bounds", () => {
  it("grows while tasks wait, shrinks when fewer do, and loses none", async () => {
    const { ends, scaled, most, there } = await run({
      workers: 1,
      pool: { min: 1, max: 8 },
      workload: [steady(40, 30, 100), trickle(150)],
      world: { boot: 100 }
    })
    expect(ends.completed).toBe(40 * 30 + 150)
    expect(scaled[0]).toMatchObject({ from: 1, to: 2 })
    expect(scaled[0]?.at).toBeLessThan(3_000)
    expect(most).toBeGreaterThanOrEqual(4)
    expect(most).toBeLessThanOrEqual(8)
    expect(there.size).toBe(1)
  })

  it("starts a worker of a kind that only one task needs, and takes it away when nobody needs it", async () => {
    const { ends, scaled, removed } = await run({
      workers: [{}, { id: "gpu", capacity: { accelerators: { cuda: 1 } } }],
      pool: { min: 1, max: 4 },
      workload: [
        trickle(100),
        {
          arrivals: { type: "regular", perSecond: 1, tasks: 1, after: 60_000 },
          kinds: [{ work: { type: "constant", ms: 500 }, options: { requires: { accelerators: { cuda: 1 } } } }]
        }
      ]
    })
    expect(ends.completed).toBe(101)
    expect(removed).toContain("gpu")
    const needed = scaled.find(({ reason }) => reason === "1 of a kind that waiting tasks need")
    expect(needed?.at).toBeLessThan(60_300)
  })

  it("makes room for such a worker where there are as many as may be", async () => {
    const { ends, most } = await run({
      workers: [{ count: 2 }, { id: "gpu", capacity: { accelerators: { cuda: 1 } } }],
      pool: { min: 1, max: 2 },
      workload: [
        trickle(20),
        {
          arrivals: { type: "regular", perSecond: 1, tasks: 1, after: 15_000 },
          kinds: [{ work: { type: "constant", ms: 500 }, options: { requires: { accelerators: { cuda: 1 } } } }]
        }
      ]
    })
    expect(ends.completed).toBe(21)
    expect(most).toBe(3)
  })

  it("a task that no kind of the pool could ever take fails at once", async () => {
    const { ends } = await run({
      workers: 1,
      pool: { min: 1, max: 4 },
      workload: {
        arrivals: { type: "batch", tasks: 1 },
        kinds: [{ work: { type: "constant", ms: 5 }, options: { requires: { backend: "no such" } } }]
      }
    })
    expect(ends).toMatchObject({ completed: 0, failed: 1 })
  })

  it("replaces temporary workers that were given up on, and forgets them; no task is lost", async () => {
    let [lost, most] = [0, 0]
    const alive = new Set<string>()
    const { ends, there } = await run({
      workers: [{ restart: { type: "temporary" }, count: 2 }],
      pool: { min: 2, max: 4 },
      world: { crashes: 0.02, boot: 50 },
      workload: {
        arrivals: { type: "poisson", perSecond: 20, tasks: 600 },
        kinds: [{ work: { type: "exponential", mean: 60 }, options: { maxCrashes: 20 } }]
      },
      onEvent: (event) => {
        if (event._tag === "WorkerGivenUp") lost += 1
        if (event._tag === "WorkerReady") alive.add(event.workerId)
        if (event._tag === "WorkerExited") alive.delete(event.workerId)
        most = Math.max(most, alive.size)
      }
    })
    expect(ends.completed).toBe(600)
    expect(lost).toBeGreaterThan(3)
    expect(most).toBeLessThanOrEqual(4)
    expect(there.size).toBeLessThanOrEqual(4)
  })

  it("tries ever less often where none comes up, and tasks that wait for one fail after five", async () => {
    const startedAt: Array<number> = []
    const { ends } = await run({
      workers: [{ restart: { type: "temporary" } }],
      pool: { min: 1, max: 4 },
      world: { loadFailures: 1 },
      workload: { arrivals: { type: "batch", tasks: 5 }, kinds: [{ work: { type: "constant", ms: 60 } }] },
      onEvent: (event) => {
        if (event._tag === "WorkerAdded") startedAt.push(event.at)
      }
    })
    expect(ends.failed).toBe(5)
    expect(startedAt).toHaveLength(5)
    const pauses = startedAt.slice(1).map((at, index) => at - (startedAt[index] ?? 0))
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b))
  })
})

describe("the autoscaler", () => {
  it("may fail at any moment: it goes on from what stands in the ledger, starts nobody twice and loses nobody", async () => {
    const { simulation, runtime, submitter } = await simulated({ world: runsOf(100) })
    const specOf = (id: string) => toWorkerSpec({}, id, machine, 1)
    let number = 1
    const make = () => {
      number += 1
      return specOf(`w${number}`)
    }
    runtime.workforce.formPool([{ spec: specOf(""), make }], new Map([["w1", 0]]))
    runtime.workforce.scale({ min: 1, max: 6 })
    let most = 0
    const pool = () => [...runtime.ledger.workers.values()]
    const failing = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        runtime.system.find("ballast/adaptation/autoscaler")?.cell.instance?.fail(new Error("it fails"))
        await simulation.advance(3_000)
        most = Math.max(most, pool().length)
      }
    }
    let failures = 0
    runtime.bus.subscribe((event) => {
      if (event._tag === "ActorRestarted" && event.actor.endsWith("autoscaler")) failures += 1
    })
    const tasks = Array.from({ length: 900 }, () => submitter.submit("work", null, undefined, true))
    await failing(4_000)
    expect(pool().length).toBeGreaterThan(3)
    await failing(60_000)
    expect(tasks.filter(({ status }) => status === "completed")).toHaveLength(900)
    expect(failures).toBeGreaterThan(15)
    expect(most).toBeLessThanOrEqual(6)
    expect(pool().map(({ phase }) => phase)).toEqual(["up"])
    expect([...runtime.pool.members.keys()]).toEqual(pool().map(({ spec }) => spec.id))
    expect(runtime.pool.retiring.size).toBe(0)
  })

  it("goes on with one kind while another does not come up", async () => {
    const { simulation, runtime, submitter } = await simulated({ world: runsOf(100) })
    const plain = (id: string) => toWorkerSpec({}, id, machine, 1)
    const special = (id: string) => toWorkerSpec({ capabilities: { labels: { of: "x" } } }, id, machine, 1)
    let number = 1
    const make = () => {
      number += 1
      return plain(`w${number}`)
    }
    const kinds = [
      { spec: plain(""), make },
      { spec: special(""), make: () => special("x") }
    ]
    runtime.workforce.formPool(kinds, new Map([["w1", 0]]))
    runtime.workforce.scale({ min: 1, max: 4 })
    for (let count = 0; count < 5; count += 1) {
      const at = runtime.system.now()
      runtime.pool.joins("x", 1, at)
      runtime.bus.publish({ _tag: "WorkerGivenUp", at, workerId: "x", cause: "it does not load" })
      runtime.pool.leaves("x")
    }
    expect(runtime.pool.comers).toEqual([plain("")])
    for (let task = 0; task < 200; task += 1) submitter.submit("work", null, undefined, true)
    await simulation.advance(5_000)
    expect(runtime.ledger.workers.size).toBeGreaterThan(2)
    // Those that are plain come up, which says nothing of the others.
    expect(runtime.pool.comers).toEqual([plain("")])
  })

  it("takes a worker away for good where whoever was to do so has failed", async () => {
    const { simulation, runtime } = await simulated({ slots: [1, 1], world: runsOf(1) })
    const members = new Map([
      ["w1", 0],
      ["w2", 0]
    ])
    runtime.workforce.formPool(
      [{ spec: toWorkerSpec({}, "", machine, 1), make: () => toWorkerSpec({}, "w3", machine, 1) }],
      members
    )
    simulation.time.fork(runtime.workforce.drain("w2"))
    await simulation.settle()
    expect(runtime.ledger.worker("w2")?.phase).toBe("draining")
    runtime.workforce.scale({ min: 1, max: 1 })
    await simulation.advance(1_000)
    expect([...runtime.ledger.workers.keys()]).toEqual(["w1"])
  })

  it("reckons with the slots that workers may use, where somebody wants them to use fewer than they have", async () => {
    const { simulation, runtime, submitter } = await simulated({ slots: [8], world: runsOf(1_000) })
    const specOf = (id: string) => toWorkerSpec({ capacity: { concurrent: 8 } }, id, machine, 1)
    const limit = (workerId: string) => void runtime.coordinator.tell("LimitWorker", { workerId, slots: 1 })
    let number = 1
    const make = () => {
      number += 1
      return specOf(`w${number}`)
    }
    let longest = 0
    const accepted = new Map<string, number>()
    runtime.bus.subscribe((event) => {
      if (event._tag === "WorkerPhaseChanged" && event.phase === "up") limit(event.workerId)
      if (event._tag === "TaskAccepted") accepted.set(event.task.id, event.at)
      if (event._tag === "TaskPlaced") longest = Math.max(longest, event.at - (accepted.get(event.taskId) ?? event.at))
    })
    limit("w1")
    runtime.workforce.formPool([{ spec: specOf(""), make }], new Map([["w1", 0]]))
    runtime.workforce.scale({ min: 1, max: 12 })
    for (let second = 0; second < 40; second += 1) {
      for (let task = 0; task < 8; task += 1) submitter.submit("work", null, undefined, true)
      await simulation.advance(1_000)
    }
    expect(runtime.ledger.workers.size).toBeGreaterThan(3)
    expect(longest).toBeLessThan(8_000)
  })
})
