import { describe, expect, it } from "vitest"
import { type SimulationDefinition, worldProblems } from "../../../actors/simulation/index.ts"

const kinds = [{ work: { type: "constant", ms: 10 } }] as const
const world: SimulationDefinition = { workers: 2, workload: { arrivals: { type: "batch", tasks: 3 }, kinds } }

const problemsWith = (change: object) => worldProblems({ ...world, ...change })
const pathsWith = (change: object): ReadonlyArray<string> => problemsWith(change).map(({ path }) => path)

describe("the ids of a world", () => {
  it.each([
    ["two of the same", [{ id: "a" }, { id: "b" }, { id: "a" }], ["workers[2].id"]],
    ["one that several others make up", [{ id: "a", count: 2 }, { id: "a-1" }], ["workers[1].id"]],
    ["none twice", [{ id: "a", count: 2 }, { id: "a" }, { id: "w1" }, {}, { count: 2 }], []]
  ])("are each one worker's: %s", (_what, workers, paths) => {
    expect(pathsWith({ workers })).toEqual(paths)
  })

  it.each<[string, ReadonlyArray<object>, ReadonlyArray<string>]>([
    ["one that is there", [{ at: 5, type: "join", worker: { id: "w2" } }], ["faults[0].worker.id"]],
    [
      "one that has joined before, whatever the order of the list",
      [
        { at: "1 minute", type: "join", worker: { id: "late" } },
        { at: 5, type: "join", worker: { id: "late" } }
      ],
      ["faults[0].worker.id"]
    ],
    [
      "one of several that join at once",
      [
        { at: 5, type: "join", worker: { id: "late-2" } },
        { at: 6, type: "join", worker: { id: "late", count: 3 } }
      ],
      ["faults[1].worker.id"]
    ],
    [
      "one that has left may come again",
      [
        { at: 5, type: "leave", worker: "w2" },
        { at: 500, type: "join", worker: { id: "w2" } }
      ],
      []
    ],
    [
      "one without an id is somebody new",
      [
        { at: 5, type: "join", worker: { speed: 5 } },
        { at: 6, type: "crash", worker: "w3" }
      ],
      []
    ]
  ])("are those of nobody who joins: %s", (_what, faults, paths) => {
    expect(pathsWith({ faults })).toEqual(paths)
  })
})

describe("how a world is", () => {
  const { NaN: none, POSITIVE_INFINITY: endless } = Number

  it.each([
    ["latency", endless],
    ["latency", none],
    ["latency", -1],
    ["boot", endless],
    ["step", -1],
    ["checkpoints", 1.5],
    ["dispatchCost", endless],
    ["bandwidth", 0],
    ["bandwidth", none],
    ["heartbeatInterval", 0],
    ["heartbeatInterval", endless],
    ["failures", 5],
    ["loadFailures", -0.1],
    ["heeding", 1.1],
    ["latency", undefined],
    ["latncy", 1]
  ])("is told by its name where it makes no sense: %s: %j", (name, value) => {
    const problems = problemsWith({ world: { [name]: value, crashes: 0.1 } })
    expect(new Set(problems.map(({ path }) => path))).toEqual(new Set([`world.${name}`]))
    for (const { hint } of problems) expect(hint).not.toMatch(/documentation/)
  })

  it("may be anything that does", () => {
    const rough = { failures: 0.9, hangs: 0.05, crashes: 0.05, bandwidth: endless, heartbeatInterval: 1, boot: 0 }
    expect(problemsWith({ world: rough })).toEqual([])
  })

  it("lets no more go wrong than there is", () => {
    expect(pathsWith({ world: { failures: 0.5, hangs: 0.3, crashes: 0.3 } })).toEqual(["world"])
  })
})

describe("a clock of a world", () => {
  it.each([
    ["watch.every", { watch: { every: 0, look: () => {} } }],
    ["watch.every", { watch: { every: "5 nanos", look: () => {} } }],
    ["options.heartbeatInterval", { options: { heartbeatInterval: 0 } }],
    ["options.heartbeatInterval", { options: { heartbeatInterval: 1e-9 } }],
    // Told by the options of the runtime, and not again.
    ["options.heartbeatInterval", { options: { heartbeatInterval: "now" } }]
  ])("lets time pass between two rings: %s", (path, change) => {
    expect(pathsWith(change)).toEqual([path])
  })
})

describe("times of a world", () => {
  it("are durations, as everywhere", () => {
    const timed: SimulationDefinition = {
      ...world,
      workers: [
        {
          id: "a",
          boot: "2 seconds",
          warmUp: { for: "1 minute", factor: 0.5 },
          phases: [
            { from: "1 second", until: "1 minute", factor: 2 },
            { from: 5_000, factor: 0 }
          ],
          fixed: [{ from: 0, until: "1 hour", ms: "2 seconds" }]
        }
      ],
      faults: [
        { at: "5 seconds", type: "crash", worker: "a" },
        { at: "5 seconds", type: "hang", worker: "a", for: "1 minute" },
        { at: 5, type: "lag", worker: "a", by: "1 second", for: "1 minute" }
      ]
    }
    expect(worldProblems(timed)).toEqual([])
  })

  it("are none that are no time, or end before they begin", () => {
    const phases = [{ from: "1 minute", until: 5, factor: 1 }]
    expect(pathsWith({ workers: [{ boot: "soon", phases: [{ from: -1, factor: 1 }] }] })).toEqual([
      "workers[0].boot",
      "workers[0].phases[0].from"
    ])
    expect(pathsWith({ workers: [{ phases, fixed: [{ from: 9, until: 8, ms: 1 }] }] })).toEqual([
      "workers[0].phases[0].until",
      "workers[0].fixed[0].until"
    ])
    expect(pathsWith({ faults: [{ at: "later", type: "join", worker: { phases } }] })).toEqual(["faults[0].at"])
    expect(pathsWith({ faults: [{ at: 1, type: "join", worker: { phases } }] })).toEqual([
      "faults[0].worker.phases[0].until"
    ])
  })
})

describe("a type that is misspelt", () => {
  it.each([
    ["faults[0].type", 'there is no fault "crsh"', "crash, death", { faults: [{ at: 5, type: "crsh", worker: "w1" }] }],
    ["faults[0]", "it has no type", "crash, death", { faults: [{ at: 5, worker: "w1" }] }],
    ["faults[0]", "it is no fault", "crash, death", { faults: ["crash"] }],
    [
      "workload.arrivals.type",
      'there is no kind of arrivals "poison"',
      "regular, poisson",
      { workload: { arrivals: { type: "poison", perSecond: 1, tasks: 1 }, kinds } }
    ],
    [
      "workload[0].kinds[0].work.type",
      'there is no service time "consant"',
      "constant, uniform",
      { workload: [{ ...world.workload, kinds: [{ work: { type: "consant", ms: 1 } }] }] }
    ],
    [
      "workload.arrivals.think.type",
      "there is no service time 7",
      "constant, uniform",
      { workload: { arrivals: { type: "closed", clients: 1, tasks: 1, think: { type: 7 } }, kinds } }
    ]
  ])("at %s is told in a line: %s", (path, message, types, change) => {
    const problems = problemsWith(change)
    expect(problems).toEqual([{ path, message, hint: expect.stringContaining(types) }])
  })

  it("hides nothing else that is wrong", () => {
    const faults = [
      { at: 5, type: "crsh", worker: "w1" },
      { at: 5, type: "slow", worker: "w1" }
    ]
    expect(pathsWith({ faults, until: "soon" })).toEqual([
      "faults[0].type",
      "faults[1].factor",
      "faults[1].for",
      "until"
    ])
  })
})
