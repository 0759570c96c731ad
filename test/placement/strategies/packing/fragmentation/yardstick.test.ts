import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { WorkerRecord } from "../../../../../src/ledger/index.ts"
import { roundRobin } from "../../../../../src/placement/index.ts"
import {
  Census,
  deviceAt,
  givings,
  Mix,
  type Rooms,
  roomOf,
  Standings,
  type WorkerKind,
  WorkerKinds
} from "../../../../../src/placement/strategies/packing/fragmentation/index.ts"
import { anyShape, anyStory, PackingWorld, requirementsOf, type Shape, workerIn } from "./packing-world.ts"

const mixOf = (shapes: ReadonlyArray<Shape>, workers: Iterable<WorkerRecord>, kinds: WorkerKinds): Mix => {
  const census = new Census()
  for (const shape of shapes) census.add(requirementsOf(shape))
  const rooms = Array.from(workers, (worker): Rooms => {
    const kind = kinds.of(worker.spec)
    return { kind, room: roomOf(worker, kind), count: 1 }
  })
  return Mix.of(census.all(), rooms)
}

/** A world after a story, with whatever round robin made of it. */
const after = (story: Parameters<Parameters<typeof anyStory.map>[0]>[0]): PackingWorld => {
  const world = new PackingWorld(roundRobin(), story.workers)
  for (const step of story.steps.slice(0, 60)) {
    const shape = step.kind === "task" ? story.shapes[step.shape] : undefined
    if (shape !== undefined) world.place(shape)
    if (step.kind === "end") world.end(step.which)
  }
  return world
}

/** What is left, however the devices are numbered. */
const contentOf = (worker: WorkerRecord, kind: WorkerKind) => {
  const { left, levels, idle } = roomOf(worker, kind)
  return { left, idle, levels }
}

describe("what is wasted of a worker", () => {
  it("is never below zero, in either part, and no more than twice what is idle", () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const kinds = new WorkerKinds()
        const workers = [...after(story).ledger.workers.values()]
        const mix = mixOf(story.shapes, workers, kinds)
        for (const worker of workers) {
          const kind = kinds.of(worker.spec)
          const room = roomOf(worker, kind)
          const yardstick = mix.yardstickFor(kind)
          expect(yardstick.fragmented(room)).toBeGreaterThanOrEqual(0)
          expect(yardstick.stranded(room)).toBeGreaterThanOrEqual(0)
          expect(yardstick.waste(room)).toBeLessThanOrEqual(2 * yardstick.idle(room) + 1e-6)
        }
      }),
      { numRuns: 100 }
    )
  })

  it("is nothing where all devices are given away, and nothing where no task was ever seen", () => {
    const world = new PackingWorld(roundRobin(), [workerIn("w", { cuda: 2, npu: 1 })])
    const kinds = new WorkerKinds()
    const [worker] = world.ledger.workers.values()
    if (worker === undefined) throw new Error("no worker")
    const kind = kinds.of(worker.spec)
    const shapes: ReadonlyArray<Shape> = [
      { cpu: 1, memory: 1, devices: [["cuda", 1, 1]], zone: "" },
      { cpu: 1, memory: 1, devices: [["npu", 1, 1]], zone: "" }
    ]
    expect(Mix.empty.yardstickFor(kind).waste(roomOf(worker, kind))).toBe(0)
    const mix = mixOf(shapes, [worker], kinds)
    for (const shape of [shapes[0], shapes[0], shapes[1]]) if (shape !== undefined) world.place(shape)
    expect(mix.yardstickFor(kind).waste(roomOf(worker, kind))).toBe(0)
  })

  it("counts as fragmented what the next task could not use, and as stranded what runs out of cores", () => {
    const world = new PackingWorld(roundRobin(), [workerIn("w", { cuda: 2, cpu: 10, memory: 100 })])
    const kinds = new WorkerKinds()
    const [worker] = world.ledger.workers.values()
    if (worker === undefined) throw new Error("no worker")
    const kind = kinds.of(worker.spec)
    const whole: Shape = { cpu: 8, memory: 0, devices: [["cuda", 1, 1]], zone: "" }
    const yardstick = mixOf([whole], [worker], kinds).yardstickFor(kind)
    // One more whole task fits, whichever the device: 8 of 10 cores for the first, 2 of 8 are there for the second.
    expect(yardstick.fragmented(roomOf(worker, kind))).toBe(0)
    expect(yardstick.stranded(roomOf(worker, kind))).toBeCloseTo(750)
    world.place({ cpu: 0, memory: 0, devices: [["cuda", 1, 0.3]], zone: "" })
    expect(yardstick.fragmented(roomOf(worker, kind))).toBeCloseTo(700)
  })
})

describe("what a placement would leave", () => {
  it("is what the ledger leaves once it is made", () => {
    fc.assert(
      fc.property(anyStory, anyShape, (story, shape) => {
        const world = after(story)
        const kinds = new WorkerKinds()
        const before = new Map(
          [...world.ledger.workers.values()].map((worker) => {
            const kind = kinds.of(worker.spec)
            const ways = givings(roomOf(worker, kind), kind.ask(requirementsOf(shape)))
            const named = ways.map(({ from, after: room }) => ({ device: from && deviceAt(worker, kind, from), room }))
            return [worker.spec.id, named] as const
          })
        )
        const placed = world.place(shape)
        if (placed === undefined) return
        const { worker, devices } = placed
        const kind = kinds.of(worker.spec)
        const foreseen = before.get(worker.spec.id) ?? []
        const now = contentOf(worker, kind)
        const merged = foreseen.map(({ room }) => ({ ...room, levels: alike(room.levels) }))
        expect(merged).toContainEqual({ ...now, levels: alike(now.levels) })
        if (shape.devices.length === 1 && devices.length === 1) expect(foreseen.length).toBeGreaterThan(0)
      }),
      { numRuns: 150 }
    )
  })
})

/** Devices of which as much is left counted together, in one order. */
const alike = (levels: ReadonlyArray<{ type: number; share: number; memory: number; count: number }>) => {
  const counts = new Map<string, number>()
  for (const { type, share, memory, count } of levels) {
    const key = `${type} ${share} ${memory}`
    counts.set(key, (counts.get(key) ?? 0) + count)
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
}

describe("workers that stand alike", () => {
  it("share one standing, whichever of their devices are taken, and have another once that changes", () => {
    const world = new PackingWorld(roundRobin(), [workerIn("a", { cuda: 3 }), workerIn("b", { cuda: 3 })])
    const standings = new Standings<never>()
    const of = (id: string) => {
      const worker = world.ledger.worker(id)
      if (worker === undefined) throw new Error("no worker")
      return standings.of(worker)
    }
    const empty = of("a")
    expect(of("b")).toBe(empty)
    world.place({ cpu: 1, memory: 1, devices: [["cuda", 1, 0.5]], zone: "" })
    expect(of("a")).not.toBe(empty)
    world.place({ cpu: 1, memory: 1, devices: [["cuda", 1, 0.5]], zone: "" })
    expect(of("b")).toBe(of("a"))
  })
})
