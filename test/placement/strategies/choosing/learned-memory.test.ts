import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { drawAt } from "../../../../src/hashing/index.ts"
import {
  learned,
  leastConnections,
  type PlacementView,
  p2c,
  type RankStrategy
} from "../../../../src/placement/index.ts"
import { record, taskSpec, viewOf, workerSpec } from "../../pool.ts"

const workers = ["w0", "w1"].map((id) => record(workerSpec(id)))
const view: PlacementView = viewOf(workers)

const ranked = (id: string): RankStrategy => ({ id, rank: () => 0 })

const made = (seed: number, ids: ReadonlyArray<string> = ["a", "b", "c"]) =>
  learned({ strategies: ids.map(ranked), seed })

type Learned = ReturnType<typeof made>

/** So many tasks: who decided each. What each costs hangs on who decided and on its number alone. */
const play = (strategy: Learned, from: number, count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => {
    const at = from + index
    const task = { ...taskSpec(`t${at}`), expectedDuration: at % 3 === 0 ? 5_000 : 10 }
    const { id } = strategy.delegate(task, view, at)
    strategy.proposed?.(task, workers[0] ?? record(workerSpec("none")), view)
    const ms = (id === "b" ? 20 : 60) * (0.5 + drawAt(7, at, 1))
    strategy.ended?.({ task, workerId: "w0", ms, ok: true, acceptedAt: at - ms }, view, at)
    return id
  })

describe("what the strategy learned has found out", () => {
  it("survives JSON: from then on another decides as it would have", () => {
    let explored = 0
    fc.assert(
      fc.property(fc.nat({ max: 1_000 }), fc.integer({ min: 0, max: 800 }), (seed, before) => {
        const first = made(seed)
        play(first, 0, before)
        const second = made(seed)
        second.memory?.load(JSON.parse(JSON.stringify(first.memory?.save(0))), 0)
        const after = play(first, before, 400)
        if (new Set(after).size > 1) explored += 1
        expect(play(second, before, 400)).toEqual(after)
      }),
      { numRuns: 40 }
    )
    expect(explored).toBeGreaterThan(10)
  })

  it("says nothing of other strategies, or of what is damaged, and changes nothing then", () => {
    const first = made(1)
    play(first, 0, 500)
    const saved = first.memory?.save(0)
    const second = made(1, ["a", "b"])
    const untouched = JSON.stringify(second.memory?.save(0))
    expect(() => second.memory?.load(saved, 0)).toThrow("other strategies")
    for (const damaged of [undefined, 7, {}, { strategies: ["a", "b"], all: {}, contexts: [] }]) {
      expect(() => second.memory?.load(damaged, 0)).toThrow()
    }
    expect(JSON.stringify(second.memory?.save(0))).toBe(untouched)
  })

  it("is what only that strategy offers: those that remember nothing have none", () => {
    expect([leastConnections(), p2c()].map((strategy) => "memory" in strategy)).toEqual([false, false])
  })
})
