import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  chanceOf,
  meanWork,
  type TaskKind,
  thinkTimes,
  typesOf,
  type Workload
} from "../../../../actors/simulation/workload/index.ts"
import { mean, standardError } from "../../../../src/statistics/index.ts"
import { allOf, firstOf, kindOf, timesOf, workloadOf, worksOf } from "./given.ts"

const poisson = { type: "poisson", perSecond: 100, tasks: 2_000 } as const

const anyKind: fc.Arbitrary<TaskKind> = fc.record(
  {
    type: fc.constantFrom("render", "resize", "work"),
    share: fc.double({ min: 0.1, max: 5, noNaN: true }),
    work: fc.constantFrom<TaskKind["work"]>(
      { type: "constant", ms: 4 },
      { type: "lognormal", mean: 5, sigma: 1 },
      { type: "bounded-pareto", alpha: 1.1, least: 1, most: 50 }
    ),
    declared: fc.record({ error: fc.double({ min: 0, max: 1, noNaN: true }) }),
    keys: fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), count: fc.integer({ min: 1, max: 5 }) }),
    checkpointEvery: fc.constant(2)
  },
  { requiredKeys: ["work"] }
)

const anyKinds = fc.array(anyKind, { minLength: 1, maxLength: 4 })

describe("tasks drawn from a seed", () => {
  it("are the same from the same seed, and others from another", () => {
    fc.assert(
      fc.property(anyKinds, fc.string(), (kinds, seed) => {
        const workload = workloadOf(poisson, kinds)
        const tasks = firstOf(workload, 30, seed)
        expect(firstOf(workload, 30, seed)).toEqual(tasks)
        expect(timesOf(firstOf(workload, 30, `${seed}.`))).not.toEqual(timesOf(tasks))
      }),
      { numRuns: 50 }
    )
  })

  it("arrive at the same times whatever they are", () => {
    const times = timesOf(firstOf(workloadOf(poisson), 40))
    fc.assert(
      fc.property(anyKinds, (kinds) => {
        expect(timesOf(firstOf(workloadOf(poisson, kinds), 40))).toEqual(times)
      }),
      { numRuns: 50 }
    )
  })

  it("are as much work, whenever they arrive and whatever they declare", () => {
    const works = worksOf(firstOf(workloadOf(poisson), 40))
    const declaring = kindOf({ declared: { error: 0.5 }, keys: { share: 0.5, count: 3 } })
    expect(worksOf(firstOf(workloadOf(poisson, [declaring]), 40))).toEqual(works)
    expect(worksOf(firstOf(workloadOf({ type: "batch", tasks: 40 }), 40))).toEqual(works)
  })

  it("are drawn in the same way beside another kind: it takes some of the places and changes none of the tasks", () => {
    const alone = worksOf(firstOf(workloadOf(poisson, [kindOf({ type: "render" })]), 200))
    const beside = firstOf(workloadOf(poisson, [kindOf({ type: "render" }), kindOf({ type: "resize" })]), 200)
    const renders = worksOf(beside.filter(({ type }) => type === "render"))
    expect(renders.length).toBeGreaterThan(50)
    expect(renders).toEqual(alone.slice(0, renders.length))
  })

  it("are of each kind by its share", () => {
    const kinds = [kindOf({ type: "a" }), kindOf({ type: "b", share: 3 }), kindOf({ type: "never", share: 0 })]
    const tasks = allOf(workloadOf({ ...poisson, tasks: 20_000 }, kinds))
    const ofB = tasks.filter(({ type }) => type === "b").length / tasks.length
    expect(Math.abs(ofB - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / tasks.length))
    expect(tasks.some(({ type }) => type === "never")).toBe(false)
    expect(tasks).toHaveLength(20_000)
  })

  it("of two kinds of one type are drawn independently of each other", () => {
    const tasks = allOf(workloadOf({ type: "batch", tasks: 1_000 }, [kindOf(), kindOf()]))
    expect(new Set(worksOf(tasks)).size).toBe(1_000)
  })

  it("are as much work on average as their kinds' shares have it", () => {
    const kinds = [
      kindOf({ work: { type: "constant", ms: 1 }, share: 9 }),
      kindOf({ work: { type: "uniform", from: 50, to: 150 } })
    ]
    expect(meanWork(kinds)).toBe(10.9)
    expect(meanWork([])).toBeNaN()
    const works = worksOf(allOf(workloadOf({ type: "batch", tasks: 50_000 }, kinds)))
    expect(Math.abs(mean(works) - 10.9)).toBeLessThan(4 * standardError(works))
  })

  it("declare nothing where that is not asked for, and carry what their kind does", () => {
    const kind = kindOf({ type: "render", options: { priority: "high" }, checkpointEvery: 5, stateBytes: 100 })
    const [task] = firstOf(workloadOf(poisson, [kind]), 1)
    expect(task).toMatchObject({ type: "render", options: { priority: "high" }, checkpointEvery: 5, stateBytes: 100 })
    const [plain] = firstOf(workloadOf({ type: "batch", tasks: 1 }, [{ work: { type: "constant", ms: 3 } }]), 1)
    expect(plain).toEqual({ at: 0, type: "work", work: 3, options: {} })
  })

  it("declare what they take within the error, and are right on average", () => {
    const kind = kindOf({ declared: { error: 0.3 }, options: { priority: "low", expectedDuration: "1 hour" } })
    const off = allOf(workloadOf(poisson, [kind])).map(({ work, options }) => {
      expect(options.priority).toBe("low")
      return Number(options.expectedDuration) / work
    })
    expect(Math.min(...off)).toBeGreaterThanOrEqual(0.7 - 1e-9)
    expect(Math.max(...off)).toBeLessThanOrEqual(1.3 + 1e-9)
    expect(Math.max(...off) - Math.min(...off)).toBeGreaterThan(0.55)
    expect(Math.abs(mean(off) - 1)).toBeLessThan(4 * standardError(off))
  })

  it("that declare without an error say just what they take", () => {
    for (const { work, options } of firstOf(workloadOf(poisson, [kindOf({ declared: { error: 0 } })]), 20)) {
      expect(options).toEqual({ expectedDuration: work })
    }
  })

  it("carry keys in the share asked for, each as often", () => {
    const kind = kindOf({ type: "render", keys: { share: 0.2, count: 4, limit: 3 } })
    const tasks = allOf(workloadOf({ ...poisson, tasks: 20_000 }, [kind]))
    const carried = Map.groupBy(tasks, ({ options }) => options.concurrencyKey)
    expect([...carried.keys()].sort()).toEqual(["render-0", "render-1", "render-2", "render-3", undefined])
    for (const [key, carriers] of carried) {
      const share = key === undefined ? 0.8 : 0.05
      const found = carriers.length / tasks.length
      expect(Math.abs(found - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / tasks.length))
      expect(carriers[0]?.options.concurrencyLimit).toBe(key === undefined ? undefined : 3)
    }
  })

  it("have the types of their kinds", () => {
    expect([...typesOf(workloadOf(poisson, [kindOf(), kindOf({ type: "render" })]))]).toEqual(["work", "render"])
  })
})

describe("clients of closed arrivals", () => {
  it("think as long as is asked for, from numbers of their own", () => {
    const closed = { type: "closed", clients: 2, tasks: 10, think: { type: "exponential", mean: 50 } } as const
    const thinking = (seed: string) => {
      const next = thinkTimes(closed, seed)
      return Array.from({ length: 20_000 }, next)
    }
    const times = thinking("a")
    expect(Math.abs(mean(times) - 50)).toBeLessThan(4 * standardError(times))
    expect(thinking("a")).toEqual(times)
    expect(thinking("b")).not.toEqual(times)
  })

  it("that do not think submit at once", () => {
    expect(thinkTimes({ type: "closed", clients: 2, tasks: 10 }, "a")()).toBe(0)
    expect(thinkTimes(poisson, "a")()).toBe(0)
  })
})

describe("a replay", () => {
  const recorded = [
    { at: 5, work: 10, type: "render" },
    { at: 5, work: 20 },
    { at: 9, work: 30, type: "render", options: { priority: "low" } }
  ] as const
  const replay: Workload["arrivals"] = { type: "replay", tasks: recorded }

  it("gives the tasks as they were recorded", () => {
    expect(allOf(workloadOf(replay, []))).toEqual([
      { at: 5, type: "render", work: 10, options: {} },
      { at: 5, type: "work", work: 20, options: {} },
      { at: 9, type: "render", work: 30, options: { priority: "low" } }
    ])
    expect([...typesOf(workloadOf(replay, []))]).toEqual(["render", "work"])
  })

  it("takes what is not recorded from the first kind of the type", () => {
    const kinds = [
      kindOf({
        type: "render",
        declared: { error: 0 },
        options: { priority: "high", tenant: "t" },
        checkpointEvery: 4
      }),
      kindOf({ type: "render", options: { tenant: "other" } })
    ]
    expect(allOf(workloadOf(replay, kinds))).toEqual([
      {
        at: 5,
        type: "render",
        work: 10,
        options: { priority: "high", tenant: "t", expectedDuration: 10 },
        checkpointEvery: 4
      },
      { at: 5, type: "work", work: 20, options: {} },
      {
        at: 9,
        type: "render",
        work: 30,
        options: { priority: "low", tenant: "t", expectedDuration: 30 },
        checkpointEvery: 4
      }
    ])
  })
})

describe("chance from a name", () => {
  it("gives 0 ≤ x < 1, the same from the same name", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const draw = () => Array.from({ length: 20 }, chanceOf(name))
        const numbers = draw()
        expect(numbers.every((number) => 0 <= number && number < 1)).toBe(true)
        expect(draw()).toEqual(numbers)
      })
    )
  })

  it("is even, and of two names that differ in a letter unrelated", () => {
    const [one, other] = ["seed/a", "seed/b"].map((name) => Array.from({ length: 20_000 }, chanceOf(name)))
    if (one === undefined || other === undefined) throw new Error("two were drawn")
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const share = one.filter((number) => Math.floor(number * 10) === tenth).length / one.length
      expect(Math.abs(share - 0.1)).toBeLessThan(4 * Math.sqrt(0.09 / one.length))
    }
    const products = one.map((number, i) => (number - 0.5) * ((other[i] ?? 0) - 0.5))
    expect(Math.abs(mean(products))).toBeLessThan(4 * standardError(products))
  })
})
