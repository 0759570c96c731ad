import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { History } from "../../../src/adaptation/index.ts"
import { BoundedRing } from "../../../src/collections/index.ts"
import { RecentMap } from "../../../src/collections/recent-map.ts"

describe("History (F1)", () => {
  it("keeps the samples of the window and no older ones", () => {
    const history = new History({ window: 100 })
    for (let at = 0; at <= 300; at += 50) history.add("system", at / 1000, at)
    expect(history.samples("system", 300).map(({ at }) => at)).toEqual([200, 250, 300])
    expect(history.samples("system", 380).map(({ at }) => at)).toEqual([300])
    expect(history.samples("unknown", 0)).toEqual([])
  })

  it("refuses what is no number and what comes from the past, and keeps what it has", () => {
    const history = new History()
    expect(history.add("system", 0.5, 100)).toBe(true)
    for (const [value, at] of [
      [Number.NaN, 200],
      [Number.POSITIVE_INFINITY, 200],
      [0.6, 100],
      [0.6, 50],
      [0.6, Number.NaN]
    ] as const) {
      expect(history.add("system", value, at)).toBe(false)
    }
    expect(history.samples("system", 200)).toEqual([{ at: 100, value: 0.5 }])
  })

  it("stays bounded in samples and in series through a storm of joins", () => {
    const history = new History({ maxSamples: 10, maxSeries: 5 })
    for (let at = 0; at < 1_000; at += 1) history.add("system", 0, at)
    for (let id = 0; id < 1_000; id += 1) history.add(`worker:${id}`, 0, 1_000)
    expect(history.series()).toEqual(["worker:995", "worker:996", "worker:997", "worker:998", "worker:999"])
    for (let at = 0; at < 1_000; at += 1) history.add("worker:999", 0, 2_000 + at)
    expect(history.samples("worker:999", 3_000)).toHaveLength(10)
  })

  it("forgets a series", () => {
    const history = new History()
    history.add("a", 1, 1)
    history.forget("a")
    expect(history.latest("a")).toBeUndefined()
  })
})

describe("Ring", () => {
  it("behaves like an array that drops its oldest beyond the capacity", () => {
    const command = fc.oneof(
      fc.record({ push: fc.integer() }),
      fc.constant({ shift: true } as const),
      fc.constant({ drain: true } as const)
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(command, { maxLength: 60 }), (capacity, commands) => {
        const ring = new BoundedRing<number>(capacity)
        let model: Array<number> = []
        for (const next of commands) {
          if ("push" in next) {
            ring.push(next.push)
            model.push(next.push)
            if (model.length > capacity) model.shift()
          } else if ("shift" in next) expect(ring.shift()).toBe(model.shift())
          else {
            expect(ring.drain()).toEqual(model)
            model = []
          }
          expect([...ring]).toEqual(model)
          expect([ring.size, ring.first, ring.last]).toEqual([model.length, model[0], model[model.length - 1]])
        }
      })
    )
  })
})

describe("RecentMap", () => {
  it("lets go of the key longest unused", () => {
    const map = new RecentMap<string, number>(2)
    map.set("a", 1)
    map.set("b", 2)
    expect(map.use("a", () => 9)).toBe(1)
    map.set("c", 3)
    expect([...map.keys()]).toEqual(["a", "c"])
  })
})
