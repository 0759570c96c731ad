import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { RunTimes } from "../../../src/adaptation/index.ts"
import { hasRoomFor } from "../../../src/ledger/index.ts"
import type { TaskSpec } from "../../../src/model/index.ts"
import type { StrategyId } from "../../../src/placement/index.ts"
import { asking, aTask, aWorker } from "../../ledger/given.ts"
import { type Desk, desk } from "./desk.ts"

const special = asking({}, [], { labels: { of: "x" } })
const rest = (at: Desk, workerId: string): void => {
  expect(at.ledger.changePhase(workerId, "rest", at.now).ok).toBe(true)
  at.settle()
}
const phaseOf = (at: Desk, workerId: string): string | undefined => at.ledger.worker(workerId)?.phase

describe("a worker that rests", () => {
  it("is given nothing while others have room, and is woken in the same turn for what finds none", () => {
    const at = desk()
    at.join(aWorker("a", { slots: 2 }), aWorker("b", { slots: 2 }))
    rest(at, "b")
    at.submit(aTask("1"), aTask("2"))
    expect([at.workerOf("1"), at.workerOf("2"), phaseOf(at, "b")]).toEqual(["a", "a", "resting"])
    at.submit(aTask("3"))
    expect([at.workerOf("3"), phaseOf(at, "b")]).toEqual(["b", "up"])
    expect(at.of("WorkerPhaseChanged").at(-1)).toMatchObject({ workerId: "b", by: "wake" })
  })

  it("is woken for a task that nobody else is able to run", () => {
    const at = desk()
    at.join(aWorker("a", { slots: 4 }), aWorker("b", { slots: 1, capabilities: { labels: { of: "x" } } }))
    rest(at, "b")
    at.submit(aTask("1", { requirements: special }))
    expect(at.workerOf("1")).toBe("b")
  })

  it("goes on with what runs there, and is woken once that leaves room for what waits", () => {
    const at = desk()
    at.join(aWorker("a", { slots: 1 }), aWorker("b", { slots: 1 }))
    at.submit(aTask("1"), aTask("2"))
    rest(at, "b")
    at.submit(aTask("3"))
    expect([phaseOf(at, "b"), at.workerOf("3")]).toEqual(["resting", undefined])
    const there = at.workerOf("1") === "b" ? "1" : "2"
    at.complete(there)
    expect([phaseOf(at, "b"), at.workerOf("3")]).toEqual(["up", "b"])
  })

  it("does not come to rest while something waits that it could take", () => {
    const at = desk()
    at.join(aWorker("a", { slots: 1 }), aWorker("b", { slots: 1 }))
    rest(at, "b")
    at.submit(aTask("1"), aTask("2"), aTask("3"))
    expect(phaseOf(at, "b")).toBe("up")
    at.complete(at.workerOf("1") === "b" ? "1" : "2")
    expect(at.ledger.counts.queued).toBe(0)
  })

  it("is not woken for a task that waits for a faster worker and would not be given to it", () => {
    const times = new RunTimes()
    for (let run = 0; run < 200; run += 1) {
      times.record("fast", "work", { ms: 10 }, run)
      times.record("slow", "work", { ms: 1_000 }, run)
    }
    const at = desk({ times })
    at.join(aWorker("fast", { slots: 1 }), aWorker("slow", { slots: 1 }))
    rest(at, "slow")
    at.submit(aTask("1"), aTask("2"))
    expect([at.workerOf("1"), at.workerOf("2"), phaseOf(at, "slow")]).toEqual(["fast", undefined, "resting"])
  })

  it("is woken for it after all where the faster worker is not free when it was expected to be, though nothing happens", () => {
    const times = new RunTimes()
    for (let run = 0; run < 200; run += 1) {
      times.record("fast", "work", { ms: 10 }, run)
      times.record("slow", "work", { ms: 1_000 }, run)
    }
    const at = desk({ times })
    at.join(aWorker("fast", { slots: 1 }), aWorker("slow", { slots: 1 }))
    rest(at, "slow")
    at.submit(aTask("1"), aTask("2"))
    expect([at.workerOf("2"), phaseOf(at, "slow")]).toEqual([undefined, "resting"])
    while (at.workerOf("2") === undefined && at.dispatch.nextDue < 10_000) at.at(at.dispatch.nextDue)
    expect(at.workerOf("2")).toBe("slow")
    // Nothing waits: nothing is looked at again.
    expect(at.dispatch.nextDue).toBe(Number.POSITIVE_INFINITY)
  })

  it("of several the one that is worth most is woken first", () => {
    const worth: Readonly<Record<string, number>> = { b: 1, c: 3, d: 2 }
    const at = desk({ worthOf: ({ spec }) => worth[spec.id] ?? 0 })
    at.join(...["a", "b", "c", "d"].map((id) => aWorker(id, { slots: 1 })))
    for (const id of ["b", "c", "d"]) rest(at, id)
    at.submit(aTask("1"), aTask("2"), aTask("3"), aTask("4"))
    expect(["1", "2", "3", "4"].map((id) => at.workerOf(id))).toEqual(["a", "c", "d", "b"])
  })

  it("whatever happens, no task waits for one that rests and could take it", () => {
    let woken = 0
    let waited = 0
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.record({ do: fc.constant("submit" as const), shape: fc.nat(3), key: fc.nat(4) }) },
      { weight: 2, arbitrary: fc.record({ do: fc.constant("complete" as const), at: fc.nat(20) }) },
      { weight: 3, arbitrary: fc.record({ do: fc.constant("rest" as const), worker: fc.nat(4) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant("leave" as const), worker: fc.nat(4) }) }
    )
    const strategy = fc.constantFrom<StrategyId>(
      "least_connections",
      "round_robin",
      "performance_based",
      "p2c",
      "sticky",
      "best_fit"
    )
    const shapes = [asking({}), special, asking({ cpu: 2_000 }), asking({ memory: 3_000 })]
    fc.assert(
      fc.property(
        strategy,
        fc.array(action, { minLength: 20, maxLength: 120 }),
        fc.constantFrom(0, Number.POSITIVE_INFINITY),
        (id, actions, reserveAfter) => {
          const at = desk({ strategy: id, reserveAfter })
          at.join(
            ...Array.from({ length: 5 }, (_, index) =>
              aWorker(`w${index}`, {
                slots: 1 + (index % 3),
                ...(index % 2 === 1 && { capabilities: { labels: { of: "x" } } })
              })
            )
          )
          let tasks = 0
          for (const each of actions) {
            switch (each.do) {
              case "submit": {
                const given: Partial<TaskSpec> = {
                  requirements: shapes[each.shape] ?? special,
                  ...(each.key === 0 && { concurrencyKey: "k" })
                }
                at.submit(aTask(`t${tasks++}`, given))
                break
              }
              case "complete": {
                const running = [...at.ledger.tasks.values()].filter(({ status }) => status === "running")
                const one = running[each.at % Math.max(1, running.length)]
                if (one !== undefined) at.complete(one.spec.id)
                break
              }
              case "rest":
                at.ledger.changePhase(`w${each.worker}`, "rest", at.now)
                at.settle()
                break
              case "leave": {
                const worker = at.ledger.worker(`w${each.worker}`)
                if (worker?.slots === 0 && at.ledger.workers.size > 2 && worker.heldFor === undefined)
                  at.leave(`w${each.worker}`)
              }
            }
            const resting = [...at.ledger.workers.values()].filter(({ phase }) => phase === "resting")
            for (const { spec } of at.ledger.heads()) {
              waited += 1
              const could = resting.filter(
                (worker) =>
                  (worker.heldFor === undefined || worker.heldFor === spec.id) && hasRoomFor(spec.requirements, worker)
              )
              expect(could.map((worker) => worker.spec.id)).toEqual([])
            }
          }
          woken += at.of("WorkerPhaseChanged").filter(({ by }) => by === "wake").length
        }
      ),
      { numRuns: 400 }
    )
    expect(woken).toBeGreaterThan(200)
    expect(waited).toBeGreaterThan(500)
  })
})
