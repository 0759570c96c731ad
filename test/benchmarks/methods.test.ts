import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { runBatch } from "../../benchmarks/crash/batch.ts"
import { bisection } from "../../benchmarks/grain/bisection.ts"
import type { Pool } from "../../benchmarks/pools/pool.ts"
import { type Measured, reportOf } from "../../benchmarks/report.ts"
import { quantile } from "../../benchmarks/statistics.ts"
import { formatTargets, judge } from "../../benchmarks/targets.ts"
import { sizes, traceOf } from "../../benchmarks/uneven/trace.ts"

describe("the search for the smallest task", () => {
  it("closes in on the size from which on it is enough", () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 500, noNaN: true }), (threshold) => {
        const search = bisection(0.5, 1_000, 1.1)
        for (let size = search.next(); size !== undefined; size = search.next()) search.tell(size, size >= threshold)
        expect(search.found() / threshold).toBeGreaterThan(1 / 1.1)
        expect(search.found() / threshold).toBeLessThan(1.1)
      })
    )
  })

  it("gives the bound where everything, or nothing, is enough", () => {
    for (const enough of [true, false]) {
      const search = bisection(0.5, 1_000, 1.1)
      for (let size = search.next(); size !== undefined; size = search.next()) search.tell(size, enough)
      expect(search.found()).toBe(enough ? 0.5 : 1_000)
    }
  })
})

describe("the tasks for unequal threads", () => {
  const trace = traceOf(7, 20_000, 3.25, 0.7)

  it("are as long as the bounded Pareto distribution has it", () => {
    const { alpha, low, high } = sizes
    for (const { ms } of trace) {
      expect(ms).toBeGreaterThanOrEqual(low)
      expect(ms).toBeLessThanOrEqual(high)
    }
    const longer = trace.filter(({ ms }) => ms > 10).length / trace.length
    expect(longer).toBeCloseTo(((low / 10) ** alpha - (low / high) ** alpha) / (1 - (low / high) ** alpha), 2)
  })

  it("are declared within 30 % of what they take", () => {
    const off = trace.map(({ ms, expected }) => expected / ms)
    expect(Math.min(...off)).toBeGreaterThanOrEqual(0.7)
    expect(Math.max(...off)).toBeLessThanOrEqual(1.3)
    expect(off.reduce((sum, one) => sum + one, 0) / off.length).toBeCloseTo(1, 2)
  })

  it("arrive at the load that was asked for", () => {
    const work = trace.reduce((sum, { ms }) => sum + ms, 0)
    expect(work / (trace.at(-1)?.arrival ?? 0) / 3.25).toBeCloseTo(0.7, 1)
  })

  it("are the same from the same seed, and others from another", () => {
    expect(traceOf(7, 20_000, 3.25, 0.7)).toEqual(trace)
    expect(traceOf(8, 20_000, 3.25, 0.7)).not.toEqual(trace)
  })
})

describe("a batch with tasks that kill their threads", () => {
  const poolOf = (run: (number: number) => Promise<unknown>): Pool => ({
    run: (payload) => {
      const number: unknown = typeof payload === "object" && payload !== null && Reflect.get(payload, "number")
      return typeof number === "number" ? run(number) : Promise.reject(new Error("no number"))
    },
    stop: () => Promise.resolve()
  })
  const batch = { tasks: 10, ms: 0, killers: new Set([3]) }

  it("submits again what was rejected", async () => {
    let rejections = 0
    const pool = poolOf(async (number) => {
      if (number === 3 && rejections < 3) {
        rejections += 1
        throw new Error("its thread is gone")
      }
      return number
    })
    expect(await runBatch(pool, batch, 1_000)).toMatchObject({ lost: 0, hanging: 0, resubmitted: 3 })
  })

  it("counts as lost what is rejected every time, and what gives back something else", async () => {
    const pool = poolOf(async (number) => {
      if (number === 3) throw new Error("its thread is gone")
      return number === 4 ? "something else" : number
    })
    expect(await runBatch(pool, batch, 1_000)).toMatchObject({ lost: 2, hanging: 0 })
  })

  it("gives up on what never settles", async () => {
    const pool = poolOf((number) => (number < 8 ? Promise.resolve(number) : new Promise(() => {})))
    expect(await runBatch(pool, batch, 20)).toMatchObject({ lost: 2, hanging: 2 })
  })
})

describe("what is reported", () => {
  const measured: ReadonlyArray<Measured> = [
    {
      row: "window 64",
      unit: "tasks/s",
      more: true,
      rounds: new Map([
        ["ballast", [290, 300, 310]],
        ["a", [90, 100, 110]],
        ["b", [101]],
        ["c", []]
      ])
    },
    { row: "lost", unit: "tasks", more: false, rounds: new Map([["ballast", [0]]]) }
  ]

  it("leaves out who has no figure", () => {
    const { rows, seeds } = reportOf("C14", measured)
    expect(seeds).toBe(3)
    expect(rows[0]).toMatchObject({ row: "window 64", ballast: 300, baselines: { a: 100, b: 101 } })
    expect(Object.keys(rows[0]?.baselines ?? {})).toEqual(["a", "b"])
  })

  it("judges against the best of the others, by the direction of the row", () => {
    const { againstBest, atMost } = judge(measured)
    const targets = [
      againstBest("2 ×", "window 64", ["a", "b", "c"], 2),
      againstBest("3 ×", "window 64", ["a", "b", "c"], 3),
      againstBest("a row not measured", "burst", ["a"], 3),
      atMost("nothing lost", "lost", 0)
    ]
    expect(targets.map(({ met }) => met)).toEqual([true, false, undefined, true])
    expect(formatTargets(targets).split("\n")).toEqual([
      "- 2 ×: met — 300 against 202 (b)",
      "- 3 ×: missed — 300 against 303 (b)",
      "- a row not measured: not measured",
      "- nothing lost: met — 0 against 0"
    ])
  })

  it("takes quantiles as values that occur", () => {
    expect([0, 0.5, 0.99, 1].map((share) => quantile([1, 2, 3, 4], share))).toEqual([1, 2, 4, 4])
    expect(quantile([], 0.5)).toBeNaN()
  })
})
