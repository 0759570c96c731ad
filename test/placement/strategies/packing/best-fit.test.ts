import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fitsNow, type WorkerRecord } from "../../../../src/ledger/index.ts"
import type { Requirements } from "../../../../src/model/index.ts"
import { bestFit, bestFitWeights } from "../../../../src/placement/index.ts"
import { anyStory, PackingWorld, requirementsOf, workerIn } from "./fragmentation/packing-world.ts"

/** As the docstring says it. */
const points = ({ demand }: Requirements, { spec: { limits }, used, devices, slots }: WorkerRecord): number => {
  const idle = devices.reduce((sum, { share }) => sum + 1_000 - share, 0)
  const asked = demand.devices.reduce((sum, { count, share }) => sum + count * share, 0)
  const rows = [
    [bestFitWeights.cpu, limits.resources.cpu - used.cpu - demand.resources.cpu, limits.resources.cpu],
    [bestFitWeights.memory, limits.resources.memory - used.memory - demand.resources.memory, limits.resources.memory],
    [bestFitWeights.slots, limits.slots - slots - 1, limits.slots],
    [bestFitWeights.accelerators, idle - asked, 1_000 * devices.length]
  ].filter(([, , limit]) => limit !== 0)
  const left = rows.reduce((sum, [weight = 0, room = 0, limit = 1]) => sum + (weight * room) / limit, 0)
  return Math.floor((100 * left) / rows.reduce((sum, [weight = 0]) => sum + weight, 0))
}

describe("best fit", () => {
  it("chooses the first of those with the least room left over, as a look at each of them finds it", () => {
    fc.assert(
      fc.property(anyStory, ({ workers, shapes, steps }) => {
        const world = new PackingWorld(bestFit(), workers)
        for (const step of steps) {
          if (step.kind === "end") world.end(step.which)
          else if (step.kind === "join") world.join(step.spec)
          else if (step.kind === "leave") world.leave(step.which)
          else {
            const shape = shapes[step.shape]
            if (shape === undefined) continue
            const requirements = requirementsOf(shape)
            const left = world.view.workers
              .filter((worker) => fitsNow(requirements, worker))
              .map((worker) => ({ id: worker.spec.id, points: points(requirements, worker) }))
            const least = Math.min(...left.map((each) => each.points))
            expect(world.place(shape)?.worker.spec.id).toBe(left.find((each) => each.points === least)?.id)
          }
        }
        expect(world.faults).toEqual([])
      }),
      { numRuns: 100 }
    )
  })

  it("leaves the empty worker to the task that needs all of it", () => {
    const world = new PackingWorld(bestFit(), [workerIn("a", { cuda: 2 }), workerIn("b", { cuda: 2 })])
    const one = { cpu: 1, memory: 1, devices: [["cuda", 1, 1]] as const, zone: "" }
    expect(world.place(one)?.worker.spec.id).toBe("a")
    expect(world.place(one)?.worker.spec.id).toBe("a")
    expect(world.place({ ...one, devices: [["cuda", 2, 1]] })?.worker.spec.id).toBe("b")
  })

  it("counts only what is weighed", () => {
    const world = new PackingWorld(bestFit({ cpu: 0, slots: 0, accelerators: 0, memory: 1 }), [
      workerIn("wide", { memory: 16, cpu: 4 }),
      workerIn("narrow", { memory: 8, cpu: 16 })
    ])
    expect(world.place({ cpu: 1, memory: 4, devices: [], zone: "" })?.worker.spec.id).toBe("narrow")
  })
})
