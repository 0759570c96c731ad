import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RankHeap } from "../../src/collections/rank-heap.ts"

interface Item {
  readonly key: number
  readonly order: number
  heapIndex: number
}

const before = (a: Item, b: Item): boolean => a.key < b.key || (a.key === b.key && a.order < b.order)

const step = fc.oneof(
  fc.record({ do: fc.constant("push"), key: fc.nat({ max: 9 }) }),
  fc.record({ do: fc.constantFrom("pop", "remove"), key: fc.nat({ max: 99 }) })
)

describe("a rank heap", () => {
  it("gives what a sorted array gives, with items pushed, popped and taken from the middle", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120, size: "max" }), (steps) => {
        const heap = new RankHeap<Item>(before)
        let sorted: Array<Item> = []
        steps.forEach(({ do: what, key }, order) => {
          if (what === "push") {
            const item = { key, order, heapIndex: -1 }
            heap.push(item)
            sorted = [...sorted, item].sort((a, b) => (before(a, b) ? -1 : 1))
          } else if (what === "pop") {
            expect(heap.pop()).toBe(sorted.shift())
          } else {
            const [item] = sorted.splice(key % Math.max(1, sorted.length), 1)
            if (item === undefined) return
            expect(heap.remove(item)).toBe(true)
            expect(heap.has(item)).toBe(false)
          }
          expect(heap.first).toBe(sorted[0])
          expect(heap.size).toBe(sorted.length)
          for (const item of sorted) expect(heap.has(item)).toBe(true)
        })
      }),
      { seed: 7, numRuns: 300 }
    )
  })

  it("does not take out what is not in it", () => {
    const heap = new RankHeap<Item>(before)
    const other = new RankHeap<Item>(before)
    const item = { key: 1, order: 0, heapIndex: -1 }
    other.push(item)
    heap.push({ key: 2, order: 1, heapIndex: -1 })
    expect(heap.remove(item)).toBe(false)
    expect(other.has(item)).toBe(true)
    expect(heap.size).toBe(1)
  })

  it("is empty when everything has been popped", () => {
    const heap = new RankHeap<Item>(before)
    expect(heap.pop()).toBeUndefined()
    heap.push({ key: 1, order: 0, heapIndex: -1 })
    expect(heap.pop()?.key).toBe(1)
    expect(heap.first).toBeUndefined()
  })
})
