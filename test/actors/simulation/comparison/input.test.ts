import { describe, expect, it } from "vitest"
import { isScenario, scenarioProblems, usualRows } from "../../../../actors/simulation/comparison/index.ts"
import { baselines, isWorld, worldProblems } from "../../../../actors/simulation/index.ts"
import { scenarios } from "../../../../actors/simulation/scenarios/index.ts"

const world = {
  workers: [{ id: "a", count: 2, speed: { encode: 2, "*": 1 } }, { phases: [{ from: 5, factor: 0.5 }] }],
  workload: { arrivals: { type: "batch", tasks: 3 }, kinds: [{ work: { type: "constant", ms: 5 } }] },
  faults: [
    { at: 1, type: "crash", worker: "a-1" },
    { at: 2, type: "join", worker: { id: "late" } },
    { at: 3, type: "leave", worker: "late" }
  ],
  options: { maxQueue: 10 },
  world: { latency: 2 },
  until: "1 hour"
}

const pathsOf = (input: unknown): ReadonlyArray<string> => worldProblems(input).map(({ path }) => path)

describe("a world from outside", () => {
  it("may say all that a world can", () => {
    expect(worldProblems(world)).toEqual([])
    expect(isWorld(world)).toBe(true)
    expect(isWorld({ ...world, strategy: () => ({ id: "own", pick: () => "a-1" }) })).toBe(true)
  })

  it.each([
    [{ workers: 0 }, ["workers"]],
    [{ workers: [{ speed: -1 }] }, ["workers[0].speed"]],
    [{ workers: [{ spede: 2 }] }, ["workers[0].spede"]],
    [{ workload: 3 }, ["workload"]],
    [{ workload: { arrivals: { type: "batch", tasks: -1 }, kinds: [] } }, ["workload.arrivals.tasks"]],
    [{ faults: [{ at: 1, type: "crash", worker: 3 }] }, ["faults[0].worker"]],
    [{ faults: [{ at: 1, type: "crash", worker: "nobody" }] }, ["faults[0].worker"]],
    [{ options: { dataDir: "x" } }, ["options"]],
    [{ world: { latency: "long" } }, ["world.latency"]],
    [{ strategy: "by_the_moon" }, ["strategy"]],
    [{ strategy: {} }, ["strategy"]],
    [{ until: "soon" }, ["until"]],
    [{ wrokers: 2 }, ["wrokers"]]
  ])("with %j is told where it is wrong", (change, paths) => {
    expect(pathsOf({ ...world, ...change })).toEqual(paths)
    for (const { message, hint } of worldProblems({ ...world, ...change })) expect([message, hint]).not.toContain("")
  })

  it.each([[undefined], [null], [3], ["world"], [[]], [{}], [() => world]])("that is none (%j) is refused", (input) => {
    expect(worldProblems(input)).not.toEqual([])
    expect(isWorld(input)).toBe(false)
  })
})

describe("a scenario from outside", () => {
  const scenario = {
    id: "own",
    title: "own",
    scene: "s",
    metric: "m",
    gamed: "g",
    seeds: 3,
    parts: [{ world, contenders: { ballast: { runtime: {} } }, rows: usualRows }]
  }

  it("may be any that there is", () => {
    expect(scenarioProblems(scenario)).toEqual([])
    for (const known of scenarios) expect([known.id, scenarioProblems(known)]).toEqual([known.id, []])
  })

  it("is told all that is wrong at once, each with its path", () => {
    const [part] = scenario.parts
    const wrong = {
      ...scenario,
      gamed: "",
      seeds: 0.5,
      parts: [{ ...part, world: { ...world, workers: 0 }, contenders: { other: {} }, rows: [{ row: "r" }] }, 3]
    }
    expect(isScenario(wrong)).toBe(false)
    expect(scenarioProblems(wrong).map(({ path }) => path)).toEqual([
      "gamed",
      "seeds",
      "parts[0].world.workers",
      "parts[0].contenders.ballast",
      "parts[0].contenders.other",
      "parts[0].rows[0]",
      "parts[1]"
    ])
    expect(scenarioProblems(3)).toHaveLength(1)
    expect(scenarioProblems({ ...scenario, parts: [] })).toMatchObject([{ path: "parts" }])
  })

  it("is told of misspelt settings, and of models that would be in another world than the runtime", () => {
    const [part] = scenario.parts
    const quiet = { workers: 2, workload: world.workload }
    const contenders = {
      ballast: { runtime: { stratgy: "round_robin" } },
      "round robin": { model: baselines.roundRobin },
      other: { runtime: { options: { grace: "long" } } }
    }
    const pathsWith = (changed: object): ReadonlyArray<string> =>
      scenarioProblems({ ...scenario, parts: [{ ...part, world: { ...quiet, ...changed }, contenders }] }).map(
        ({ path }) => path
      )
    const settings = ["parts[0].contenders.ballast.runtime.stratgy", "parts[0].contenders.other.runtime.options.grace"]
    expect(pathsWith({})).toEqual(settings)
    expect(pathsWith({ until: "1 hour" })).toEqual([...settings, "parts[0].contenders.round robin"])
  })
})
