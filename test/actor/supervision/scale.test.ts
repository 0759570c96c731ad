import { describe, expect, it } from "vitest"
import {
  type ChildPolicy,
  decide,
  type Supervision,
  type SupervisionEvent,
  supervision
} from "../../../src/actor/index.ts"
import { diary } from "../given.ts"
import { child, dynamic } from "./given.ts"

/** Methods that go through a list, up to all of it. */
const walks = [
  "map",
  "filter",
  "find",
  "findIndex",
  "findLast",
  "some",
  "every",
  "flatMap",
  "forEach",
  "indexOf",
  "shift",
  "splice",
  "slice"
] as const

/** Counts the elements of all lists, maps and sets that the work goes through. */
const visitedBy = (work: () => void): number => {
  let visited = 0
  let isCounting = false
  const restore: Array<() => void> = []
  const replace = (owner: object, name: PropertyKey, sizeOf: (of: unknown) => number): void => {
    const before = Object.getOwnPropertyDescriptor(owner, name)
    const original: unknown = before?.value
    if (before === undefined || typeof original !== "function") throw new Error(`no method ${String(name)}`)
    const counting = function (this: unknown, ...args: ReadonlyArray<unknown>): unknown {
      if (isCounting) visited += sizeOf(this)
      return Reflect.apply(original, this, args)
    }
    Object.defineProperty(owner, name, { ...before, value: counting })
    restore.push(() => Object.defineProperty(owner, name, before))
  }
  const length = (of: unknown): number => (Array.isArray(of) ? of.length : 0)
  const size = (of: unknown): number => (of instanceof Map || of instanceof Set ? of.size : 0)
  for (const name of walks) replace(Array.prototype, name, length)
  replace(Array.prototype, Symbol.iterator, length)
  for (const owner of [Map.prototype, Set.prototype]) {
    for (const name of [Symbol.iterator, "values", "forEach"]) replace(owner, name, size)
  }
  replace(Map.prototype, "entries", size)
  replace(Map.prototype, "keys", size)
  try {
    isCounting = true
    work()
  } finally {
    isCounting = false
    for (const undo of restore.reverse()) undo()
  }
  return visited
}

describe("S10: many children", () => {
  it("what a dynamic supervisor does for one child does not grow with the number of its children (S10)", () => {
    const visitedAmong = (siblings: number): number => {
      const { pool, virtual } = dynamic({ maxRestarts: 9 })
      for (let count = 0; count < siblings; count += 1) pool.spawn(diary())
      virtual.settle()
      const visited = visitedBy(() => {
        const ref = pool.spawn(diary(), { name: "crashes" })
        ref.tell("Crash", {})
        virtual.settle()
        virtual.run(pool.terminateChild("crashes"))
        pool.spawn(diary(), { name: "stops", restart: "temporary" }).tell("Stop")
        virtual.settle()
        virtual.run(pool.startChild(child("asked", diary())))
      })
      expect([pool.size, pool.child("asked")?.cell.status]).toEqual([siblings + 1, "running"])
      return visited
    }
    const few = visitedAmong(10)
    expect(few).toBeGreaterThan(0)
    expect(visitedAmong(1_000)).toBe(few)
  })

  it("what the stop of a dynamic supervisor does is in proportion to the number of its children (S10)", () => {
    const visitedOf = (children: number): number => {
      const { pool, virtual, top } = dynamic()
      for (let count = 0; count < children; count += 1) pool.spawn(diary())
      virtual.settle()
      return visitedBy(() => virtual.run(top.stop))
    }
    const [few, more, many] = [visitedOf(100), visitedOf(200), visitedOf(1_000)]
    // Each hundred adds the same.
    expect(more - few).toBeGreaterThan(0)
    expect(many - few).toBe((more - few) * 9)
  })

  it("a supervisor decides once about each start and each stop, however many children it has (S8, S10)", () => {
    const decisionsFor = (count: number): readonly [decisions: number, commands: number] => {
      const policy = { strategy: "one-for-one", maxRestarts: 3, window: 5_000 } as const
      const children = Array.from({ length: count }, (_, id): ChildPolicy => {
        return { id: String(id), restart: "permanent", backoff: undefined }
      })
      let state: Supervision = supervision(policy, children)
      let decisions = 0
      let commands = 0
      for (const first of [{ _tag: "Begin" }, { _tag: "Stop" }] as const) {
        const events: Array<SupervisionEvent> = [first]
        for (let event = events.pop(); event !== undefined; event = events.pop()) {
          const [next, wanted] = decide(state, event, 0, 0)
          state = next
          decisions += 1
          commands += wanted.length
          for (const command of wanted) {
            if (command._tag === "Start") events.push({ _tag: "Started", id: command.id })
            if (command._tag === "Stop") events.push({ _tag: "Ended", id: command.id, cause: undefined })
          }
        }
      }
      expect(state.phase).toBe("closed")
      return [decisions, commands]
    }
    // Begin and Stop, and for each child Started and Ended; Ready and Closed, and for each child Start and Stop.
    for (const count of [1, 10, 500]) expect(decisionsFor(count)).toEqual([2 + 2 * count, 2 + 2 * count])
  })
})

describe("the count itself", () => {
  it("would notice a walk over all siblings", () => {
    const { pool } = dynamic()
    for (let count = 0; count < 50; count += 1) pool.spawn(diary())
    expect(visitedBy(() => pool.children())).toBeGreaterThanOrEqual(50)
    expect(visitedBy(() => pool.child("none"))).toBe(0)
  })
})
