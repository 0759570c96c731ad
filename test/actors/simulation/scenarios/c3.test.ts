import { describe, expect, it } from "vitest"
import { c3 } from "../../../../actors/simulation/scenarios/c3.ts"
import { measureSeed } from "../../../../actors/simulation/scenarios/index.ts"
import { materialOf, measurement, partOf, sampleOf, smaller, worldOf } from "./smaller.ts"

const row = "useful share of capacity"
const part = partOf(c3.parts, row)
const [shareRow] = part.rows

describe("C3, mixed workers", () => {
  it("has tasks that only some of the workers can run", () => {
    const { tasks, servers } = materialOf(part, 1)
    const able = new Map(tasks.map(({ type, eligible }) => [type, eligible?.map((index) => servers[index]?.speed)]))
    expect(Object.fromEntries(able)).toEqual({
      anywhere: undefined,
      large: [2, 4, 10],
      "near-data": [1, 2],
      accelerated: [4, 10]
    })
  })

  it("gives the runtime the tasks that the models and the bound have, declared or not", async () => {
    const parts = c3.parts.map((each) => ({
      ...smaller(each, 200),
      rows: each.rows.map((mine) => ({ ...mine, figure: ({ usefulMs }: { readonly usefulMs: number }) => usefulMs })),
      bounds: {}
    }))
    const [figures = {}, declared = {}] = Object.values(await measureSeed({ ...c3, parts }, 3))
    const { tasks } = materialOf(smaller(part, 200), 3)
    const work = tasks.reduce((sum, task) => sum + task.work, 0)
    for (const usefulMs of [...Object.values(figures), ...Object.values(declared)])
      expect(usefulMs).toBeCloseTo(work, 3)
    expect(Object.keys(figures)).toEqual(expect.arrayContaining(["ballast", "round robin", "central queue"]))
  })

  it("has nobody above the share of a schedule that cuts tasks at will", async () => {
    for (const seed of [1, 2]) {
      const figures = await measureSeed({ ...c3, parts: c3.parts.map((each) => smaller(each, 300)) }, seed)
      for (const { "lower bound": bound = 0, ...contenders } of Object.values(figures)) {
        expect(bound).toBeLessThanOrEqual(100)
        for (const share of Object.values(contenders)) expect(share).toBeGreaterThan(0)
        for (const share of Object.values(contenders)) expect(share).toBeLessThanOrEqual(bound + 1e-9)
      }
    }
  })

  it("counts what completed tasks took against all that the workers could have done", () => {
    const material = () => materialOf(part, 1)
    const half = measurement({ makespan: 1_000, usefulMs: 9_000, tasks: 2, sojourn: sampleOf([500, 1_000]) })
    expect(shareRow?.figure(half, worldOf(part, 1), material)).toBe(50)
    const lost = { ...half, tasks: 3 }
    expect(shareRow?.figure(lost, worldOf(part, 1), material)).toBe(0)
  })
})
