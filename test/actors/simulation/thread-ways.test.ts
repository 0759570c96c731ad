import { describe, expect, it } from "vitest"
import { type SimulationDefinition, simulate } from "../../../actors/simulation/index.ts"

const work = (ms: number, more: object = {}) => [{ work: { type: "constant", ms }, ...more }] as const
const one = (ms: number, more: object = {}): SimulationDefinition["workload"] => ({
  arrivals: { type: "batch", tasks: 1 },
  kinds: work(ms, more)
})

describe("what a simulated run says of itself", () => {
  it("is how far it is, of the whole task, on another worker too", async () => {
    const said: Array<number> = []
    await simulate({
      workers: [{ id: "a" }, { id: "b" }],
      workload: one(1_000, { checkpointEvery: 100 }),
      faults: [{ at: 450, type: "crash", worker: "a" }],
      onEvent: (event) => {
        if (event._tag === "TaskProgressed") said.push(Math.round(100 * event.fraction))
      }
    })
    expect(said).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 90])
  })
})

describe("the account of a simulated worker", () => {
  it("has the work of runs that were stopped, and of those that are in progress at the end", async () => {
    const stopped = await simulate({ workers: [{ id: "a" }], workload: one(1_000, { options: { timeout: 400 } }) })
    expect(stopped.workers).toMatchObject([{ id: "a", busyMs: 400, workMs: 400, usefulMs: 0 }])
    const inProgress = await simulate({ workers: [{ id: "a" }], workload: one(1_000), until: 500 })
    expect(inProgress.workers).toMatchObject([{ id: "a", busyMs: 500, workMs: 500, usefulMs: 0 }])
  })

  it("has the wait of each task once, until its first run begins, be it sent ahead or taken back", async () => {
    const { wait, tasks, runs } = await simulate({
      workers: 2,
      workload: {
        arrivals: { type: "poisson", perSecond: 1_600, tasks: 6_000 },
        kinds: [{ work: { type: "exponential", mean: 1 } }]
      },
      options: { maxQueue: 10_000 }
    }).then((outcome) => ({ ...outcome, runs: outcome.workers.reduce((sum, worker) => sum + worker.runs, 0) }))
    expect(wait.count).toBe(tasks)
    expect(runs).toBe(tasks)
  })
})

describe("what befalls a simulated thread", () => {
  it("while it starts stays with it", async () => {
    const { makespan } = await simulate({
      workers: [{ id: "a", boot: 1_000 }],
      workload: one(100),
      faults: [{ at: 500, type: "hang", worker: "a", for: 10_000 }]
    })
    expect(makespan).toBe(10_600)
  })

  it("more than once slows it down by all of it, each for its time", async () => {
    const { makespan } = await simulate({
      workers: [{ id: "a" }],
      workload: one(100),
      faults: [
        { at: 0, type: "slow", worker: "a", factor: 0.1, for: 500 },
        { at: 0, type: "slow", worker: "a", factor: 0.5, for: 100 }
      ]
    })
    // 5 of work in 100 ms, 40 in 400 ms, and the rest at its own speed.
    expect(makespan).toBe(555)
  })

  it("is given up on where it takes longer to start than it may", async () => {
    const outcome = await simulate({
      workers: [{ id: "a", boot: 5_000, restart: { maxRestarts: 1 } }],
      workload: one(100),
      options: { bootTimeout: "1 second" }
    })
    expect(outcome).toMatchObject({ exits: 2, ends: { completed: 0, failed: 1 } })
  })
})

describe("state on its way", () => {
  it("holds up no run but its own", async () => {
    const ends = new Map<string, number>()
    const { moves } = await simulate({
      workers: [
        { id: "slow", speed: 0.1, capacity: { concurrent: 3 } },
        { id: "fast", speed: 1, capacity: { concurrent: 3 } }
      ],
      strategy: { id: "slow first", pick: (_task, candidates) => candidates[0]?.spec.id ?? "" },
      workload: {
        arrivals: {
          type: "replay",
          tasks: [
            { at: 0, work: 20_000, type: "moved" },
            { at: 0, work: 20_000, type: "moved" },
            { at: 0, work: 1_000, type: "still" }
          ]
        },
        kinds: [
          { type: "moved", work: { type: "constant", ms: 1 }, checkpointEvery: 50, stateBytes: 1_000_000 },
          { type: "still", work: { type: "constant", ms: 1 } }
        ]
      },
      options: { adaptation: { checkInterval: "2 seconds" } },
      world: { bandwidth: 100 },
      onEvent: (event) => {
        if (event._tag === "TaskCompleted") ends.set(event.taskId, event.at)
      }
    })
    // Ten seconds each way for the one that moves; the short one is done after ten, as if nothing else were there.
    const [still = 0, moved = 0] = [...ends.values()]
    expect(still).toBe(10_000)
    expect(moves).toBe(1)
    expect(moved).toBeGreaterThan(40_000)
  })
})

describe("a client", () => {
  it("whose task is refused comes with its next", async () => {
    const outcome = await simulate({
      workers: 1,
      workload: {
        arrivals: { type: "closed", clients: 10, tasks: 60 },
        kinds: work(100, { options: { deadline: 250 } })
      },
      options: { maxQueue: 1 }
    })
    expect(outcome).toMatchObject({ ending: "all ended", tasks: 60 })
    expect(outcome.ends.refused).toBeGreaterThan(0)
    expect(outcome.ends.completed).toBeGreaterThan(0)
  })
})
