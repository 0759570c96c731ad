import { describe, expect, it } from "vitest"
import { type SimulationDefinition, simulate } from "../../../../actors/simulation/index.ts"

/** How many runs of the only worker will come to an end, as it looks after a second. */
const workingAfterASecond = async (change: Partial<SimulationDefinition>, worker: object = {}): Promise<number> => {
  const seen: Array<number> = []
  await simulate({
    workers: [{ id: "w", ...worker }],
    workload: { arrivals: { type: "batch", tasks: 1 }, kinds: [{ work: { type: "constant", ms: 60_000 } }] },
    watch: { every: 1_000, look: ({ simulation }) => seen.push(simulation.driver.of("w")?.working ?? Number.NaN) },
    until: 1_500,
    ...change
  })
  return seen[1] ?? Number.NaN
}

const slow = (factor: number) => [{ at: 500, type: "slow", worker: "w", factor, for: 1_000_000_000 }] as const

describe("a run on a simulated thread will come to an end", () => {
  it.each<[string, object, Partial<SimulationDefinition>]>([
    ["that goes on", {}, {}],
    ["that is as slow as can be", { phases: [{ from: 500, factor: 1e-9 }] }, {}],
    ["that stands still for a time", { phases: [{ from: 500, until: 1e9, factor: 0 }] }, {}],
    ["that is slowed down to nothing for a time", {}, { faults: slow(0) }],
    ["that hangs for a time", {}, { faults: [{ at: 500, type: "hang", worker: "w", for: 1e9 }] }],
    [
      "that takes a fixed time, whatever stands still",
      {
        fixed: [{ from: 0, until: 9, ms: 90_000 }],
        phases: [{ from: 500, factor: 0 }]
      },
      {}
    ]
  ])("on one %s", async (_what, worker, change) => {
    expect(await workingAfterASecond(change, worker)).toBe(1)
  })

  it("where it is yet to begin, on one that hangs for a time", async () => {
    const faults = [{ at: 500, type: "hang", worker: "w", for: 1e9 }] as const
    const workload = { arrivals: { type: "replay", tasks: [{ at: 700, work: 10 }] }, kinds: [] } as const
    expect(await workingAfterASecond({ faults, workload })).toBe(1)
  })

  it.each<[string, object, Partial<SimulationDefinition>]>([
    ["that stands still for ever", { phases: [{ from: 500, factor: 0 }] }, {}],
    [
      "whose pace changes, and never from nothing",
      {
        phases: [
          { from: 500, factor: 0 },
          { from: 5_000, until: 9_000, factor: 7 }
        ]
      },
      {}
    ],
    [
      "whose runs hang",
      {},
      {
        world: { hangs: 1 },
        workload: {
          arrivals: { type: "batch", tasks: 1 },
          kinds: [{ work: { type: "constant", ms: 10 } }]
        }
      }
    ]
  ])("but not on one %s", async (_what, worker, change) => {
    expect(await workingAfterASecond(change, worker)).toBe(0)
  })
})

describe("a thread whose handlers cannot be loaded", () => {
  it("lets time pass, however soon it is started again", async () => {
    const outcome = await simulate({
      workers: [{ restart: { maxRestarts: 1_000_000, window: "1 hour", backoff: { base: 0, max: 0 } } }],
      workload: { arrivals: { type: "batch", tasks: 1 }, kinds: [{ work: { type: "constant", ms: 10 } }] },
      world: { loadFailures: 1 },
      until: 100
    })
    expect(outcome.exits).toBeGreaterThan(10)
    expect(outcome.ends.completed).toBe(0)
  })
})
