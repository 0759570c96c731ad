import { describe, expect, it } from "vitest"
import { type Outcome, type SimulationDefinition, simulate } from "../../../actors/simulation/index.ts"

type Worker = Exclude<SimulationDefinition["workers"], number>[number]

const always: Worker = { id: "w", fixed: [{ from: 0, until: 1_000_000, ms: 500 }] }

const simulated = (worker: object, work: number, more: Partial<SimulationDefinition> = {}): Promise<Outcome> =>
  simulate({
    workers: [{ ...always, ...worker }],
    workload: {
      arrivals: { type: "batch", tasks: 1 },
      kinds: [{ work: { type: "constant", ms: work }, checkpointEvery: 40 }]
    },
    ...more
  })

describe("a run begun in a time that is fixed", () => {
  it.each<[string, object, number]>([
    ["without a checkpoint", {}, 40],
    ["with two and a half steps", {}, 100],
    ["of no work", {}, 0],
    ["on a worker that is fast", { speed: 8 }, 100],
    [
      "in the middle of phases",
      {
        phases: [
          { from: 100, until: 300, factor: 0.5 },
          { from: 200, factor: 3 }
        ]
      },
      100
    ],
    ["on a worker that stands still for ever", { phases: [{ from: 0, factor: 0 }] }, 100],
    ["on a worker that warms up", { warmUp: { for: 10_000, factor: 0.1 } }, 100]
  ])("takes exactly that, %s", async (_what, worker, work) => {
    const { makespan, workers } = await simulated(worker, work)
    expect(makespan).toBe(500)
    expect(workers).toMatchObject([{ completed: 1, runs: 1, busyMs: 500, workMs: work, usefulMs: work }])
  })

  it("takes no time where that is fixed at none, and its work is done all the same", async () => {
    const { makespan, workers } = await simulated({ fixed: [{ from: 0, until: 9, ms: 0 }] }, 100)
    expect(makespan).toBe(0)
    expect(workers).toMatchObject([{ completed: 1, busyMs: 0, workMs: 100, usefulMs: 100 }])
  })

  it("has its checkpoints where its work has them", async () => {
    const said: Array<readonly [number, number]> = []
    await simulated({}, 100, {
      onEvent: (event) => {
        if (event._tag === "TaskProgressed") said.push([event.at, Math.round(100 * event.fraction)])
      }
    })
    expect(said).toEqual([
      [200, 33],
      [400, 67]
    ])
  })

  it("is not held up by those with which it shares a core", async () => {
    const workers = [{ ...always, capacity: { concurrent: 2 }, cores: 1, fixed: [{ from: 0, until: 50, ms: 500 }] }]
    const tasks = [
      { at: 0, work: 100 },
      { at: 100, work: 100 }
    ]
    const outcome = await simulate({ workers, workload: { arrivals: { type: "replay", tasks }, kinds: [] } })
    // The other has half of the core for as long as there are two.
    expect([...outcome.sojourn.sorted()]).toEqual([200, 500])
    expect(outcome.workers).toMatchObject([{ busyMs: 500, workMs: 200 }])
  })

  it("stands still with a worker that hangs, be it one that does nothing else either", async () => {
    const faults = [{ at: 250, type: "hang", worker: "w", for: 1_000 }] as const
    for (const phases of [[], [{ from: 0, factor: 0 }]]) {
      const { makespan, workers } = await simulated({ phases }, 100, { faults })
      expect(makespan).toBe(1_500)
      expect(workers).toMatchObject([{ busyMs: 500, workMs: 100 }])
    }
  })

  it("is lost in a crash, and what is left of it takes as long again", async () => {
    const { makespan, workers, rerun } = await simulated({}, 100, {
      faults: [{ at: 450, type: "crash", worker: "w" }]
    })
    expect([makespan, rerun]).toEqual([950, 1])
    // Up to the second checkpoint, half of the last step in vain, and the last step.
    expect(workers).toMatchObject([{ busyMs: 950, workMs: 110 }])
  })
})
