import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { type PickStrategy, Placement } from "../../../../src/placement/index.ts"
import { preferring } from "../../../../src/placement/strategies/homes/preferring.ts"
import { anyPool, record, viewOf, workerSpec } from "../../pool.ts"
import { anyKeyedTask, choiceOf, fitting, keyed, pooled } from "../keyed/keyed.ts"

const last: PickStrategy = { id: "last", pick: (_task, candidates) => candidates.at(-1)?.spec.id ?? "" }

describe("preferring", () => {
  it("sends a task to the first worker it names that fits, otherwise where the inner strategy says", () => {
    fc.assert(
      fc.property(
        anyPool(),
        anyKeyedTask("t"),
        fc.shuffledSubarray(["w0", "w1", "w2", "w3", "w4", "gone"]),
        (workers, plain, preferredWorkers) => {
          const task = { ...plain, preferredWorkers }
          const able = fitting(task, workers).map(({ spec }) => spec.id)
          const expected = preferredWorkers.find((id) => able.includes(id)) ?? able.at(-1)
          expect(choiceOf(preferring(last), task, viewOf(workers))).toBe(expected)
          expect(choiceOf(preferring(last), task, pooled(viewOf(workers)))).toBe(expected)
        }
      )
    )
  })

  it("goes on to the next it names, and then to the inner strategy, where the ledger refuses", () => {
    const told: Array<string> = []
    const inner: PickStrategy = { ...last, proposed: (task, worker) => told.push(`${task.id} ${worker.spec.id}`) }
    const placement = new Placement({ strategy: preferring(inner) })
    const view = viewOf(["a", "b", "c", "d"].map((id) => record(workerSpec(id))))
    const place = (id: string, ...refused: ReadonlyArray<string>) =>
      placement.place(
        keyed(id, { preferredWorkers: ["b", "a"] }),
        view,
        (workerId) => (refused.includes(workerId) ? { _tag: "HeldForAnother", workerId, taskId: "x" } : undefined),
        0
      )
    expect(place("t1")).toMatchObject({ workerId: "b" })
    expect(place("t2", "b")).toMatchObject({ workerId: "a" })
    expect(place("t3", "b", "a")).toMatchObject({ workerId: "d" })
    expect(told).toEqual(["t3 d"])
  })

  it("passes over a worker that is kept free for another task", () => {
    const [a, b, c] = ["a", "b", "c"].map((id) => record(workerSpec(id)))
    if (a === undefined || b === undefined || c === undefined) throw new Error("three workers")
    const task = keyed("t", { preferredWorkers: ["a"] })
    expect(choiceOf(preferring(last), task, viewOf([{ ...a, heldFor: "x" }, b, c]))).toBe("c")
    expect(choiceOf(preferring(last), task, viewOf([{ ...a, heldFor: "t" }, b, c]))).toBe("a")
  })
})
