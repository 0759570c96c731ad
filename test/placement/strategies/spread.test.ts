import { describe, expect, it } from "vitest"
import type { Priority, TaskSpec, WorkerSpec } from "../../../src/model/index.ts"
import { toMilli } from "../../../src/model/index.ts"
import { Placement, type PlacementView, type Strategy } from "../../../src/placement/index.ts"
import { resourceBased } from "../../../src/placement/strategies/by-load/resource-based.ts"
import { weightedCapacity } from "../../../src/placement/strategies/by-load/weighted-capacity.ts"
import { hardwareSpecific } from "../../../src/placement/strategies/by-speed/hardware-specific.ts"
import { leastResponseTime } from "../../../src/placement/strategies/by-speed/least-response-time.ts"
import { predictedLoadWeight } from "../../../src/placement/strategies/by-speed/predicted-load.ts"
import { predictive } from "../../../src/placement/strategies/by-speed/predictive.ts"
import { priorityBased } from "../../../src/placement/strategies/by-speed/priority-based.ts"
import { record, taskSpec, viewOf, workerSpec } from "../pool.ts"
import { ScoredWorld } from "./scored-world.ts"

/** Submits so many tasks, none of which ends, and counts where they went. */
const fill = (
  strategy: Strategy,
  specs: ReadonlyArray<WorkerSpec>,
  tasks: number,
  make: (id: string, at: number) => TaskSpec = (id) => taskSpec(id)
): Readonly<Record<string, number>> => {
  const world = new ScoredWorld(strategy)
  for (const spec of specs) world.addSpec(spec)
  const counts: Record<string, number> = {}
  for (let at = 0; at < tasks; at += 1) {
    const id = world.submit(world.task((taskId) => make(taskId, at))) ?? "nobody"
    counts[id] = (counts[id] ?? 0) + 1
  }
  expect(world.faults).toEqual([])
  return counts
}

const of =
  (priority: Priority) =>
  (id: string): TaskSpec =>
    taskSpec(id, { priority })

const withGpus = (spec: WorkerSpec, kinds: ReadonlyArray<string>): WorkerSpec => ({
  ...spec,
  limits: { ...spec.limits, devices: kinds.map((kind) => ({ kind, memory: toMilli(8) })) }
})

const preferring = (task: TaskSpec, hardware: string): TaskSpec => ({
  ...task,
  requirements: { ...task.requirements, hardware }
})

describe("priority-based", () => {
  const best = workerSpec("best", { slots: 8, weight: 2, priorityMultiplier: 1.5 })
  const plain = ["plain1", "plain2", "plain3"].map((id) => workerSpec(id, { slots: 8 }))

  it("sends critical tasks to the best worker until it is far fuller than the others", () => {
    const counts = fill(priorityBased(), [...plain, best], 12, of("critical"))
    expect(counts.best).toBe(8)
  })

  it("spreads low tasks over the others, and leaves the best worker free for longest", () => {
    const counts = fill(priorityBased(), [best, ...plain], 12, of("low"))
    // Three times as good, it counts as three times as full: it gets its first when the others are about to get their fourth.
    expect(counts.best).toBe(1)
    expect([counts.plain1, counts.plain2, counts.plain3].toSorted()).toEqual([3, 4, 4])
  })

  it("spreads over unequal slots in their proportion where all workers are as good", () => {
    const counts = fill(
      priorityBased(),
      [workerSpec("small", { slots: 3 }), workerSpec("big", { slots: 9 })],
      8,
      of("high")
    )
    expect(counts).toEqual({ small: 2, big: 6 })
  })
})

describe("least response time", () => {
  it("probes each unknown worker once, and then fills them by how fast they are", () => {
    const world = new ScoredWorld(leastResponseTime())
    for (const id of ["fast", "slow", "unknown"]) world.addSpec(workerSpec(id, { slots: 30 }))
    const submit = () => world.submit(world.task((id) => taskSpec(id)))
    expect(new Set([submit(), submit(), submit()])).toEqual(new Set(["fast", "slow", "unknown"]))
    world.endAll("fast", 100)
    world.endAll("slow", 400)
    const counts = new Map<string | undefined, number>()
    for (let at = 0; at < 20; at += 1) {
      const id = submit()
      counts.set(id, (counts.get(id) ?? 0) + 1)
    }
    expect(Object.fromEntries(counts)).toEqual({ fast: 16, slow: 4 })
  })

  it("takes failing fast for no speed", () => {
    const world = new ScoredWorld(leastResponseTime())
    for (const id of ["fails", "works"]) world.addSpec(workerSpec(id, { slots: 30 }))
    const chosen: Array<string | undefined> = []
    for (let round = 0; round < 40; round += 1) {
      const id = world.submit(world.task((taskId) => taskSpec(taskId)))
      chosen.push(id)
      world.endAll(id ?? "", id === "fails" ? 1 : 300, id !== "fails")
    }
    expect(chosen.filter((id) => id === "fails").length).toBe(1)
  })
})

describe("resource-based", () => {
  it("keeps what is scarce alike on all workers", () => {
    const specs = [
      workerSpec("small", { cpu: 4, memory: 8, slots: 8 }),
      workerSpec("big", { cpu: 12, memory: 24, slots: 24 })
    ]
    const counts = fill(resourceBased(), specs, 12, (id) => taskSpec(id, { cpu: 1, memory: 1 }))
    expect(counts).toEqual({ small: 3, big: 9 })
  })

  it("sends a task that needs memory to where memory is idle, and one that computes to where cores are", () => {
    const hungry = record(workerSpec("cores busy", { cpu: 10, memory: 10, slots: 10 }), { slots: 5, cpu: 8, memory: 2 })
    const busy = record(workerSpec("memory busy", { cpu: 10, memory: 10, slots: 10 }), { slots: 5, cpu: 2, memory: 8 })
    const chosen = (task: TaskSpec) =>
      new Placement({ strategy: resourceBased() }).explain(task, viewOf([hungry, busy]), 0).workerId
    expect(chosen(taskSpec("t", { memory: 2 }))).toBe("cores busy")
    expect(chosen(taskSpec("t", { cpu: 2 }))).toBe("memory busy")
  })

  it("counts accelerators by share and memory for tasks that ask for them, and for no others", () => {
    const gpu = withGpus(workerSpec("gpu", { slots: 8 }), ["cuda"])
    const gpus = withGpus(workerSpec("gpus", { slots: 8 }), ["cuda", "cuda", "cuda"])
    const share = (id: string): TaskSpec => {
      const task = taskSpec(id)
      const devices = [{ kind: "cuda", count: 1, share: toMilli(0.25), memory: toMilli(1) }]
      const demand = { ...task.requirements.demand, devices }
      return { ...task, requirements: { ...task.requirements, demand, shape: "share" } }
    }
    expect(fill(resourceBased(), [gpu, gpus], 8, share).gpus).toBeGreaterThan(4)
    expect(fill(resourceBased(), [workerSpec("plain", { slots: 8 }), gpus], 8)).toEqual({ plain: 4, gpus: 4 })
  })

  it("prefers by the priority multiplier for urgent tasks alone", () => {
    const specs = [workerSpec("plain", { slots: 10 }), workerSpec("apt", { slots: 10, priorityMultiplier: 1.5 })]
    expect(fill(resourceBased(), specs, 4, of("critical")).apt).toBeGreaterThan(2)
    expect(fill(resourceBased(), specs, 4, of("normal"))).toEqual({ plain: 2, apt: 2 })
  })
})

describe("hardware-specific", () => {
  const pool = [
    workerSpec("cpu", { slots: 4 }),
    withGpus(workerSpec("cuda", { slots: 4 }), ["cuda"]),
    withGpus(workerSpec("mps", { slots: 4 }), ["mps"])
  ]

  it("fills the hardware a task prefers first, and takes other hardware where that is full", () => {
    const counts = fill(hardwareSpecific(), pool, 6, (id) => preferring(taskSpec(id), "cuda"))
    expect(counts.cuda).toBe(4)
    expect(counts.nobody).toBeUndefined()
  })

  it("keeps tasks that need no accelerator away from where there are some", () => {
    expect(fill(hardwareSpecific(), pool, 4)).toEqual({ cpu: 4 })
  })

  it("takes the least sufficient compute capability, so that the newest devices stay free", () => {
    const device = (id: string, computeCapability: number): WorkerSpec => {
      const spec = withGpus(workerSpec(id, { slots: 4 }), ["cuda"])
      return { ...spec, capabilities: { ...spec.capabilities, computeCapability } }
    }
    const specs = [device("new", 9), device("old", 7), device("fair", 8)]
    const counts = fill(hardwareSpecific(), specs, 1, (id) => {
      const task = preferring(taskSpec(id), "cuda")
      return { ...task, requirements: { ...task.requirements, constraints: { computeCapability: 7.5 }, shape: "cc" } }
    })
    expect(counts).toEqual({ fair: 1 })
  })
})

describe("what is forecast", () => {
  const workers = ["calm", "spike"].map((id) => record(workerSpec(id, { slots: 4 })))
  const forecast = { of: (id: string) => (id === "spike" ? 0.9 : 0.1) }
  const view: PlacementView = { ...viewOf(workers.toReversed()), forecast }
  const chosen = (strategy: Strategy, seen: PlacementView) =>
    new Placement({ strategy }).explain(taskSpec("t"), seen, 0)

  it("weighs 0.2 in the score of weighted capacity where that is asked for, and is not spoken of otherwise", () => {
    const { workerId, candidates } = chosen(weightedCapacity({ predictedLoad: predictedLoadWeight }), view)
    expect(workerId).toBe("calm")
    const parts = new Map(candidates.map((each) => [each.workerId, each.parts]))
    expect(parts.get("calm")?.["predicted load"]).toBeCloseTo(0.2 * 90)
    expect(parts.get("spike")?.["predicted load"]).toBeCloseTo(0.2 * 10)
    expect(parts.get("calm")?.health).toBeCloseTo(0.8 * 20)
    expect(chosen(weightedCapacity(), view).candidates[0]?.parts).not.toHaveProperty("predicted load")
  })

  it("slows a worker down by up to a fifth in the eyes of predictive", () => {
    const { workerId, candidates } = chosen(predictive(), view)
    expect(workerId).toBe("calm")
    expect(new Map(candidates.map((each) => [each.workerId, each.score]))).toEqual(
      new Map([
        ["spike", expect.closeTo(0.82, 6)],
        ["calm", expect.closeTo(0.98, 6)]
      ])
    )
  })

  it("gives a worker of which nothing is forecast the middle of the others", () => {
    const three = ["calm", "spike", "new"].map((id) => record(workerSpec(id, { slots: 4 })))
    const partly = { of: (id: string) => ({ calm: 0.1, spike: 0.9 })[id] }
    const { candidates } = chosen(weightedCapacity({ predictedLoad: predictedLoadWeight }), {
      ...viewOf(three),
      forecast: partly
    })
    expect(candidates.map(({ parts }) => parts?.["predicted load"])).toEqual(
      [18, 2, 10].map((n) => expect.closeTo(n, 6))
    )
  })
})
