import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Ledger } from "../../../src/ledger/index.ts"
import type { TaskSpec } from "../../../src/model/index.ts"
import {
  assign,
  Placement,
  type PlacementView,
  performanceBased,
  type Strategy,
  weightedCapacity
} from "../../../src/placement/index.ts"
import { anyKnowledge, anyTasks, ledgerOf, taskSpec, viewOf, workerSpec } from "../pool.ts"

type Knowledge = Pick<PlacementView, "performance" | "health">

const anyLedger: fc.Arbitrary<() => Ledger> = fc
  .array(
    fc.record({
      slots: fc.integer({ min: 1, max: 4 }),
      cpu: fc.integer({ min: 0, max: 6 }),
      memory: fc.integer({ min: 0, max: 6 }),
      weight: fc.constantFrom(1, 2, 3),
      priorityMultiplier: fc.constantFrom(0.8, 1, 1.5),
      cuda: fc.integer({ min: 0, max: 2 }),
      backends: fc.subarray(["chrome"])
    }),
    { maxLength: 8 }
  )
  .map((workers) => () => ledgerOf(workers.map((options, index) => workerSpec(`w${index}`, options))))

/** Accepts and places where proposed; what waits is cancelled so that it is in nobody's way. */
const commit = (ledger: Ledger, task: TaskSpec, workerId: string | undefined): void => {
  ledger.accept(task, 0)
  if (workerId === undefined) ledger.cancel(task.id, "waits", 0)
  else expect(ledger.place(task.id, workerId, 0)).toMatchObject({ ok: true })
}

type Row = readonly [tag: string, workerId: string | undefined, chosen: unknown]

const oneByOne = (strategy: Strategy, ledger: Ledger, tasks: ReadonlyArray<TaskSpec>, knows: Knowledge): Array<Row> => {
  const placement = new Placement({ strategy })
  return tasks.map((task) => {
    const { _tag, explanation } = placement.propose(task, viewOf(ledger.workers.values(), knows), 0)
    const { workerId, candidates } = explanation
    commit(ledger, task, workerId)
    return [_tag, workerId, candidates]
  })
}

const inBatches = (
  strategy: Strategy,
  ledger: Ledger,
  tasks: ReadonlyArray<TaskSpec>,
  knows: Knowledge
): Array<Row> => {
  const placement = new Placement({ strategy })
  const rows: Array<Row> = []
  while (rows.length < tasks.length) {
    const rest = tasks.slice(rows.length)
    const proposals = placement.proposeBatch(rest, viewOf(ledger.workers.values(), knows), 0)
    expect(proposals.length).toBeGreaterThan(0)
    proposals.forEach(({ _tag, explanation }, index) => {
      const task = rest[index]
      if (task === undefined) return
      commit(ledger, task, explanation.workerId)
      rows.push([_tag, explanation.workerId, explanation.candidates])
    })
  }
  return rows
}

describe("a batch", () => {
  for (const make of [weightedCapacity, performanceBased]) {
    it(`gives to the last bit what deciding and committing one by one gives (${make().id})`, () => {
      fc.assert(
        fc.property(anyLedger, anyTasks(20), anyKnowledge, (ledger, tasks, knows) => {
          expect(inBatches(make(), ledger(), tasks, knows)).toEqual(oneByOne(make(), ledger(), tasks, knows))
        }),
        { numRuns: 300 }
      )
    })
  }

  it("is one decision at a time for strategies that need to see each commit", () => {
    const placement = new Placement({ strategy: "round_robin" })
    const ledger = ledgerOf([workerSpec("a"), workerSpec("b")])
    const tasks = ["t0", "t1", "t2"].map((id) => taskSpec(id))
    expect(placement.proposeBatch(tasks, viewOf(ledger.workers.values()), 0)).toHaveLength(1)
    expect(placement.proposeBatch([], viewOf(ledger.workers.values()), 0)).toEqual([])
    const knows = viewOf([])
    expect(inBatches(placement.strategy, ledger, tasks, knows).map(([, workerId]) => workerId)).toEqual(["b", "a", "b"])
  })

  it("ends before the second task that asks for accelerators", () => {
    const ledger = ledgerOf([workerSpec("a", { cuda: 1 }), workerSpec("b", { cuda: 1 })])
    const tasks = ["plain", "gpu0", "gpu1"].map((id) => taskSpec(id, { cuda: id.startsWith("gpu") ? 1 : 0 }))
    const proposals = new Placement({ strategy: "weighted_capacity" }).proposeBatch(
      tasks,
      viewOf(ledger.workers.values()),
      0
    )
    expect(proposals.map(({ explanation }) => explanation.workerId)).toEqual(["a", "b"])
  })

  it("hands the runner a batch that the kernel leaves untouched", () => {
    const ledger = ledgerOf([workerSpec("a"), workerSpec("b", { slots: 2 })])
    const placement = new Placement({ strategy: "weighted_capacity" })
    const tasks = ["t0", "t1", "t2"].map((id) => taskSpec(id, { cpu: 1 }))
    let seen = 0
    const proposals = placement.proposeBatchOn(
      {
        assign: (batch) => {
          seen++
          const before = new Uint8Array(batch.buffer.slice(0))
          const chosen = assign(batch)
          expect(new Uint8Array(batch.buffer)).toEqual(before)
          return chosen
        }
      },
      tasks,
      viewOf(ledger.workers.values()),
      0
    )
    expect(seen).toBe(1)
    expect(proposals).toEqual(placement.proposeBatch(tasks, viewOf(ledger.workers.values()), 0))
  })
})
