import { describe, expect, it } from "vitest"
import { compare } from "../../../../actors/simulation/comparison/index.ts"
import type { ScenarioWorld } from "../../../../actors/simulation/scenarios/index.ts"
import type { Strategy } from "../../../../src/placement/index.ts"

/** Two workers with room for all tasks at once: only the choice counts. */
const world: ScenarioWorld = {
  workers: [
    { id: "slow", speed: 0.25, capacity: { concurrent: 50 } },
    { id: "fast", capacity: { concurrent: 50 } }
  ],
  workload: {
    arrivals: { type: "regular", perSecond: 100, tasks: 40 },
    kinds: [{ work: { type: "uniform", from: 10, to: 30 } }]
  }
}

const only = (worker: string): Strategy => ({
  id: `only-${worker}`,
  pick: (_, candidates) => candidates.find(({ spec }) => spec.id === worker)?.spec.id ?? ""
})

describe("compare", () => {
  it("answers in figures, in words and as a table, the first setting against each other one", async () => {
    const seen: Array<number> = []
    const { report, figures, words, table, verdict, faults } = await compare(
      world,
      { fast: { strategy: only("fast") }, slow: { strategy: only("slow") }, turns: { strategy: "round_robin" } },
      { seeds: 6, onProgress: (done) => seen.push(done) }
    )
    expect(seen).toEqual([1, 2, 3, 4, 5, 6])
    expect(figures).toHaveLength(6)
    expect(report).toMatchObject({ subject: "fast", seeds: 6 })
    expect(verdict("mean sojourn").map(({ against, verdict }) => [against, verdict])).toEqual([
      ["slow", "better"],
      ["turns", "better"]
    ])
    // The same tasks at a quarter of the speed.
    expect(verdict("mean sojourn")[0]?.comparison.ratio.estimate).toBeCloseTo(0.25, 9)
    expect(() => verdict("no such row")).toThrow('there is no row "no such row" (one of makespan, mean sojourn')
    expect(words.join("\n")).toMatch(/mean sojourn: fast [\d.]+ ms, 75 % less than slow/)
    expect(table).toMatch(/^mean sojourn, ms ↓ /m)
    expect(faults).toEqual({})
  })

  it("says the same each time", async () => {
    const settings = { a: { strategy: "least_connections" }, b: { strategy: "round_robin" } }
    const [first, second] = [await compare(world, settings, { seeds: 2 }), await compare(world, settings, { seeds: 2 })]
    expect(second.figures).toEqual(first.figures)
    expect(second.words).toEqual(first.words)
  })

  it("tells of a strategy whose decisions were the runtime's", async () => {
    const nobody: Strategy = { id: "nobody", pick: () => "nobody" }
    const { faults, words } = await compare(
      world,
      { a: { strategy: "least_connections" }, b: { strategy: nobody } },
      { seeds: 1 }
    )
    expect(Object.keys(faults)).toEqual(["b"])
    expect(faults.b?.decisions).toBeGreaterThanOrEqual(40)
    expect(words.at(-1)).toMatch(/^b left \d+ decisions to the runtime, at first because: picked nobody/)
  })

  it("compares what the caller wants to know", async () => {
    const rows = [
      { row: "tasks", unit: "", better: "more", figure: ({ tasks }: { readonly tasks: number }) => tasks } as const
    ]
    const settings = { a: {}, b: { options: { maxQueue: 5 } } }
    const { report } = await compare(world, settings, { seeds: 1, rows })
    expect(report.rows).toMatchObject([{ row: "tasks", ballast: 40, baselines: { b: 40 } }])
  })

  it("holds the first of a list against the others, whatever they are called", async () => {
    const { report } = await compare(
      world,
      [
        ["zebra", {}],
        ["2", { strategy: "round_robin" }]
      ],
      { seeds: 1 }
    )
    expect(report.subject).toBe("zebra")
    expect(Object.keys(report.rows[0]?.baselines ?? {})).toEqual(["2"])
  })

  it("begins with the seed it is told", async () => {
    const settings = { a: {}, b: { strategy: "round_robin" } }
    const { figures } = await compare(world, settings, { seeds: 3 })
    expect((await compare(world, settings, { seed: 3, seeds: 1 })).figures).toEqual(figures.slice(2))
  })

  it("refuses what cannot be compared, with path and hint", async () => {
    const wrong = compare(world, { a: { strategy: "by_the_moon" } }, { seeds: 0 })
    await expect(wrong).rejects.toMatchObject({
      code: "BALLAST_INVALID_OPTIONS",
      problems: [
        { path: "contenders.a.strategy", hint: expect.stringContaining("round_robin") },
        { path: "contenders", message: "there are not two to compare" },
        { path: "seeds" }
      ]
    })
  })

  it.each([
    ["a misspelt field", { a: { stratgy: "round_robin" }, b: {} }, {}, ["contenders.a.stratgy"]],
    ["an option that is none", { a: { options: { maxQueue: -1 } }, b: {} }, {}, ["contenders.a.options.maxQueue"]],
    ["nothing", undefined, {}, ["contenders"]],
    ["no setting", { a: null, b: {} }, {}, ["contenders.a"]],
    [
      "a name twice",
      [
        ["a", {}],
        ["a", {}]
      ],
      {},
      ["contenders.a"]
    ],
    ["a list of no entries", [{}, {}], {}, ["contenders"]],
    ["no rows", { a: {}, b: {} }, { rows: [] }, ["rows"]],
    ["a misspelt option", { a: {}, b: {} }, { row: [] }, ["row"]]
  ])("refuses %s", async (_, settings, options, paths) => {
    // As from a caller without types.
    const wrong = Promise.resolve(Reflect.apply(compare, undefined, [world, settings, options]))
    await expect(wrong).rejects.toMatchObject({
      code: "BALLAST_INVALID_OPTIONS",
      problems: paths.map((path) => ({ path }))
    })
  })
})
