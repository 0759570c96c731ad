import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { hash32, identityOf, rendezvousDraw, rendezvousScore } from "../../../../src/hashing/index.ts"
import type { WorkerRecord } from "../../../../src/ledger/index.ts"
import { rendezvous } from "../../../../src/placement/strategies/keyed/rendezvous.ts"
import { routingKeyOf } from "../../../../src/placement/strategies/keyed/routing-key.ts"
import { record, viewOf, workerSpec } from "../../pool.ts"
import { anyKeyedTask, anyPools, choiceOf, fitting, keyed, pooled } from "./keyed.ts"

const drawOf = (name: string, hash: number): number => {
  const { first, second } = identityOf(name)
  return rendezvousDraw(first, second, hash)
}

const naive = (key: string, workers: ReadonlyArray<WorkerRecord>): string | undefined => {
  const scored = workers.map(({ spec: { id, weight } }) => ({
    id,
    score: rendezvousScore(drawOf(id, hash32(key)), weight)
  }))
  const highest = Math.max(...scored.map(({ score }) => score))
  return scored.find(({ score }) => score === highest)?.id
}

const keys = Array.from({ length: 20_000 }, (_, index) => keyed(`t${index}`))

describe("rendezvous", () => {
  it("chooses the highest score of those that fit, while members come and go", () => {
    fc.assert(
      fc.property(
        anyPools,
        fc.array(anyKeyedTask("t"), { minLength: 1, maxLength: 4 }),
        fc.subarray(["w0", "w1", "w2", "w3", "w4"]),
        (pools, tasks, refused) => {
          const strategy = rendezvous()
          for (const workers of pools) {
            for (const task of tasks) {
              const able = fitting(task, workers).filter(({ spec }) => !refused.includes(spec.id))
              const expected = naive(routingKeyOf(task), able)
              expect(choiceOf(strategy, task, viewOf(workers), 0, new Set(refused))).toBe(expected)
              expect(choiceOf(strategy, task, pooled(viewOf(workers)), 0, new Set(refused))).toBe(expected)
            }
          }
        }
      )
    )
  })

  it("moves only the keys of a worker that leaves, and only to one that joins", () => {
    const workers = Array.from({ length: 20 }, (_, index) =>
      record(workerSpec(`w${index}`, { weight: 1 + (index % 3) }))
    )
    const strategy = rendezvous()
    const home = (pool: ReadonlyArray<WorkerRecord>) => keys.map((task) => choiceOf(strategy, task, viewOf(pool)))
    const whole = home(workers)
    const less = home(workers.filter(({ spec }) => spec.id !== "w7"))
    const more = home([...workers, record(workerSpec("new", { weight: 2 }))])
    whole.forEach((id, index) => {
      if (id === "w7") expect(less[index]).not.toBe("w7")
      else expect(less[index]).toBe(id)
      expect([id, "new"]).toContain(more[index])
    })
  })

  it("gives shares by weight within a tenth, also where weights are fractions", () => {
    const weights = [0.5, 1, 1, 2, 3]
    const workers = weights.map((weight, index) => record(workerSpec(`w${index}`, { weight })))
    const counts = weights.map(() => 0)
    const strategy = rendezvous()
    for (const task of keys) {
      const index = Number(choiceOf(strategy, task, viewOf(workers))?.slice(1))
      counts[index] = (counts[index] ?? 0) + 1
    }
    counts.forEach((count, index) => {
      expect(Math.abs(count / ((keys.length * (weights[index] ?? 0)) / 7.5) - 1)).toBeLessThan(0.1)
    })
  })

  it("prefers in the order in which it would choose", () => {
    fc.assert(
      fc.property(anyPools, anyKeyedTask("t"), (pools, task) => {
        const strategy = rendezvous()
        const workers = fitting(task, pools[0] ?? [])
        const into = new Float64Array(workers.length).fill(Number.NaN)
        strategy.prefer(task, workers, viewOf(pools[0] ?? []), 0, into)
        const first = workers[into.indexOf(Math.max(...into))]
        expect(first?.spec.id).toBe(choiceOf(strategy, task, viewOf(pools[0] ?? [])))
        for (const value of into) expect(value >= 0 && value <= 1).toBe(true)
      })
    )
  })

  it("waits for its home no longer than it may", () => {
    const strategy = rendezvous({ waitMs: 10 })
    const workers = Array.from({ length: 10 }, (_, index) => record(workerSpec(`w${index}`)))
    const home = choiceOf(strategy, keyed("t"), viewOf(workers))
    const full = viewOf(workers.map((worker) => (worker.spec.id === home ? { ...worker, slots: 4 } : worker)))
    expect(strategy.waitFor(keyed("t"), full, 9, 0)).toEqual({ workerId: home, until: 10 })
    expect(strategy.waitFor(keyed("t"), full, 10, 0)).toBeUndefined()
    expect(strategy.waitFor(keyed("t"), viewOf(workers), 0, 0)).toBeUndefined()
  })
})
