import { describe, expect, it } from "vitest"
import { selection, slopeOf } from "../../benchmarks/selection/selection.ts"
import { median } from "../../benchmarks/statistics.ts"
import { strategies } from "../../src/placement/index.ts"

describe("C9, in its quick form", () => {
  it("times decisions, joins and leaves of every strategy, beside what others choose with", {
    timeout: 120_000
  }, async () => {
    const { measured } = await selection.run({ quick: true, peers: ".", onProgress: () => {} })
    const rows = new Map(measured.map(({ row, rounds }) => [row, rounds]))
    for (const id of Object.keys(strategies)) {
      for (const row of [`${id} at 10`, `${id} at 100`, `${id} join+leave at 10`, `${id} join+leave at 100`]) {
        expect([row, median(rows.get(row)?.get("ballast") ?? []) > 0]).toEqual([row, true])
      }
      expect([...(rows.get(`${id} slope`)?.keys() ?? [])]).toEqual(["ballast"])
    }
    expect([...(rows.get("consistent_hash at 100")?.keys() ?? [])]).toEqual([
      "ballast",
      "moleculer Shard",
      "hashring",
      "hash-ring"
    ])
    expect([...(rows.get("round_robin at 10")?.keys() ?? [])]).toContain("poolifier ROUND_ROBIN")
  })

  it("finds the power that a cost grows with", () => {
    expect(slopeOf([10, 100, 1_000].map((workers) => [workers, 5 * workers ** 0.3]))).toBeCloseTo(0.3, 10)
    expect(slopeOf([10, 100, 1_000].map((workers) => [workers, 7]))).toBeCloseTo(0, 10)
  })
})
