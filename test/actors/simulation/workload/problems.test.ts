import { describe, expect, it } from "vitest"
import { type Workload, workloadProblems } from "../../../../actors/simulation/workload/index.ts"
import { kindOf, workloadOf } from "./given.ts"

const batch = { type: "batch", tasks: 5 } as const

/** As from a file, or from a caller without types. */
const parsed = (input: object): Workload => Object.assign(workloadOf(batch), input)

const pathsOf = (input: object): ReadonlyArray<string> => workloadProblems(parsed(input)).map(({ path }) => path)

const arrivalPaths = (arrivals: object): ReadonlyArray<string> => pathsOf({ arrivals })
const kindPaths = (kind: object): ReadonlyArray<string> => pathsOf({ kinds: [kindOf(kind)] })
const workPaths = (work: object): ReadonlyArray<string> => pathsOf({ kinds: [{ work }] })

describe("a workload", () => {
  it("has no problems where it makes sense", () => {
    const works: ReadonlyArray<Workload["kinds"][number]["work"]> = [
      { type: "constant", ms: 0 },
      { type: "uniform", from: 2, to: 2 },
      { type: "exponential", mean: 1 },
      { type: "lognormal", mean: 1, sigma: 0 },
      { type: "bounded-pareto", alpha: 1.1, least: 1, most: 1 },
      { type: "recorded", ms: [0] }
    ]
    const rest = {
      type: "render",
      share: 0,
      declared: { error: 1 },
      options: { priority: "high", requires: { cpu: 1 }, retries: 3 },
      keys: { share: 0, count: 1, limit: 1 },
      checkpointEvery: 1,
      stateBytes: 0
    } as const
    const kinds = [...works.map((work) => ({ work })), kindOf(rest)]
    const arrivals: ReadonlyArray<Workload["arrivals"]> = [
      { type: "batch", tasks: 0 },
      { type: "closed", clients: 1, tasks: 1, think: { type: "constant", ms: 1 } },
      { type: "regular", perSecond: 0.1, tasks: 1 },
      { type: "poisson", perSecond: 0.1, tasks: 1 },
      { type: "bursts", perSecond: 1, factor: 0.5, every: 10, lasting: 10, tasks: 1 },
      { type: "ramp", from: 0, to: 1, over: 1 }
    ]
    for (const each of arrivals) expect(workloadProblems(workloadOf(each, kinds))).toEqual([])
    const tasks = [
      { at: 0, work: 0 },
      { at: 0, work: 1, type: "render", options: { id: "mine" } }
    ]
    expect(workloadProblems(workloadOf({ type: "replay", tasks }, []))).toEqual([])
  })

  it("names the place, what is wrong there and what to do about it", () => {
    expect(workloadProblems(parsed({ arrivals: { type: "poisson", perSecond: -1, tasks: 5 } }))).toEqual([
      {
        path: "workload.arrivals.perSecond",
        message: "Expected a value greater than 0",
        hint: "tasks a second, above 0"
      }
    ])
    expect(workloadProblems(parsed({ kinds: [] }), "world.load")).toMatchObject([
      { path: "world.load.kinds", message: "there is no kind of task" }
    ])
  })

  it("names every place at once", () => {
    const wrong = {
      arrivals: { type: "poisson", perSecond: 0, tasks: 1.5 },
      kinds: [kindOf({ share: -1 }), { work: {} }]
    }
    expect([...pathsOf(wrong)].sort()).toEqual([
      "workload.arrivals.perSecond",
      "workload.arrivals.tasks",
      "workload.kinds[0].share",
      "workload.kinds[1].work"
    ])
  })

  it("is none that arrives at no rate, without an end or in no order", () => {
    const { NaN: none, POSITIVE_INFINITY: endless } = Number
    for (const [arrivals, ...paths] of [
      [{ type: "batch", tasks: -1 }, "tasks"],
      [{ type: "batch", tasks: endless }, "tasks"],
      [{ type: "closed", clients: 0, tasks: 1 }, "clients"],
      [{ type: "closed", clients: 1, tasks: 1, think: { type: "uniform", from: 2, to: 1 } }, "think.to"],
      [{ type: "regular", perSecond: 0, tasks: 1 }, "perSecond"],
      [{ type: "poisson", perSecond: none, tasks: none }, "perSecond", "tasks"],
      [{ type: "bursts", perSecond: 1, factor: 0, every: 0, lasting: 0, tasks: 1 }, "factor", "every", "lasting"],
      [{ type: "bursts", perSecond: 1, factor: 2, every: 5, lasting: 6, tasks: 1 }, "lasting"],
      [{ type: "ramp", from: -1, to: 1, over: 0 }, "from", "over"],
      [{ type: "ramp", from: 0, to: 0, over: 1 }, "to"],
      [{ type: "replay", tasks: [{ at: -1, work: none }] }, "tasks[0].at", "tasks[0].work"],
      [
        {
          type: "replay",
          tasks: [
            { at: 2, work: 1 },
            { at: 1, work: 1 }
          ]
        },
        "tasks[1].at"
      ],
      [{ type: "replay", tasks: [{ at: 2, work: 1, options: { retries: -1 } }] }, "tasks[0].options.retries"]
    ] as const) {
      expect(arrivalPaths(arrivals)).toEqual(paths.map((path) => `workload.arrivals.${path}`))
    }
  })

  it("is not told of more than the first hundred places where a whole trace is wrong", () => {
    const tasks = Array.from({ length: 20_000 }, (_, at) => ({ at, work: Number.NaN }))
    const paths = arrivalPaths({ type: "replay", tasks })
    expect(paths).toHaveLength(100)
    expect(paths.at(-1)).toBe("workload.arrivals.tasks[99].work")
    const unsound = tasks.map(({ at }) => ({ at, work: 1, options: { retries: -1 } }))
    expect(arrivalPaths({ type: "replay", tasks: unsound })).toHaveLength(100)
  })

  it("is none with arrivals that are unknown, or with keys that are", () => {
    expect(arrivalPaths({ type: "poison", perSecond: 1 })).toEqual(["workload.arrivals.type"])
    expect(arrivalPaths({ type: "poisson", perSeconds: 1, tasks: 1 })).toContain("workload.arrivals.perSecond")
    expect(kindPaths({ checkpointsEvery: 1 })).toEqual(["workload.kinds[0].checkpointsEvery"])
  })

  it("is none with times that are negative, swapped or missing", () => {
    const { NaN: none } = Number
    for (const [work, path] of [
      [{ type: "constant", ms: -1 }, "ms"],
      [{ type: "uniform", from: 2, to: 1 }, "to"],
      [{ type: "exponential", mean: 0 }, "mean"],
      [{ type: "lognormal", mean: 1, sigma: -1 }, "sigma"],
      [{ type: "bounded-pareto", alpha: none, least: 1, most: 2 }, "alpha"],
      [{ type: "bounded-pareto", alpha: 1, least: 0, most: 2 }, "least"],
      [{ type: "bounded-pareto", alpha: 1, least: 3, most: 2 }, "most"],
      [{ type: "recorded", ms: [] }, "ms"],
      [{ type: "recorded", ms: [1, none] }, "ms[1]"]
    ] as const) {
      expect(workPaths(work)).toEqual([`workload.kinds[0].work.${path}`])
    }
  })

  it("is none with a kind whose tasks could not be submitted", () => {
    for (const [kind, path] of [
      [{ type: "" }, "type"],
      [{ share: Number.NaN }, "share"],
      [{ declared: { error: 1.5 } }, "declared.error"],
      [{ keys: { share: 2, count: 1 } }, "keys.share"],
      [{ keys: { share: 1, count: 0 } }, "keys.count"],
      [{ checkpointEvery: 0 }, "checkpointEvery"],
      [{ stateBytes: -1 }, "stateBytes"],
      [{ options: { priority: "urgent" } }, "options.priority"],
      [{ options: { requires: { accelerators: { cuda: 1.5 } } } }, "options.requires.accelerators.cuda"],
      [{ options: { id: "all the same" } }, "options.id"],
      [{ options: 3 }, "options"]
    ] as const) {
      expect(kindPaths(kind)).toEqual([`workload.kinds[0].${path}`])
    }
  })

  it("is none where no kind has a share, or there is none", () => {
    expect(pathsOf({ kinds: [] })).toEqual(["workload.kinds"])
    expect(pathsOf({ kinds: [kindOf({ share: 0 })] })).toEqual(["workload.kinds"])
  })
})
