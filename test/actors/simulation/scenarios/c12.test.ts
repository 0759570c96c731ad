import { describe, expect, it } from "vitest"
import {
  batchSetting,
  boundedSlowdown,
  easy,
  machineWorld,
  worstWaits
} from "../../../../actors/simulation/scenarios/batch-log.ts"
import { c12 } from "../../../../actors/simulation/scenarios/c12.ts"
import { measureSeed } from "../../../../actors/simulation/scenarios/index.ts"
import type { SwfLog } from "../../../../actors/simulation/traces/index.ts"
import { needsTraces } from "../traces/given.ts"

const second = 1_000

/** A machine of four, and jobs whose users say twice what they take. */
const log: SwfLog = {
  log: "small",
  procs: 4,
  dropped: 0,
  jobs: Array.from({ length: 60 }, (_, index) => ({
    id: index,
    submitAt: index * 40 * second,
    run: (1 + ((7 * index) % 11)) * 30 * second,
    procs: 1 + ((3 * index) % 4),
    estimate: (1 + ((7 * index) % 11)) * 60 * second,
    user: index % 3
  }))
}

describe("C12", () => {
  it("measures the runtime and the schedulers in the same world, all jobs ended", async () => {
    const figures = await measureSeed(
      {
        parts: [
          {
            world: machineWorld(log, "estimate"),
            contenders: { ballast: { runtime: { options: batchSetting } }, ...easy },
            rows: [boundedSlowdown("slowdown"), worstWaits("worst")]
          }
        ]
      },
      1
    )
    const { ballast = Number.NaN, easy: plain = Number.NaN } = figures.slowdown ?? {}
    expect(ballast).toBeGreaterThanOrEqual(1)
    expect(ballast).toBeLessThan(plain)
    expect(Object.keys(figures.worst ?? {})).toEqual(["ballast", "easy", "easy-sjbf"])
  })
})

describe.skipIf(c12.parts.length === 0)(`C12 on the public logs (${needsTraces})`, () => {
  const partsFor = (row: string) => c12.parts.filter(({ rows }) => rows.some((each) => each.row === row))

  it("has its rows, and the published figures in them", () => {
    const rows = c12.parts.flatMap((part) => part.rows.map(({ row }) => row))
    for (const row of ["lublin-1", "lublin-1 worst 1 %", "lublin-1 backfill", "kth-sp2", "kth-sp2 worst 1 %"]) {
      expect(rows).toContain(row)
    }
    expect(partsFor("lublin-1")[0]?.published?.["lublin-1"]?.["best published"]).toBe(258.37)
  })

  it("the first sequence: below the published heuristics, and the longest wait at most twice first come, first served's", async () => {
    for (const [row, fcfs] of [
      ["lublin-1", "fcfs"],
      ["lublin-1 backfill", "fcfs, backfilling"]
    ] as const) {
      const figures = await measureSeed({ parts: partsFor(row) }, 1)
      const { ballast = Number.NaN, "best published": best = Number.NaN } = figures[row] ?? {}
      expect(ballast).toBeLessThan(best)
      const waits = figures[`${row} longest wait`] ?? {}
      expect(waits.ballast).toBeLessThanOrEqual(2 * (waits[fcfs] ?? Number.NaN))
    }
  })
})
