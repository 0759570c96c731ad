import { describe, expect, it } from "vitest"
import { LearnedWeights } from "../../../src/adaptation/index.ts"
import { Placement, type StrategyId } from "../../../src/placement/index.ts"
import { record, taskSpec, viewOf, workerSpec } from "../pool.ts"

const workers = ["a", "b"].map((id) => record(workerSpec(id)))

const learned = (weights: Readonly<Record<string, number>>): LearnedWeights => {
  const book = new LearnedWeights()
  book.restore(new Map(Object.entries(weights).map(([id, weight]) => [id, { weight, declared: 1, moving: false }])))
  return book
}

const counts = (strategy: StrategyId, picks: number, weights: LearnedWeights, between = (_pick: number) => {}) => {
  const placement = new Placement({ strategy })
  const found = new Map<string, number>()
  const view = { ...viewOf(workers), weights }
  for (let pick = 0; pick < picks; pick += 1) {
    between(pick)
    const proposal = placement.propose(taskSpec(`t${pick}`), view, 0)
    if (proposal._tag === "Worker") found.set(proposal.workerId, (found.get(proposal.workerId) ?? 0) + 1)
  }
  return Object.fromEntries([...found].sort())
}

describe("strategies that go by weight", () => {
  it("give turns by the weights as learned", () => {
    expect(counts("weighted_round_robin", 40, learned({ a: 3 }))).toEqual({ a: 30, b: 10 })
  })

  it("see a weight that changes while the pool stays as it is, at the next turn", () => {
    const weights = learned({})
    const change = (pick: number): void => {
      if (pick === 20) weights.restore(learned({ a: 4 }).entries)
    }
    expect(counts("weighted_round_robin", 40, weights, change)).toEqual({ a: 26, b: 14 })
  })

  it("leave it to figures of their own where they have any: weighted capacity has response times", () => {
    expect(counts("weighted_capacity", 40, learned({ a: 5, b: 0.1 }))).toEqual(
      counts("weighted_capacity", 40, learned({}))
    )
  })

  it("leave keys where they are: rings go by what is declared", () => {
    for (const id of ["consistent_hash", "rendezvous", "bounded_hash"] as const) {
      expect(counts(id, 200, learned({ a: 5, b: 0.1 }))).toEqual(counts(id, 200, learned({})))
    }
  })
})
