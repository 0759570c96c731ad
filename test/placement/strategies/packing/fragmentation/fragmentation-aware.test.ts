import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fitsNow } from "../../../../../src/ledger/index.ts"
import { fragmentationAware } from "../../../../../src/placement/index.ts"
import { NaivePacker } from "./naive-packer.ts"
import { anyStory, PackingWorld, requirementsOf, type Shape, type Story, workerIn } from "./packing-world.ts"

const play = ({ workers, shapes, steps }: Story, onTask: (world: PackingWorld, shape: Shape) => void): PackingWorld => {
  const world = new PackingWorld(fragmentationAware(), workers)
  for (const step of steps) {
    if (step.kind === "end") world.end(step.which)
    else if (step.kind === "join") world.join(step.spec)
    else if (step.kind === "leave") world.leave(step.which)
    else {
      const shape = shapes[step.shape]
      if (shape !== undefined) onTask(world, shape)
    }
  }
  return world
}

const usual: Shape = { cpu: 1, memory: 1, devices: [["cuda", 1, 1]], zone: "" }

describe("fragmentation aware", () => {
  it("chooses the worker and the device that its formula says, worked out anew for every worker and every device", () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const naive = new NaivePacker()
        const world = play(story, (at, shape) => {
          const requirements = requirementsOf(shape)
          const fitting = at.view.workers.filter((worker) => fitsNow(requirements, worker))
          const judged = fitting.map((worker) => ({ id: worker.spec.id, ...naive.judge(requirements, worker) }))
          const best = judged.reduce<(typeof judged)[number] | undefined>(
            (so, each) => (so === undefined || each.rank > so.rank ? each : so),
            undefined
          )
          const placed = at.place(shape)
          expect(placed?.worker.spec.id).toBe(best?.id)
          if (best?.device !== undefined) expect(placed?.devices).toEqual([best.device])
          if (placed !== undefined) naive.placed(requirements, at.view.workers)
        })
        expect(world.faults).toEqual([])
      }),
      { numRuns: 150 }
    )
  })

  it("leaves the places that are scarce to those who can go nowhere else", () => {
    const world = new PackingWorld(fragmentationAware(), [
      workerIn("rare", { zone: "a" }),
      ...["b1", "b2", "b3"].map((id) => workerIn(id, { zone: "b" }))
    ])
    const pinned: Shape = { ...usual, zone: "a" }
    for (let round = 0; round < 80; round += 1) {
      world.place(round % 2 === 0 ? usual : pinned)
      world.end(0)
    }
    expect(world.place(usual)?.worker.spec.id).toBe("b1")
    expect(world.place(pinned)?.worker.spec.id).toBe("rare")
  })

  it("completes a device that was begun before it begins another", () => {
    const world = new PackingWorld(fragmentationAware(), [workerIn("w")])
    const half: Shape = { ...usual, devices: [["cuda", 1, 0.5]] }
    const devices = Array.from({ length: 4 }, () => world.place(half)?.devices[0])
    expect(new Set(devices.slice(0, 2)).size).toBe(1)
    expect(new Set(devices).size).toBe(2)
  })

  it("sends tasks that want no device to workers that have none idle, as long as they fit there", () => {
    const plain: Shape = { cpu: 8, memory: 1, devices: [], zone: "" }
    const world = new PackingWorld(fragmentationAware(), [workerIn("devices"), workerIn("none", { cuda: 0 })])
    const places = Array.from({ length: 4 }, () => world.place(plain)?.worker.spec.id)
    expect(places).toEqual(["none", "none", "devices", "devices"])
  })

  it("keeps the cores that idle devices will need, once it knows how many go with a device", () => {
    const world = new PackingWorld(fragmentationAware(), [
      workerIn("tight", { cpu: 16 }),
      workerIn("ample", { cpu: 32 })
    ])
    const plain: Shape = { cpu: 8, memory: 1, devices: [], zone: "" }
    expect(world.place(plain)?.worker.spec.id).toBe("tight")
    world.end(0)
    for (let round = 0; round < 80; round += 1) {
      world.place({ ...usual, cpu: 4 })
      world.end(0)
    }
    expect(world.place(plain)?.worker.spec.id).toBe("ample")
  })

  it("asks nothing of chance: the same tasks in the same pool go the same way", () => {
    fc.assert(
      fc.property(anyStory, (story) => {
        const ways = [0, 1].map(() => {
          const way: Array<string> = []
          play(story, (world, shape) => {
            const placed = world.place(shape)
            way.push(`${placed?.worker.spec.id} ${placed?.devices.join()}`)
          })
          return way
        })
        expect(ways[0]).toEqual(ways[1])
      }),
      { numRuns: 30 }
    )
  })
})
