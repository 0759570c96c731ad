import { describe, expect, it } from "vitest"
import { type Outcome, type SimulationDefinition, simulate } from "../../../actors/simulation/index.ts"
import { InvalidOptions } from "../../../src/model/index.ts"

/** One task of so much work at each of these times. */
const at = (times: ReadonlyArray<number>, work: number): SimulationDefinition["workload"] => ({
  arrivals: { type: "replay", tasks: times.map((time) => ({ at: time, work })) },
  kinds: []
})

const completed = ({ ends, tasks }: Outcome): boolean => ends.completed === tasks

const sojourns = ({ sojourn }: Outcome): ReadonlyArray<number> => [...sojourn.sorted()]

describe("a simulated worker", () => {
  it("takes its work divided by its speed at the type of task", async () => {
    const outcome = await simulate({
      workers: [{ id: "w", speed: { encode: 4, "*": 0.5 } }],
      workload: {
        arrivals: {
          type: "replay",
          tasks: [
            { at: 0, work: 100, type: "encode" },
            { at: 1_000, work: 100, type: "other" }
          ]
        },
        kinds: []
      }
    })
    expect(sojourns(outcome)).toEqual([25, 200])
    expect(outcome.workers).toEqual([{ id: "w", completed: 2, runs: 2, busyMs: 225, workMs: 200, usefulMs: 200 }])
    expect(outcome.makespan).toBe(1_200)
  })

  it("runs as many tasks as it has slots, and the next when one has ended", async () => {
    const outcome = await simulate({ workers: [{ capacity: { concurrent: 2 } }], workload: at([0, 0, 0], 100) })
    expect(sojourns(outcome)).toEqual([100, 100, 200])
  })

  it("shares its cores among the tasks that run on it", async () => {
    const workers = [{ capacity: { concurrent: 4 }, cores: 1 }]
    // Alone for 50 ms, then two for 100 ms, then the second alone for what is left of it.
    const outcome = await simulate({ workers, workload: at([0, 50], 100) })
    expect(sojourns(outcome)).toEqual([150, 150])
    expect(outcome.workers[0]).toMatchObject({ busyMs: 200, workMs: 200 })
  })

  it("goes at the pace of its phases, in the middle of a task too", async () => {
    const workers = [{ phases: [{ from: 100, until: 300, factor: 0.5 }] }]
    // 100 ms of work, then 100 in 200 ms, then the rest.
    expect(sojourns(await simulate({ workers, workload: at([0], 250) }))).toEqual([350])
    expect(
      sojourns(await simulate({ workers: [{ phases: [{ from: 50, factor: 0.1 }] }], workload: at([0], 100) }))
    ).toEqual([550])
  })

  it("is slow after each start for as long as it warms up", async () => {
    const workers = [{ id: "w", warmUp: { for: 1_000, factor: 0.25 } }]
    const warming = await simulate({ workers, workload: at([0, 2_000], 100) })
    expect(sojourns(warming)).toEqual([100, 400])
    const restarted = await simulate({
      workers,
      workload: at([5_000], 100),
      faults: [{ at: 4_800, type: "crash", worker: "w" }]
    })
    expect(sojourns(restarted)[0]).toBeGreaterThan(300)
  })

  it("takes a fixed time for what it begins while that rules", async () => {
    const workers = [{ capacity: { concurrent: 10 }, fixed: [{ from: 100, until: 200, ms: 2_000 }] }]
    expect(sojourns(await simulate({ workers, workload: at([99, 100, 199, 200], 10) }))).toEqual([10, 10, 2_000, 2_000])
  })

  it("starts as late as it takes to boot, and tasks wait for it", async () => {
    expect(sojourns(await simulate({ workers: [{ boot: 500 }], workload: at([0], 100) }))).toEqual([600])
  })

  it("gets its runs one after the other where each costs the coordinator something", async () => {
    const outcome = await simulate({ workers: 3, workload: at([0, 0, 0], 100), world: { dispatchCost: 5 } })
    expect(sojourns(outcome)).toEqual([105, 110, 115])
  })
})

describe("what befalls a simulated worker", () => {
  const pair: SimulationDefinition["workers"] = [{ id: "a" }, { id: "b" }]

  it("a crash takes its run elsewhere, from its last checkpoint", async () => {
    const kinds = [{ work: { type: "constant", ms: 1_000 }, checkpointEvery: 100 }] as const
    const definition: SimulationDefinition = {
      workers: pair,
      workload: { arrivals: { type: "batch", tasks: 1 }, kinds },
      faults: [{ at: 550, type: "crash", worker: "a" }]
    }
    const outcome = await simulate(definition)
    expect(sojourns(outcome)).toEqual([1_050])
    expect(outcome).toMatchObject({ exits: 1, rerun: 1, ends: { completed: 1 } })
    expect(outcome.workers.map(({ workMs }) => Math.round(workMs))).toEqual([550, 500])
    expect(outcome.usefulMs).toBe(1_000)
  })

  it("a death is the end of it: its supervisor gives up, and the others do the work", async () => {
    const events: Array<string> = []
    const outcome = await simulate({
      workers: pair,
      workload: {
        arrivals: { type: "regular", perSecond: 10, tasks: 100 },
        kinds: [{ work: { type: "constant", ms: 50 } }]
      },
      faults: [{ at: 1_020, type: "death", worker: "a" }],
      onEvent: (event) => events.push(event._tag)
    })
    expect(completed(outcome)).toBe(true)
    expect(events.filter((tag) => tag === "WorkerGivenUp")).toHaveLength(1)
  })

  it("while it hangs nothing is computed, heard or said; a timeout ends its thread", async () => {
    const hanging: SimulationDefinition = {
      workers: [{ id: "a" }],
      workload: at([0], 100),
      faults: [{ at: 40, type: "hang", worker: "a", for: 5_000 }]
    }
    expect(sojourns(await simulate(hanging))).toEqual([5_100])
    const kinds = [{ work: { type: "constant", ms: 100 }, options: { timeout: 1_000, retries: 1 } }] as const
    const timed = await simulate({ ...hanging, workload: { arrivals: { type: "batch", tasks: 1 }, kinds } })
    expect(timed).toMatchObject({ exits: 1, ends: { completed: 1 } })
    expect(timed.sojourn.max).toBeLessThan(3_000)
  })

  it("slows down for a time, and then is itself again", async () => {
    const faults = [{ at: 100, type: "slow", worker: "a", factor: 0.5, for: 200 }] as const
    expect(sojourns(await simulate({ workers: [{ id: "a" }], workload: at([0, 1_000], 250), faults }))).toEqual([
      250, 350
    ])
  })

  it("whoever is idle and says nothing for too long is started anew; whoever is late is not", async () => {
    const quiet = (fault: "mute" | "lag") =>
      simulate({
        workers: pair,
        workload: {
          arrivals: { type: "regular", perSecond: 2, tasks: 600, after: 250 },
          kinds: [{ work: { type: "constant", ms: 100 } }]
        },
        faults: [
          fault === "mute"
            ? { at: 10_000, type: "mute", worker: "a", for: 200_000 }
            : { at: 10_000, type: "lag", worker: "a", by: 1_500, for: 200_000 }
        ]
      })
    expect((await quiet("mute")).exits).toBeGreaterThan(0)
    expect((await quiet("lag")).exits).toBe(0)
  })

  it("joins and leaves while the others work, and nothing is lost", async () => {
    const outcome = await simulate({
      workers: pair,
      workload: {
        arrivals: { type: "poisson", perSecond: 30, tasks: 300 },
        kinds: [{ work: { type: "constant", ms: 50 } }]
      },
      faults: [
        { at: 2_000, type: "join", worker: { id: "c", speed: 4 } },
        { at: 4_000, type: "leave", worker: "a" }
      ]
    })
    expect(completed(outcome)).toBe(true)
    expect(outcome.workers.map(({ id }) => id)).toEqual(["a", "b", "c"])
    expect(outcome.workers.find(({ id }) => id === "c")?.runs).toBeGreaterThan(50)
  })
})

describe("a simulated move", () => {
  it("carries its state at the bandwidth of the world, there and back", async () => {
    const moved = (bandwidth: number) =>
      simulate({
        workers: [
          { id: "slow", speed: 0.1, capacity: { concurrent: 2 } },
          { id: "fast", speed: 1, capacity: { concurrent: 2 } }
        ],
        strategy: { id: "slow first", pick: (_task, candidates) => candidates[0]?.spec.id ?? "" },
        workload: {
          arrivals: { type: "batch", tasks: 2 },
          kinds: [{ work: { type: "constant", ms: 20_000 }, checkpointEvery: 50, stateBytes: 1_000_000 }]
        },
        options: { adaptation: { checkInterval: "2 seconds" } },
        world: { bandwidth }
      })
    const quick = await moved(Number.POSITIVE_INFINITY)
    expect(quick.moves).toBeGreaterThan(0)
    const thin = await moved(1_000)
    expect(thin.moves).toBe(quick.moves)
    // A megabyte at a kilobyte in a millisecond is a second, and it travels twice.
    const later = thin.sojourn.sum - quick.sojourn.sum
    expect(later).toBeCloseTo(2_000 * quick.moves, -2)
  })
})

describe("a simulation", () => {
  it("has clients who wait for the end of their task, think, and come again", async () => {
    const outcome = await simulate({
      workers: 1,
      workload: {
        arrivals: { type: "closed", clients: 1, tasks: 5, think: { type: "constant", ms: 30 } },
        kinds: [{ work: { type: "constant", ms: 70 } }]
      }
    })
    expect(outcome).toMatchObject({ tasks: 5, makespan: 470 })
    expect(sojourns(outcome)).toEqual([70, 70, 70, 70, 70])
  })

  it("ends when nothing can end any more, and says what has not", async () => {
    const kinds = [{ work: { type: "constant", ms: 10 }, options: { requires: { labels: { zone: "b" } } } }] as const
    const outcome = await simulate({
      workers: [{ id: "a", capabilities: { labels: { zone: "b" } } }],
      workload: { arrivals: { type: "batch", tasks: 3 }, kinds },
      faults: [{ at: 5, type: "hang", worker: "a", for: 1_000_000_000 }],
      until: "1 hour"
    })
    expect(outcome.ends).toMatchObject({ completed: 0, unfinished: 3 })
  })

  it("gives a look at the world at intervals", async () => {
    const seen: Array<readonly [number, number, number]> = []
    await simulate({
      workers: [{ id: "a" }],
      workload: at([0, 0, 0], 100),
      watch: { every: 75, look: ({ now, waiting, workers }) => seen.push([now, waiting, workers[0]?.backlogMs ?? 0]) }
    })
    expect(seen).toEqual([
      [0, 0, 0],
      [75, 2, 25],
      [150, 1, 50],
      [225, 0, 75],
      [300, 0, 0]
    ])
  })

  it.each<[string, SimulationDefinition, ReadonlyArray<string>]>([
    [
      "a shape that is wrong",
      { workers: [{ id: "a", capacity: { concurrent: 0 }, speed: -1 }], workload: at([0], 1) },
      ["workers[0].capacity.concurrent", "workers[0].speed"]
    ],
    [
      "what does not fit together",
      {
        workers: [{ id: "a" }],
        workload: { arrivals: { type: "poisson", perSecond: -1, tasks: 5 }, kinds: [] },
        strategy: "no_such",
        options: { maxQueue: -5 },
        faults: [{ at: 5, type: "crash", worker: "b" }]
      },
      ["workload.arrivals.perSecond", "faults[0].worker", "strategy", "options.maxQueue"]
    ]
  ])("refuses %s, with a path and a hint for each", async (_what, wrong, paths) => {
    const refused = await simulate(wrong).then(
      () => undefined,
      (error: unknown) => error
    )
    expect(refused).toBeInstanceOf(InvalidOptions)
    expect(refused).toHaveProperty(
      "problems",
      expect.arrayContaining(paths.map((path) => expect.objectContaining({ path, hint: expect.any(String) })))
    )
  })
})
