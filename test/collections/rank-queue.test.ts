import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type Ranked, RankQueue } from "../../src/collections/index.ts"

interface Item extends Ranked {
  readonly rank: number
  readonly name: number
}

const goesBefore = (a: Item, b: Item): boolean => a.rank < b.rank || (a.rank === b.rank && a.name < b.name)

type Command = { readonly push: number } | { readonly remove: number } | "shift"

const commands = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ push: fc.integer({ min: 0, max: 40 }) }) },
    { weight: 2, arbitrary: fc.constant<Command>("shift") },
    { weight: 1, arbitrary: fc.record({ remove: fc.nat(60) }) }
  ),
  { minLength: 20, maxLength: 120, size: "max" }
)

describe("a rank queue", () => {
  it("gives what a sorted list gives, whatever is pushed, shifted and taken from the middle", () => {
    let fromMiddle = 0
    let early = 0
    fc.assert(
      fc.property(commands, (steps: ReadonlyArray<Command>) => {
        const queue = new RankQueue<Item>(goesBefore)
        const list: Array<Item> = []
        let name = 0
        for (const step of steps) {
          if (step === "shift") {
            const first = list.shift()
            expect(queue.first).toBe(first)
            if (first !== undefined) expect(queue.remove(first)).toBe(true)
          } else if ("push" in step) {
            const item = { rank: step.push, name: name++, heapIndex: -1 }
            if (list.some((other) => goesBefore(item, other))) early += 1
            queue.push(item)
            list.push(item)
            list.sort((a, b) => (goesBefore(a, b) ? -1 : 1))
          } else {
            const item = list[step.remove % Math.max(1, list.length)]
            if (item === undefined) continue
            if (item !== list[0]) fromMiddle += 1
            list.splice(list.indexOf(item), 1)
            expect(queue.remove(item)).toBe(true)
            expect(queue.remove(item)).toBe(false)
            expect(queue.has(item)).toBe(false)
          }
          expect(queue.size).toBe(list.length)
          expect(queue.first).toBe(list[0])
          expect(queue.inOrder(3)).toEqual(list.slice(0, 3))
          expect(list.every((item) => queue.has(item))).toBe(true)
        }
        expect(queue.inOrder(list.length)).toEqual(list)
        expect([...queue.items].sort((a, b) => (goesBefore(a, b) ? -1 : 1))).toEqual(list)
      })
    )
    expect(fromMiddle).toBeGreaterThan(100)
    expect(early).toBeGreaterThan(100)
  })

  it("does not grow where the first stays and others come and go behind it", () => {
    const queue = new RankQueue<Item>(goesBefore)
    const stays = { rank: 0, name: 0, heapIndex: -1 }
    queue.push(stays)
    let behind: Array<Item> = []
    for (let name = 1; name <= 10_000; name += 1) {
      const item = { rank: name, name, heapIndex: -1 }
      queue.push(item)
      behind.push(item)
      if (behind.length < 10) continue
      for (const one of behind.slice(1)) expect(queue.remove(one)).toBe(true)
      behind = behind.slice(0, 1)
      expect(queue.first).toBe(stays)
      expect(queue.inOrder(9)).toEqual([stays, ...behind])
      queue.remove(behind[0] ?? stays)
      behind = []
    }
    expect(queue.size).toBe(1)
    expect(queue.span).toBeLessThan(64)
  })

  it("is empty where nothing was pushed, and knows no item of another queue", () => {
    const queue = new RankQueue<Item>(goesBefore)
    const other = new RankQueue<Item>(goesBefore)
    const item = { rank: 1, name: 1, heapIndex: -1 }
    expect(queue.first).toBeUndefined()
    expect(queue.inOrder(5)).toEqual([])
    other.push(item)
    queue.push({ rank: 1, name: 2, heapIndex: -1 })
    expect(queue.has(item)).toBe(false)
    expect(queue.remove(item)).toBe(false)
    expect(other.has(item)).toBe(true)
  })
})
