import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { WorkerRecord } from "../../../../src/ledger/index.ts"
import type { WorkerId } from "../../../../src/model/index.ts"
import { Placement, type PlacementView, Pool } from "../../../../src/placement/index.ts"
import { ledgerOf, record, taskSpec, viewOf, workerSpec } from "../../pool.ts"

const pool = (ids: ReadonlyArray<string>): Array<WorkerRecord> => ids.map((id) => record(workerSpec(id)))
const picker = () => {
  const placement = new Placement({ strategy: "round_robin" })
  return (view: PlacementView, task = taskSpec("t")): string | undefined => {
    const proposal = placement.propose(task, view, 0)
    return proposal._tag === "Worker" ? proposal.workerId : undefined
  }
}

/** Who gets each of so many tasks that are committed, and end as soon as `ahead` more have begun. */
const placedInTurn = (slots: ReadonlyArray<number>, count: number, ahead: number, pooled: boolean) => {
  const ledger = ledgerOf(slots.map((each, index) => workerSpec(`w${index}`, { slots: each })))
  const pool = new Pool(ledger.workers.values())
  const view = { ...viewOf(ledger.workers.values()), ...(pooled && { pool }) }
  const placement = new Placement({ strategy: "round_robin" })
  const changed = (workerId: WorkerId): void => {
    const worker = ledger.worker(workerId)
    if (worker !== undefined) pool.changed(worker)
  }
  const begun: Array<WorkerId> = []
  for (let turn = 0; turn < count + ahead; turn += 1) {
    const assignment = ledger.task(`t${turn - ahead}`)?.assignment
    if (assignment !== undefined) {
      ledger.complete(`t${turn - ahead}`, assignment.epoch, undefined, turn)
      changed(assignment.workerId)
    }
    if (turn >= count) continue
    const task = taskSpec(`t${turn}`)
    ledger.accept(task, turn)
    const commit = (workerId: WorkerId) => {
      const placed = ledger.place(task.id, workerId, turn)
      changed(workerId)
      return placed.ok ? undefined : placed.refusal
    }
    const proposal = placement.place(task, view, commit, turn)
    if (proposal._tag === "Worker") begun.push(proposal.workerId)
  }
  return begun
}

describe("round robin", () => {
  it("passes the turn on although its task has filled the worker", () => {
    for (const pooled of [true, false]) {
      expect(placedInTurn([1, 1, 1], 6, 1, pooled)).toEqual(["w0", "w1", "w2", "w0", "w1", "w2"])
    }
    const slots = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 6 })
    fc.assert(
      fc.property(slots, fc.integer({ min: 1, max: 4 }), fc.boolean(), (each, rounds, pooled) => {
        // So few at a time that nobody is full when its turn comes.
        const begun = placedInTurn(each, rounds * each.length, each.length - 1, pooled)
        expect(begun).toEqual(Array.from({ length: rounds * each.length }, (_, turn) => `w${turn % each.length}`))
      })
    )
  })

  it("gives each healthy worker k of k·n picks, whoever else is in the pool", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 5 }), (up, k) => {
        const workers = up.map((healthy, index) =>
          record(workerSpec(`w${index}`), { phase: healthy ? "up" : "failed" })
        )
        const healthy = workers.filter(({ phase }) => phase === "up")
        const pick = picker()
        const counts = new Map<string | undefined, number>()
        for (let turn = 0; turn < k * healthy.length; turn++) {
          const id = pick(viewOf(workers))
          counts.set(id, (counts.get(id) ?? 0) + 1)
        }
        expect([...counts.values()]).toEqual(healthy.map(() => k))
      })
    )
  })

  it("keeps members that stay within one pick of each other while others come and go", () => {
    const change = fc.oneof(
      { weight: 4, arbitrary: fc.constant({ _tag: "pick" } as const) },
      { weight: 1, arbitrary: fc.constant({ _tag: "join" } as const) },
      { weight: 1, arbitrary: fc.nat().map((at) => ({ _tag: "leave", at }) as const) },
      { weight: 1, arbitrary: fc.nat().map((at) => ({ _tag: "rejoin", at }) as const) }
    )
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), fc.boolean(), (changes, pooled) => {
        let members = pool(["stays0", "goes0", "stays1", "goes1", "stays2"])
        const places = new Pool(members)
        const joins = (id: string): void => {
          const [member] = pool([id])
          if (member === undefined) return
          members = [...members, member]
          places.changed(member)
        }
        let joined = 2
        const pick = picker()
        const counts = new Map<string | undefined, number>()
        for (const each of changes) {
          const leavers = members.filter(({ spec }) => spec.id.startsWith("goes"))
          const leaver = "at" in each ? leavers[each.at % Math.max(1, leavers.length)] : undefined
          if (each._tag === "pick") {
            const id = pick({ ...viewOf(members), ...(pooled && { pool: places }) })
            counts.set(id, (counts.get(id) ?? 0) + 1)
          }
          if (each._tag === "join") joins(`goes${joined++}`)
          if (leaver === undefined) continue
          members = members.filter((member) => member !== leaver)
          places.removed(leaver.spec.id)
          if (each._tag === "rejoin") joins(leaver.spec.id)
        }
        const stayed = ["stays0", "stays1", "stays2"].map((id) => counts.get(id) ?? 0)
        expect(Math.max(...stayed) - Math.min(...stayed)).toBeLessThanOrEqual(1)
      }),
      { numRuns: 1_000 }
    )
  })

  it("notices members that changed places around a turn that stays where it is", () => {
    const pick = picker()
    const before = viewOf(pool(["a", "x", "b", "y", "c"]))
    expect([pick(before), pick(before), pick(before)]).toEqual(["a", "x", "b"])
    const after = viewOf(pool(["a", "b", "c", "y", "x"]))
    expect(pick(after)).toBe("c")
  })

  it("goes on to those who joined meanwhile where everyone from the turn to the end has left", () => {
    const pick = picker()
    expect(pick(viewOf(pool(["a", "b"])))).toBe("a")
    expect(pick(viewOf(pool(["a", "c"])))).toBe("c")
    expect(pick(viewOf(pool(["a"])))).toBe("a")
    expect(pick(viewOf([]))).toBeUndefined()
    expect(pick(viewOf(pool(["d", "e"])))).toBe("d")
  })

  it("keeps its place through changes it has no cause to notice at once", () => {
    const pick = picker()
    expect(pick(viewOf(pool(["z", "a", "x", "b", "c"])))).toBe("z")
    expect(pick(viewOf(pool(["z", "a", "b", "c", "y"])))).toBe("a")
    expect(pick(viewOf(pool(["z", "a", "b", "c", "y"])))).toBe("b")
    expect(pick(viewOf(pool(["a", "b", "c", "y", "w"])))).toBe("c")
  })

  it("lets a task that suits few workers pass without costing the others their turn", () => {
    const workers = ["a", "b", "c", "d"].map((id) => record(workerSpec(id, { cuda: id === "d" ? 4 : 0 })))
    const pick = picker()
    const plain: Array<string | undefined> = []
    for (let turn = 0; turn < 6; turn++) {
      plain.push(pick(viewOf(workers)))
      expect(pick(viewOf(workers), taskSpec("gpu", { cuda: 1 }))).toBe("d")
    }
    expect(plain.slice(0, 3)).toEqual(["a", "b", "c"])
    expect(new Set(plain.slice(3, 6))).toEqual(new Set(["a", "b", "c"]))
  })

  it("sends tasks that do not suit the worker whose turn it is round among those they suit", () => {
    const workers = ["a", "b", "c", "d"].map((id) => record(workerSpec(id, { cpu: 4 }), { cpu: id === "a" ? 4 : 0 }))
    const pick = picker()
    const big = taskSpec("big", { cpu: 1 })
    expect([1, 2, 3, 4, 5, 6].map(() => pick(viewOf(workers), big))).toEqual(["b", "c", "d", "b", "c", "d"])
    expect(pick(viewOf(workers))).toBe("a")
  })

  it("does not spend a turn on a worker the ledger refused", () => {
    const placement = new Placement({ strategy: "round_robin" })
    const view = viewOf(pool(["a", "b", "c"]))
    const first = placement.place(
      taskSpec("t"),
      view,
      (workerId) => (workerId === "a" ? { _tag: "HeldForAnother", workerId, taskId: "x" } : undefined),
      0
    )
    expect(first).toMatchObject({ workerId: "b" })
    expect(placement.propose(taskSpec("t"), view, 0)).toMatchObject({ workerId: "a" })
  })
})
