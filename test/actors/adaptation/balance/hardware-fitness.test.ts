import { describe, expect, it } from "vitest"
import { hardwareFitness } from "../../../../actors/adaptation/balance/hardware-fitness.ts"
import { HardwareProfiles } from "../../../../src/adaptation/index.ts"
import { Ledger, type TaskRecord } from "../../../../src/ledger/index.ts"
import type { TaskSpec } from "../../../../src/model/index.ts"
import { aDevice, asking, aTask, aWorker, done, theTask } from "../../../ledger/given.ts"

const preferring = (hardware: string): TaskSpec["requirements"] => ({ ...asking({}), hardware })

const world = (learned: ReadonlySet<string> = new Set()) => {
  const ledger = new Ledger()
  const workers = [
    aWorker("plain"),
    aWorker("card", { capabilities: { hardware: "cuda" } }),
    aWorker("has a card", { devices: [aDevice("cuda")] }),
    { ...aWorker("says so itself", { capabilities: { hardware: "cuda" } }), weight: 2 }
  ]
  for (const worker of workers) done(ledger.addWorker(worker, 0))
  const profiles = new HardwareProfiles((id) => ledger.worker(id)?.spec)
  const times = { speedAtMost: (id: string) => (learned.has(id) ? 1 : Number.POSITIVE_INFINITY) }
  const fitness = hardwareFitness({ ledger, profiles, times })
  const task = (id: string, requirements: TaskSpec["requirements"]): TaskRecord => {
    done(ledger.accept(aTask(id, { requirements }), 0))
    return theTask(ledger, id)
  }
  const of = (requirements: TaskSpec["requirements"]) => {
    const fits = fitness(task("t", requirements))
    return fits && ["plain", "card", "has a card", "says so itself", "nobody"].map(fits)
  }
  return { of }
}

describe("how well hardware suits a task", () => {
  it("is by the profile of the kind it prefers, where nothing better is known", () => {
    expect(world().of(preferring("cuda"))).toEqual([1, 3, 3, 1, 1])
    expect(world(new Set(["card"])).of(preferring("cuda"))).toEqual([1, 1, 3, 1, 1])
  })

  it("is no question for a task that prefers none", () => {
    expect(world().of(asking({}))).toBeUndefined()
  })
})
