import { describe, expect, it } from "vitest"
import type { Refusal } from "../../../src/ledger/index.ts"
import { Placement, Pool, type RankStrategy } from "../../../src/placement/index.ts"
import { ledgerOf, taskSpec, viewOf, workerSpec } from "../pool.ts"

const given = (strategy: RankStrategy | "least_connections" = "least_connections") => {
  const ledger = ledgerOf([workerSpec("a"), workerSpec("b", { slots: 1 }), workerSpec("c")])
  const task = taskSpec("t", { cpu: 1 })
  ledger.accept(task, 0)
  const placed = ledger.place("t", "a", 0)
  if (!placed.ok) throw new Error("refused")
  const { epoch } = placed.value
  const placement = new Placement({ strategy })
  const offer = (target: string): Refusal | undefined => {
    const offered = ledger.offerMigration("t", epoch, target, 1)
    return offered.ok ? undefined : offered.refusal
  }
  const move = () => {
    const workers = [...ledger.workers.values()]
    return placement.move(task, "a", { ...viewOf(workers), pool: new Pool(workers) }, offer, 1)
  }
  return { ledger, move }
}

describe("a move", () => {
  it("goes from filter to commit as a placement does, to another worker, where the ledger holds what the task needs", () => {
    const { ledger, move } = given()
    const proposal = move()
    expect(proposal).toMatchObject({ _tag: "Worker", workerId: "b" })
    expect(proposal.explanation.refused).toEqual([{ workerId: "a", reason: "the task runs there" }])
    expect(ledger.task("t")?.migration?.reservation).toMatchObject({ workerId: "b" })
    expect(ledger.worker("b")?.slots).toBe(1)
    expect(ledger.task("t")?.assignment?.workerId).toBe("a")
  })

  it("does not take place where the ledger refuses it for the task's sake", () => {
    const { ledger, move } = given()
    move()
    expect(move()).toMatchObject({
      _tag: "Wait",
      explanation: { outcome: "waits", refused: [{ workerId: "a" }, { reason: "task t is being moved already" }] }
    })
    expect(ledger.migrations.size).toBe(1)
  })

  it("leaves the devices to the ledger", () => {
    let named = 0
    const { move } = given({
      id: "names devices",
      rank: () => 0,
      devices: () => {
        named += 1
        return []
      }
    })
    expect(move()._tag).toBe("Worker")
    expect(named).toBe(0)
  })
})
