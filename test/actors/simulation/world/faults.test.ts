import { describe, expect, it } from "vitest"
import { faultsOf } from "../../../../actors/simulation/definition.ts"
import { type SimulationDefinition, simulate } from "../../../../actors/simulation/index.ts"
import { namedWorkers } from "../../../../actors/simulation/world/simulated-workers.ts"

const workload: SimulationDefinition["workload"] = {
  arrivals: { type: "batch", tasks: 20 },
  kinds: [{ work: { type: "constant", ms: 100 } }]
}

const join = (at: number | "1 second", worker: object) => ({ at, type: "join", worker }) as const

describe("the workers of a world", () => {
  it("have numbers that no other has as its name", () => {
    expect(namedWorkers([{ id: "w2" }, { count: 2 }, { id: "a", count: 2 }]).map(({ id }) => id)).toEqual([
      "w2",
      "w1",
      "w3",
      "a-1",
      "a-2"
    ])
  })
})

describe("the faults of a world", () => {
  it("have their times in milliseconds, to the last digit", () => {
    const { faults = [] } = {
      faults: [
        { at: 1 / 3, type: "crash", worker: "w1" },
        { at: "1.5 seconds", type: "slow", worker: "w1", factor: 0.5, for: "1 minute" },
        { at: 2_000, type: "lag", worker: "w1", by: "1 second", for: "2 hours" }
      ]
    } satisfies Partial<SimulationDefinition>
    expect(faultsOf({ workers: 1, workload, faults })).toEqual([
      { at: 1 / 3, type: "crash", worker: "w1" },
      { at: 1_500, type: "slow", worker: "w1", factor: 0.5, for: 60_000 },
      { at: 2_000, type: "lag", worker: "w1", by: 1_000, for: 7_200_000 }
    ])
  })

  it("number who joins on from those who are there, in the order in which they join", () => {
    const faults = [
      join("1 second", { count: 2, boot: "1 second" }),
      join(5, { speed: 5 }),
      join(9, { id: "late" }),
      join(9, { id: "w4" })
    ]
    expect(faultsOf({ workers: 2, workload, faults })).toEqual([
      join(1_000, { id: "w5", boot: 1_000 }),
      join(1_000, { id: "w6", boot: 1_000 }),
      join(5, { id: "w3", speed: 5 }),
      join(9, { id: "late" }),
      join(9, { id: "w4" })
    ])
  })
})

describe("a worker that joins", () => {
  it("without an id is one more, and who is there stays as he is", async () => {
    const { workers } = await simulate({ workers: 2, workload, faults: [join(10, { speed: 5 }), join(20, {})] })
    expect(workers.map(({ id }) => id)).toEqual(["w1", "w2", "w3", "w4"])
    const [slow, , fast] = workers
    expect(fast?.completed).toBeGreaterThan(5)
    expect(slow?.workMs).toBe(slow?.busyMs)
  })

  it("comes when it is said to, in whatever unit", async () => {
    const faults = [
      join("1 second", { id: "late", boot: "0.5 seconds" }),
      { at: "1 second", type: "slow", worker: "w1", factor: 0, for: "1 minute" } as const
    ]
    const started: Array<number> = []
    await simulate({
      workers: 1,
      workload,
      faults,
      onEvent: (event) => {
        if (event._tag === "TaskPlaced" && event.reservation.workerId === "late") started.push(event.at)
      }
    })
    expect(started[0]).toBe(1_500)
  })
})
