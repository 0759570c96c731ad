import { describe, expect, it } from "vitest"
import { baselines } from "../../../../actors/simulation/index.ts"
import { measureSeed, type Part, type ScenarioWorld } from "../../../../actors/simulation/scenarios/index.ts"

const kinds = [{ work: { type: "constant", ms: 100 } }] as const

const batch = (tasks: number): ScenarioWorld["workload"] => ({ arrivals: { type: "batch", tasks }, kinds })

const partOf = (world: Part["world"]): Part => ({
  world,
  contenders: {
    ballast: { runtime: {} },
    "least connections": { model: baselines.leastConnections() },
    "central queue": { model: baselines.centralQueue() }
  },
  rows: [
    { row: "makespan", unit: "ms", better: "less", figure: ({ makespan }) => makespan },
    { row: "completed", unit: "", better: "more", figure: ({ sojourn }) => sojourn.count }
  ]
})

describe("the models", () => {
  it.each<[string, ScenarioWorld, number]>([
    ["a speed for all types", { workers: [{ speed: { "*": 2 } }], workload: batch(2) }, 100],
    ["a speed for other types", { workers: [{ speed: { other: 2 } }], workload: batch(2) }, 200],
    ["a phase that is faster", { workers: [{ phases: [{ from: 0, factor: 2 }] }], workload: batch(2) }, 100],
    [
      "a fault that slows",
      {
        workers: [{ id: "a" }],
        faults: [{ at: 0, type: "slow", worker: "a", factor: 0.5, for: "1 minute" }],
        workload: batch(2)
      },
      400
    ],
    [
      "slownesses that overlap",
      {
        workers: [{ id: "a" }],
        faults: [
          { at: 0, type: "slow", worker: "a", factor: 0.25, for: 600 },
          { at: 200, type: "slow", worker: "a", factor: 0.5, for: 600 }
        ],
        workload: batch(2)
      },
      800
    ],
    ["a warm-up", { workers: [{ warmUp: { for: 100, factor: 0.5 } }], workload: batch(2) }, 250],
    [
      "heartbeats that are lost",
      { workers: [{ id: "a" }], faults: [{ at: 0, type: "mute", worker: "a", for: 100 }], workload: batch(2) },
      200
    ]
  ])("have the world of the runtime with %s", async (_, world, makespan) => {
    expect(await measureSeed({ parts: [partOf(world)] }, 1)).toEqual({
      makespan: { ballast: makespan, "least connections": makespan, "central queue": makespan },
      completed: { ballast: 2, "least connections": 2, "central queue": 2 }
    })
  })

  it.each<[string, ScenarioWorld]>([
    [
      "clients who come again",
      { workers: 2, workload: { arrivals: { type: "closed", clients: 2, tasks: 20 }, kinds } }
    ],
    ["cores", { workers: [{ cores: 1, capacity: { concurrent: 4 } }], workload: batch(4) }],
    ["take time to start", { workers: [{ boot: "1 second" }], workload: batch(4) }],
    ["until", { workers: 1, until: 150, workload: batch(4) }],
    ['"crash"', { workers: [{ id: "a" }], faults: [{ at: 50, type: "crash", worker: "a" }], workload: batch(4) }],
    ['"join"', { workers: 1, faults: [{ at: 50, type: "join", worker: {} }], workload: batch(4) }],
    ["failures", { workers: 1, world: { failures: 0.1 }, workload: batch(4) }],
    [
      "concurrency keys",
      {
        workers: 2,
        workload: { arrivals: { type: "batch", tasks: 4 }, kinds: [{ ...kinds[0], keys: { share: 1, count: 1 } }] }
      }
    ],
    [
      "time out",
      {
        workers: 2,
        workload: {
          arrivals: { type: "replay", tasks: [{ at: 0, work: 10, options: { queueTimeout: 5 } }] },
          kinds: []
        }
      }
    ],
    [
      "share what a worker has",
      {
        workers: [{ capacity: { concurrent: 4, memory: 2 } }],
        workload: {
          arrivals: { type: "batch", tasks: 4 },
          kinds: [{ ...kinds[0], options: { requires: { memory: 1 } } }]
        }
      }
    ]
  ])("are refused a world with what they do not know: %s", async (what, world) => {
    const problems = ["least connections", "central queue"].map((name) => ({
      path: `parts[0].contenders.${name}`,
      message: expect.stringContaining(what),
      hint: expect.stringContaining("leave the model out")
    }))
    const refused = { code: "BALLAST_INVALID_OPTIONS", problems }
    await expect(measureSeed({ parts: [partOf(world)] }, 1)).rejects.toMatchObject(refused)
    // What a seed makes of the world is seen when it is made.
    await expect(measureSeed({ parts: [partOf(() => world)] }, 1)).rejects.toMatchObject(refused)
    const { ballast = { runtime: {} } } = partOf(world).contenders
    const alone = { ...partOf(world), contenders: { ballast } }
    expect(Object.keys(await measureSeed({ parts: [alone] }, 1))).toEqual(["makespan", "completed"])
  })

  it("are looked at as long as anything ends, where a task never does", async () => {
    const world = { workers: [{ phases: [{ from: 150, factor: 0 }] }], workload: batch(2) }
    const { contenders, ...part } = partOf(world)
    const models = { "central queue": contenders["central queue"] ?? { runtime: {} } }
    const looks = {
      row: "looks",
      unit: "",
      better: "less",
      figure: (measurement) => measurement.looks.length
    } as const satisfies Part["rows"][number]
    const figures = await measureSeed(
      { parts: [{ ...part, contenders: models, rows: [...part.rows, looks], lookEvery: 50 }] },
      1
    )
    expect(figures).toEqual({
      makespan: { "central queue": 100 },
      completed: { "central queue": 1 },
      looks: { "central queue": 3 }
    })
  })
})
