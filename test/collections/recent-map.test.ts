import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RecentMap } from "../../src/collections/recent-map.ts"

const act = fc.record({
  how: fc.constantFrom("get", "use", "set", "delete"),
  key: fc.integer({ min: 0, max: 6 })
})

describe("RecentMap", () => {
  it("holds what a list would that moves each key to its end when it is used, and drops the first beyond its limit", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (acts, limit) => {
        const map = new RecentMap<number, number>(limit)
        let list: ReadonlyArray<readonly [number, number]> = []
        acts.forEach(({ how, key }, step) => {
          const known = list.find(([of]) => of === key)
          const others = list.filter(([of]) => of !== key)
          if (how === "get") expect(map.get(key)).toBe(known?.[1])
          else if (how === "delete") {
            expect(map.delete(key)).toBe(known !== undefined)
            list = others
          } else {
            const value = how === "use" && known !== undefined ? known[1] : step
            if (how === "use") expect(map.use(key, () => step)).toBe(value)
            else map.set(key, step)
            const used: readonly [number, number] = [key, value]
            list = [...others, used].slice(-limit)
          }
          expect([...map.entries()]).toEqual(list)
          expect([...map.keys()]).toEqual(list.map(([of]) => of))
          expect(map.size).toBe(list.length)
        })
      })
    )
  })
})
