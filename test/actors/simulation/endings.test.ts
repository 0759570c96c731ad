import { describe, expect, it } from "vitest"
import { type SimulationDefinition, simulate } from "../../../actors/simulation/index.ts"

const constant = (ms: number) => [{ work: { type: "constant", ms } }] as const
const batch = (tasks: number, ms: number): SimulationDefinition["workload"] => ({
  arrivals: { type: "batch", tasks },
  kinds: constant(ms)
})

describe("a simulation is over", () => {
  it("when every task has ended", async () => {
    expect(await simulate({ workers: 2, workload: batch(4, 100) })).toMatchObject({
      ending: "all ended",
      makespan: 200
    })
  })

  it("when it was to end, whatever is left", async () => {
    const outcome = await simulate({ workers: 1, workload: batch(4, 100), until: 250 })
    expect(outcome).toMatchObject({ ending: "until", ends: { completed: 2, unfinished: 2 } })
  })

  it.each<[string, SimulationDefinition]>([
    [
      "the only worker stands still for ever",
      { workers: [{ phases: [{ from: 50, factor: 0 }] }], workload: batch(2, 100) }
    ],
    [
      "the only worker is dead",
      { workers: [{ id: "a" }], workload: batch(2, 100), faults: [{ at: 50, type: "death", worker: "a" }] }
    ],
    ["every run hangs", { workers: 1, workload: batch(2, 100), world: { hangs: 1 } }],
    [
      "every client waits for a run that hangs",
      {
        workers: 2,
        workload: { arrivals: { type: "closed", clients: 2, tasks: 9 }, kinds: constant(10) },
        world: { hangs: 1 }
      }
    ]
  ])("when nothing more can happen: %s", async (_what, definition) => {
    const { ending, ends } = await simulate(definition)
    expect(ends.completed).toBe(0)
    // Whom nobody can run any more fails at once; whoever might still be run is left.
    expect(ending).toBe(ends.unfinished > 0 ? "nothing more to come" : "all ended")
  })

  it("but not while a task waits for its next try, a thread starts, a client thinks or a fault is to come", async () => {
    const hours = 3_600_000
    const late: ReadonlyArray<SimulationDefinition> = [
      {
        workers: 1,
        workload: {
          arrivals: { type: "batch", tasks: 3 },
          kinds: [
            {
              work: { type: "constant", ms: 10 },
              options: { retries: { times: 20, backoff: { base: hours, max: hours, jitter: 0 } } }
            }
          ]
        },
        world: { failures: 0.5 }
      },
      { workers: [{ boot: hours }], workload: batch(2, 10), options: { bootTimeout: 2 * hours } },
      {
        workers: 1,
        workload: {
          arrivals: { type: "closed", clients: 1, tasks: 3, think: { type: "constant", ms: hours } },
          kinds: constant(10)
        }
      },
      {
        workers: [{ id: "a", phases: [{ from: 5, factor: 0 }] }],
        workload: batch(1, 10),
        faults: [
          { at: hours, type: "join", worker: { id: "b" } },
          { at: hours + 1, type: "crash", worker: "a" }
        ]
      }
    ]
    for (const definition of late) {
      const { ending, ends, makespan } = await simulate(definition)
      expect(ending).toBe("all ended")
      expect(ends.unfinished).toBe(0)
      expect(makespan).toBeGreaterThanOrEqual(hours)
    }
  })
})

describe("whoever listens to a simulation", () => {
  const crashing: SimulationDefinition = {
    workers: [{ id: "a" }],
    workload: batch(3, 100),
    faults: [{ at: 50, type: "crash", worker: "a" }]
  }

  it("fails it by throwing: an assertion that does not hold is not passed over", async () => {
    const onEvent = ({ _tag }: { readonly _tag: string }): void => expect(_tag).not.toBe("WorkerExited")
    await expect(simulate({ ...crashing, onEvent })).rejects.toThrow(/WorkerExited/)
  })

  it("looks at it at intervals, and fails it likewise", async () => {
    const look = (): void => {
      throw new Error("seen enough")
    }
    await expect(simulate({ ...crashing, watch: { every: 10, look } })).rejects.toThrow("seen enough")
  })
})
