import { describe, expect, it } from "vitest"
import { explainInWords, Placement } from "../../../src/placement/index.ts"
import { known, record, taskSpec, viewOf, workerSpec } from "../pool.ts"

const a = record(workerSpec("a", { slots: 2 }), { slots: 1 })
const b = record(workerSpec("b", { slots: 4 }), { slots: 1 })
const full = record(workerSpec("full", { slots: 1 }), { slots: 1 })

describe("an explanation", () => {
  it("names the chosen worker, its score by parts, the runner-up and who was not considered", () => {
    const { explanation } = new Placement({ strategy: "least_connections" }).propose(
      taskSpec("t"),
      viewOf([a, full, b]),
      5
    )
    expect(explanation).toEqual({
      taskId: "t",
      at: 5,
      strategy: "least_connections",
      outcome: "chosen",
      workerId: "b",
      workers: 3,
      complete: true,
      candidates: [
        { workerId: "a", score: 50 },
        { workerId: "b", score: 75 }
      ],
      filtered: [{ workerId: "full", reasons: ["no slot"] }],
      refused: [],
      tieRule: "the next in turn",
      fault: undefined
    })
    expect(explainInWords(explanation)).toBe(
      "least_connections chose b for task t with 75 points, ahead of a with 50. Not considered: full: no slot."
    )
  })

  it("says by which rule one of equals was taken", () => {
    const placement = new Placement({ strategy: "least_connections" })
    const twin = record(workerSpec("twin", { slots: 4 }), { slots: 1 })
    expect(explainInWords(placement.explain(taskSpec("t"), viewOf([b, twin]), 0))).toContain(
      "level with twin: of equals the next in turn"
    )
  })

  it("shows the factors and the multiplier of an urgent task", () => {
    const apt = record(workerSpec("apt", { priorityMultiplier: 1.5 }))
    const view = viewOf([apt], { performance: known({ apt: {} }) })
    expect(
      explainInWords(
        new Placement({ strategy: "weighted_capacity" }).explain(taskSpec("t", { priority: "high" }), view, 0)
      )
    ).toBe(
      "weighted_capacity chose apt for task t with 150 points = capacity 30 + load 30 + health 20 + response time 20, × 1.5 for its priority."
    )
  })

  it("says what a waiting task waits for, and why another can never run", () => {
    const placement = new Placement({ strategy: "round_robin" })
    expect(explainInWords(placement.explain(taskSpec("t"), viewOf([full]), 0))).toBe(
      "Task t waits: no worker can take it now (full: no slot)."
    )
    expect(explainInWords(placement.explain(taskSpec("t", { cuda: 1 }), viewOf([full]), 0))).toBe(
      "Task t can never run: no worker will do (full: cuda 1 of 0 suitable)."
    )
    expect(explainInWords(placement.explain(taskSpec("t"), viewOf([]), 0))).toContain("there are no workers")
  })

  it("names the chosen worker alone in a large pool, unless asked for all", () => {
    const workers = Array.from({ length: 50 }, (_, index) => record(workerSpec(`w${index}`)))
    const placement = new Placement({ strategy: "weighted_capacity" })
    const { explanation } = placement.propose(taskSpec("t"), viewOf(workers), 0)
    expect(explanation).toMatchObject({ workers: 50, complete: false, candidates: [{ workerId: "w0" }], filtered: [] })
    expect(placement.explain(taskSpec("t"), viewOf(workers), 0).candidates).toHaveLength(50)
  })

  it("is plain data that a journal can keep", () => {
    const { explanation } = new Placement({ strategy: "weighted_capacity" }).propose(
      taskSpec("t"),
      viewOf([a, full]),
      0
    )
    expect(structuredClone(explanation)).toEqual(explanation)
  })
})
