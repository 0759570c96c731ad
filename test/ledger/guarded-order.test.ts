import { describe, expect, it } from "vitest"
import { byAge, guarded, type Order, type OrderFault } from "../../src/ledger/index.ts"
import { taskSpec } from "../placement/pool.ts"

const ageing = 1_000
const task = taskSpec("t")

/** The order, guarded, and what was reported of it. */
const watched = (order: Partial<Order> | (() => never)) => {
  const faults: Array<OrderFault> = []
  const make = typeof order === "function" ? order : () => ({ id: "own", rank: () => 7, ...order })
  return { guard: guarded(make, (fault) => void faults.push(fault))(ageing), faults }
}

const thrown = (): never => {
  throw new Error("out of order")
}

describe("an order that is not relied upon", () => {
  it("is that order as long as it does what it should", () => {
    const told: Array<unknown> = []
    const { guard, faults } = watched({
      lowered: (rank) => rank + 1,
      placed: (_, rank) => void told.push(rank),
      completed: (_, ms) => void told.push(ms),
      poolChanged: () => void told.push("pool")
    })
    expect([guard.id, guard.rank(task, 5, false), guard.lowered?.(3)]).toEqual(["own", 7, 4])
    guard.placed?.(task, 1)
    guard.completed?.(task, 2)
    guard.poolChanged?.([])
    expect(told).toEqual([1, 2, "pool"])
    expect(faults).toEqual([])
  })

  it("keeps the place of a task where the order has no lower one", () => {
    expect(watched({}).guard.lowered?.(3)).toBe(3)
    expect(watched({ lowered: () => Number.NaN }).guard.lowered?.(3)).toBe(3)
    expect(watched({}).guard.poolChanged).toBeUndefined()
  })

  it.each<readonly [string, Partial<Order> | (() => never), (guard: Order) => unknown]>([
    ["cannot be made", thrown, () => undefined],
    ["throws for a task", { rank: thrown }, (guard) => guard.rank(task, 5, false)],
    ["ranks by what is no number", { rank: () => Number.NaN }, (guard) => guard.rank(task, 5, false)],
    ["throws as a task is lowered", { lowered: thrown }, (guard) => guard.lowered?.(3)],
    ["throws as a task is placed", { placed: thrown }, (guard) => guard.placed?.(task, 1)],
    ["throws as a run completes", { completed: thrown }, (guard) => guard.completed?.(task, 1)],
    ["throws as workers join", { poolChanged: thrown }, (guard) => guard.poolChanged?.([])]
  ])("that %s is reported once, and tasks go by priority and age from then on", (_, order, provoke) => {
    const { guard, faults } = watched(order)
    provoke(guard)
    provoke(guard)
    expect(faults).toHaveLength(1)
    expect(guard.rank(task, 5, false)).toBe(byAge(ageing).rank(task, 5, false))
  })
})
