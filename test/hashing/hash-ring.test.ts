import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  HashRing,
  type HashRingOptions,
  hash32,
  hashRingDefaults,
  hashWith,
  identityOf,
  type RingMember
} from "../../src/hashing/index.ts"
import { manyKeys, member, members, moved } from "./given.ts"

const homeIn = (ring: HashRing<string>) => (key: string) => ring.at(hash32(key))

/** The ring in the plainest way: all points in one list, sorted, and looked through from the start. */
const naiveRing = (all: ReadonlyArray<RingMember<string>>, options: HashRingOptions) => {
  const weight = all.reduce((sum, each) => sum + each.weight, 0)
  const share = Math.min(1, options.maxPoints / (weight * options.virtualNodes))
  const points = all.flatMap(({ name, weight }) => {
    const identity = identityOf(name)
    const dither = hashWith(identity, -1) / 2 ** 32
    const count = Math.max(1, Math.floor(weight * options.virtualNodes * share + dither))
    return Array.from({ length: count }, (_, number) => ({
      name,
      hash: options.pointOf?.(name, number) ?? hashWith(identity, number)
    }))
  })
  points.sort((a, b) => a.hash - b.hash || (a.name < b.name ? -1 : 1))
  const from = (hash: number) => {
    const start = points.findIndex((point) => point.hash >= hash)
    const cut = start < 0 ? 0 : start
    return [...points.slice(cut), ...points.slice(0, cut)].map(({ name }) => name)
  }
  return { size: points.length, walk: (hash: number) => [...new Set(from(hash))] }
}

const walkOf = (ring: HashRing<string>, hash: number): ReadonlyArray<string> => {
  const met: Array<string> = []
  ring.walk(hash, (name) => {
    met.push(name)
    return false
  })
  return met
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.record({ join: fc.nat(11), weight: fc.constantFrom(0.1, 0.5, 1, 2, 3.3) }) },
  { weight: 2, arbitrary: fc.record({ leave: fc.nat(11) }) }
)

describe("the hash ring", () => {
  it("is always the ring of its members, however they came and went", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 12 }),
        fc.constantFrom(5, 30, 1_000),
        fc.constantFrom(undefined, (name: string, number: number) => hash32(`${name}${number}`) % 7),
        fc.array(fc.nat(2 ** 32 - 1), { minLength: 1, maxLength: 10 }),
        (changes, maxPoints, pointOf, hashes) => {
          const options = { virtualNodes: 8, maxPoints, ...(pointOf !== undefined && { pointOf }) }
          const ring = new HashRing<string>(options)
          const present = new Map<string, RingMember<string>>()
          for (const change of changes) {
            const left = change.flatMap((each) => ("leave" in each ? [`w${each.leave}`] : []))
            const joined = change.flatMap((each) => ("join" in each ? [member(`w${each.join}`, each.weight)] : []))
            for (const name of left) present.delete(name)
            for (const each of joined) present.set(each.name, each)
            ring.change(joined, left)
            const naive = naiveRing([...present.values()], options)
            expect(ring.size).toBe(present.size)
            expect(ring.points).toBe(naive.size)
            for (const hash of [0, 3, ...hashes]) {
              expect(walkOf(ring, hash)).toEqual(naive.walk(hash))
              expect(ring.at(hash)).toBe(naive.walk(hash)[0])
            }
          }
        }
      ),
      { numRuns: 300 }
    )
  })

  it("moves only the keys of a member that leaves, and those only to whom they would go next", () => {
    const keys = manyKeys(5_000)
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.nat(), (size, leaver) => {
        const gone = `worker-${leaver % size}`
        const whole = new HashRing<string>({}, members(size))
        const rest = new HashRing<string>({}, members(size))
        rest.change([], [gone])
        const changed = moved(keys, homeIn(whole), homeIn(rest))
        expect(new Set(changed.map(homeIn(whole)))).toEqual(new Set(changed.length > 0 ? [gone] : []))
        for (const key of changed) expect(walkOf(whole, hash32(key))[1]).toBe(homeIn(rest)(key))
        // Joining again is the way back.
        rest.change([member(gone)], [])
        expect(moved(keys, homeIn(whole), homeIn(rest))).toEqual([])
      }),
      { numRuns: 20 }
    )
  })

  it("moves keys only to a member that joins, about as many as are its share", () => {
    const keys = manyKeys(20_000)
    for (const weight of [0.5, 1, 3]) {
      const before = new HashRing<string>({}, members(20))
      const after = new HashRing<string>({}, [...members(20), member("new", weight)])
      const changed = moved(keys, homeIn(before), homeIn(after))
      expect(new Set(changed.map(homeIn(after)))).toEqual(new Set(["new"]))
      const share = changed.length / keys.length / (weight / (20 + weight))
      expect(share).toBeGreaterThan(0.7)
      expect(share).toBeLessThan(1.3)
    }
  })

  it("gives each group of members its share within a tenth", () => {
    const weighted = Array.from({ length: 60 }, (_, index) => member(`worker-${index}`, 1 + (index % 3)))
    const ring = new HashRing<string>({ virtualNodes: 1_000 }, weighted)
    const counts = [0, 0, 0]
    for (const key of manyKeys(120_000)) {
      const kind = Number(ring.at(hash32(key))?.slice("worker-".length)) % 3
      counts[kind] = (counts[kind] ?? 0) + 1
    }
    counts.forEach((count, kind) => {
      const ideal = (120_000 * (1 + kind)) / 6
      expect(Math.abs(count / ideal - 1)).toBeLessThan(0.1)
    })
  })

  it("has no more points than it may, spreads them by weight, and leaves each member one", () => {
    const ring = new HashRing<string>({ virtualNodes: 100, maxPoints: 1_000 }, [
      ...members(100),
      member("heavy", 100),
      member("light", 0.001)
    ])
    expect(ring.points).toBeGreaterThan(900)
    expect(ring.points).toBeLessThan(1_100)
    expect(ring.pointsOf("heavy")).toBeGreaterThanOrEqual(499)
    expect(ring.pointsOf("light")).toBe(1)
    expect(ring.pointsOf("nobody")).toBe(0)
    expect([...ring.members()].every(({ name }) => ring.pointsOf(name) >= 1)).toBe(true)
  })

  it("beyond its limit of points moves at most about twice the keys that must move", () => {
    const keys = manyKeys(50_000)
    const options = { virtualNodes: 100, maxPoints: 1_000 }
    const before = new HashRing<string>(options, members(50))
    const after = new HashRing<string>(options, members(51))
    const changed = moved(keys, homeIn(before), homeIn(after))
    expect(changed.length / keys.length).toBeLessThan(2.5 / 51)
    const toOthers = changed.filter((key) => homeIn(after)(key) !== "worker-50")
    expect(toOthers.length / keys.length).toBeLessThan(1.5 / 51)
  })

  it("tells apart members whose names have the same hash of 32 bits", () => {
    const seen = new Map<number, string>()
    let twins: readonly [string, string] | undefined
    for (let number = 0; twins === undefined; number += 1) {
      const name = `worker-${number}`
      const other = seen.get(hash32(name))
      if (other !== undefined) twins = [other, name]
      seen.set(hash32(name), name)
    }
    const ring = new HashRing<string>({}, [member(twins[0]), member(twins[1])])
    const homes = manyKeys(1_000).map(homeIn(ring))
    for (const twin of twins) expect(homes.filter((home) => home === twin).length).toBeGreaterThan(300)
  })

  it("is empty without members, and has a point for each by default as promised", () => {
    const ring = new HashRing<string>()
    expect([ring.size, ring.points, ring.at(5), ring.pointFrom(5)]).toEqual([0, 0, undefined, undefined])
    expect(ring.walk(5, () => true)).toBeUndefined()
    ring.change([member("a"), member("b", 2)], ["never there"])
    expect([ring.pointsOf("a"), ring.pointsOf("b")]).toEqual([
      hashRingDefaults.virtualNodes,
      2 * hashRingDefaults.virtualNodes
    ])
    expect(ring.get("b")).toBe("b")
    ring.change([], ["a", "b"])
    expect([ring.size, ring.points]).toEqual([0, 0])
  })
})
