import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hash32, MaglevTable, maglevSizeFor, type Preference, populate, preferenceOf } from "../../src/hashing/index.ts"
import { manyKeys, member, members, moved } from "./given.ts"

/** Members of equal weight in turn, each its whole list of places written out. */
const naive = (preferences: ReadonlyArray<Preference>, size: number): ReadonlyArray<number> => {
  const lists = preferences.map(({ offset, skip }) =>
    Array.from({ length: size }, (_, step) => (offset + step * skip) % size)
  )
  const table = new Array<number>(size).fill(-1)
  for (let turn = 0; table.includes(-1); turn += 1) {
    const index = turn % lists.length
    const place = lists[index]?.find((each) => table[each] === -1)
    if (place !== undefined) table[place] = index
  }
  return table
}

const homeIn = (table: MaglevTable<string>) => (key: string) => table.at(hash32(key))

describe("a Maglev table", () => {
  it("gives its places in turn, as the lists of preferences say", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(7, 13, 31),
        fc.array(fc.tuple(fc.nat(1_000), fc.nat(1_000)), { minLength: 1, maxLength: 6 }),
        (size, drawn) => {
          const preferences = drawn.map(([offset, skip]) => ({
            offset: offset % size,
            skip: (skip % (size - 1)) + 1,
            weight: 2
          }))
          expect([...populate(preferences, size)]).toEqual(naive(preferences, size))
        }
      )
    )
  })

  it("gives equal members equal shares, to a hundredth", () => {
    const preferences = members(100).map(({ name, weight }) => preferenceOf(name, weight, 65_537))
    const counts = new Array<number>(100).fill(0)
    for (const index of populate(preferences, 65_537)) counts[index] = (counts[index] ?? 0) + 1
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
  })

  it("gives shares by weight, to a tenth", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0.1, 0.5, 1, 2, 5), { minLength: 1, maxLength: 20 }), (weights) => {
        const preferences = weights.map((weight, index) => preferenceOf(`w${index}`, weight, 65_537))
        const counts = weights.map(() => 0)
        for (const index of populate(preferences, 65_537)) counts[index] = (counts[index] ?? 0) + 1
        const all = weights.reduce((sum, weight) => sum + weight, 0)
        weights.forEach((weight, index) => {
          expect(Math.abs((counts[index] ?? 0) / ((65_537 * weight) / all) - 1)).toBeLessThan(0.1)
        })
      }),
      { numRuns: 20 }
    )
  })

  it("moves at most twice as many keys as must move where a member leaves or joins", () => {
    const keys = manyKeys(30_000)
    for (const size of [5, 20, 100]) {
      const before = new MaglevTable(members(size))
      const less = new MaglevTable(members(size).slice(1))
      expect(moved(keys, homeIn(before), homeIn(less)).length / keys.length).toBeLessThan(2 / size)
      const more = new MaglevTable([...members(size), member("new")])
      expect(moved(keys, homeIn(before), homeIn(more)).length / keys.length).toBeLessThan(2 / (size + 1))
    }
  })

  it("is the same whatever the order of its members", () => {
    const keys = manyKeys(1_000)
    const table = new MaglevTable(members(30))
    const reversed = new MaglevTable(members(30).toReversed())
    expect(moved(keys, homeIn(table), homeIn(reversed))).toEqual([])
  })

  it("walks to each member once, the key's own first", () => {
    const table = new MaglevTable(members(12))
    for (const key of manyKeys(50)) {
      const met: Array<string> = []
      const found = table.walk(hash32(key), (name) => {
        met.push(name)
        return false
      })
      expect(found).toBeUndefined()
      expect(met[0]).toBe(table.at(hash32(key)))
      expect([...met].sort()).toEqual(
        members(12)
          .map(({ name }) => name)
          .sort()
      )
      expect(table.walk(hash32(key), (name) => name === met[5])).toBe(met[5])
    }
  })

  it("has a hundred places for each member, and nobody in them without members", () => {
    expect([1, 655, 656, 6_553, 65_537, 100_000, 1_000_000].map(maglevSizeFor)).toEqual([
      65_537, 65_537, 655_373, 655_373, 6_553_733, 10_000_019, 10_000_019
    ])
    const empty = new MaglevTable<string>([])
    expect([empty.at(3), empty.walk(3, () => true)]).toEqual([undefined, undefined])
  })
})
