import { describe, expect, it } from "vitest"
import { repeatedWorlds } from "../../../../actors/simulation/comparison/index.ts"
import { baselines, runScenario, type Scenario, usualRows } from "../../../../actors/simulation/index.ts"

const own: Scenario = {
  id: "own",
  title: "of one's own",
  scene: "Forty tasks for two workers.",
  metric: "makespan",
  gamed: "by fewer tasks",
  seeds: 2,
  parts: [
    {
      world: {
        workers: 2,
        workload: { arrivals: { type: "batch", tasks: 40 }, kinds: [{ work: { type: "constant", ms: 20 } }] }
      },
      contenders: { ballast: { runtime: {} }, "central queue": { model: baselines.centralQueue() } },
      rows: usualRows
    }
  ]
}

describe("a scenario of one's own", () => {
  it("is measured with as many seeds as it says, or as it is told, and judged as any other", async () => {
    const { report, figures, verdict, words } = await runScenario(own)
    expect([report.id, report.subject, report.seeds]).toEqual(["own", "ballast", 2])
    expect(verdict("makespan")).toMatchObject([{ against: "central queue", verdict: "equal" }])
    expect(words[0]).toMatch(/^makespan: ballast .+, the same as central queue in all 2 seeds$/)
    expect((await runScenario(own, { seed: 2, seeds: 1 })).figures).toEqual(figures.slice(1))
  })

  it("is refused with all that is wrong", async () => {
    const [part] = own.parts
    const parts = part === undefined ? [] : [{ ...part, world: { workers: 0, workload: {} } }]
    const wrong = Promise.resolve(
      Reflect.apply(runScenario, undefined, [
        { ...own, parts },
        { seeds: 0, seed: -1 }
      ])
    )
    await expect(wrong).rejects.toMatchObject({
      code: "BALLAST_INVALID_OPTIONS",
      problems: expect.arrayContaining([
        expect.objectContaining({ path: "parts[0].world.workers" }),
        expect.objectContaining({ path: "seeds" }),
        expect.objectContaining({ path: "seed" })
      ])
    })
  })

  it("tells of worlds that come again", async () => {
    const part = { worlds: () => 3, rows: [{ row: "a" }, { row: "b" }] }
    expect(repeatedWorlds({ parts: [part, { rows: [{ row: "c" }] }] }, 3)).toEqual([])
    expect(repeatedWorlds({ parts: [part] }, 4)).toEqual([
      '"a", "b": the 4 seeds take only 3 worlds that differ, so that intervals and verdicts claim more than they know'
    ])
    const { words } = await runScenario({ ...own, parts: own.parts.map((each) => ({ ...each, worlds: () => 1 })) })
    expect(words.at(-1)).toMatch(/the 2 seeds take only 1 world,/)
  })
})
