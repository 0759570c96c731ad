import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { fitsNow, type WorkerRecord } from "../../../../src/ledger/index.ts"
import { fairShare, Placement } from "../../../../src/placement/index.ts"
import { anyPool, anyTask, taskSpec, viewOf } from "../../pool.ts"

/** The fewest reserved slots for its slots, of equals the first. */
const reference = (workers: ReadonlyArray<WorkerRecord>, task: ReturnType<typeof taskSpec>): string | undefined =>
  workers
    .filter((worker) => fitsNow(task.requirements, worker))
    .toSorted((a, b) => a.slots * b.spec.limits.slots - b.slots * a.spec.limits.slots)[0]?.spec.id

describe("fair_share", () => {
  it("takes the worker with the fewest running tasks for its slots", () => {
    fc.assert(
      fc.property(anyPool(), anyTask("t"), (workers, task) => {
        const placement = new Placement({ strategy: fairShare({ ties: "first" }) })
        const proposal = placement.propose(task, viewOf(workers), 0)
        expect(proposal._tag === "Worker" ? proposal.workerId : undefined).toBe(reference(workers, task))
      }),
      { numRuns: 300 }
    )
  })

  it("brings the order in which tenants share the pool, with its weights, anew for each ledger", () => {
    const { order } = fairShare({ weights: { gold: 4 } })
    const spec = (tenant: string) => ({ ...taskSpec("t"), tenant, expectedDuration: 100 })
    const ranks = (tenant: string): number => {
      const own = order?.(1_000)
      own?.rank(spec(tenant), 0, false)
      return own?.rank(spec(tenant), 0, true) ?? Number.NaN
    }
    // An order that knows no workers takes every task for the whole pool.
    expect(ranks("gold") - 3_000).toBe(25)
    expect(ranks("plain") - 3_000).toBe(100)
  })
})
