import { describe, expect, it } from "vitest"
import { RunTimes } from "../../../src/adaptation/index.ts"
import { asking, aTask, aWorker, done } from "../../ledger/given.ts"
import { desk } from "./desk.ts"

const big = { requirements: asking({ cpu: 3_000 }) }

describe("why a task waits, in one sentence", () => {
  it("no room: what the nearest worker has too little of, and whose runs would wake it", () => {
    const { join, submit, explain } = desk()
    join(
      aWorker("w1", { resources: { cpu: 4_000 } }),
      aWorker("w2", { resources: { cpu: 2_000 } }),
      aWorker("w3", { resources: { cpu: 4_000 } })
    )
    submit(
      aTask("a", { requirements: asking({ cpu: 4_000 }) }),
      aTask("b", { requirements: asking({ cpu: 2_500 }) }),
      aTask("c", big)
    )
    expect(explain("c")).toBe(
      "waits: w3 has 1.5 of 4 cores free and it asks for 3; a run ending on w1 or w3 would wake it"
    )
  })

  it("no slot", () => {
    const { join, submit, explain } = desk()
    join(aWorker("w1", { slots: 1 }))
    submit(aTask("a"), aTask("b"))
    expect(explain("b")).toBe("waits: w1 has its only slot in use; a run ending on w1 would wake it")
  })

  it("many workers are not all named", () => {
    const { join, submit, explain } = desk()
    join(...["w1", "w2", "w3", "w4", "w5"].map((id) => aWorker(id)))
    submit(...Array.from({ length: 10 }, (_, index) => aTask(`t${index}`)), aTask("b"))
    expect(explain("b")).toBe(
      "waits: w1 has all of its 2 slots in use; a run ending on w1, w2, w3 or 2 others would wake it"
    )
  })

  it("nobody takes work yet", () => {
    const { ledger, submit, explain } = desk()
    done(ledger.addWorker(aWorker("w1"), 0))
    submit(aTask("a"))
    expect(explain("a")).toBe("waits: w1 could run it, but is starting; its taking work would wake it")
  })

  it("there are no workers", () => {
    const { submit, explain } = desk()
    submit(aTask("a"))
    expect(explain("a")).toBe("waits: there are no workers; the first to join that can run it would wake it")
  })

  it("its key is held, by which task", () => {
    const { join, submit, explain, complete } = desk()
    join(aWorker("w1", { slots: 4 }))
    const keyed = { concurrencyKey: "k" }
    submit(aTask("a", keyed), aTask("b", keyed), aTask("c", keyed))
    expect(explain("c")).toBe("waits: concurrency key k is held by task a on w1; its end would wake it")
    complete("a")
    expect(explain("c")).toBe("waits: concurrency key k is held by task b on w1; its end would wake it")
  })

  it("another goes first under its key", () => {
    const { join, submit, explain } = desk()
    join(aWorker("w1", { slots: 1 }))
    submit(aTask("a"), aTask("b", { concurrencyKey: "k" }), aTask("c", { concurrencyKey: "k" }))
    expect(explain("c")).toBe("waits: task b goes first under concurrency key k; its end would wake this one")
  })

  it("others come first", () => {
    const { join, submit, explain } = desk()
    join(aWorker("w1", { slots: 1 }))
    submit(aTask("a"), aTask("b"), aTask("c"), aTask("d"))
    expect(explain("c")).toBe(
      "waits its turn: task b comes first that asks for the same, and b waits: w1 has its only slot in use; a run ending on w1 would wake it"
    )
    expect(explain("d")).toBe(
      "waits its turn: 2 tasks come first that ask for the same, and b waits: w1 has its only slot in use; a run ending on w1 would wake it"
    )
  })

  it("the worker is kept free for another", () => {
    const { join, submit, explain, at } = desk({ reserveAfter: 100 })
    join(aWorker("w1", { resources: { cpu: 4_000 } }))
    submit(aTask("a", { requirements: asking({ cpu: 1_000 }) }), aTask("big", { requirements: asking({ cpu: 4_000 }) }))
    at(200)
    submit(aTask("small", { requirements: asking({ cpu: 500 }) }))
    expect(explain("small")).toBe("waits: w1 has room, but is kept free for task big; the start of that would wake it")
  })

  it("a faster worker is worth waiting for, until it should be free", () => {
    const times = new RunTimes()
    for (let run = 0; run < 200; run += 1) {
      times.record("slow", "work", { ms: 40, expectedMs: 10 }, run)
      times.record("fast", "work", { ms: 10, expectedMs: 10 }, run)
    }
    const { join, submit, explain, at, dispatch, workerOf } = desk({ times })
    join(aWorker("slow", { slots: 1 }), aWorker("fast", { slots: 1 }))
    submit(aTask("first", { expectedDuration: 100 }))
    at(40)
    submit(aTask("second", { expectedDuration: 100 }))
    expect(explain("second")).toBe(
      "waits for a faster worker: about 400 ms on slow, done in about 160 ms on fast; a run ending would wake it, and it looks again in 60 ms"
    )
    expect(dispatch.nextDue).toBe(100)
    expect(workerOf("second")).toBeUndefined()
  })

  it("it is tried again later", () => {
    const { join, submit, explain, fail } = desk()
    join(aWorker("w1"))
    submit(aTask("a", { retries: 2 }))
    fail("a", "boom", 250)
    expect(explain("a")).toBe(
      "waits for its next attempt: 1 of 3 failed, and it is tried again in 250 ms\nAttempts: 1 on w1: Error: boom."
    )
  })

  it("no worker fits, but one may join", () => {
    const { join, submit, explain, leave } = desk()
    const labels = (of: string) => ({ capabilities: { labels: { of } } })
    join(aWorker("w1"), aWorker("w2", labels("x")))
    leave("w2")
    submit(aTask("a", { requirements: asking({}, [], { labels: { of: "x" } }) }))
    expect(explain("a")).toBe(
      "waits: no worker of the pool can ever run it (w1: label of is not x); one that can joining would wake it, tried 0 of 5 times"
    )
  })

  it("it is on its way", () => {
    const { join, submit, explain, ledger, assignmentOf } = desk()
    join(aWorker("w1"), aWorker("w2"))
    submit(aTask("a"))
    const { id } = done(ledger.offerMigration("a", assignmentOf("a").epoch, "w2", 0))
    expect(explain("a")).toMatch(/ It is to move to w2 at its next checkpoint\.$/)
    done(ledger.releaseMigration(id, 1, 0))
    expect(explain("a")).toBe(
      "Task a is on its way from w1 to w2: it has stopped at the one and not begun at the other."
    )
  })
})

describe("why a task failed", () => {
  it("each attempt is told, with its worker and its end", () => {
    const { join, submit, explain, fail, at, ledger } = desk()
    join(aWorker("w1", { slots: 1 }), aWorker("w2", { slots: 1 }))
    submit(aTask("a", { retries: 1 }))
    done(ledger.workerLost("w1", { reason: "crashed", culprits: [] }, "starting", 0))
    at(1)
    fail("a", "boom")
    at(2)
    fail("a", "again\nwith more to it")
    expect(explain("a")).toMatch(
      /\nAttempts: 1 on w1: the worker was lost; 2 on w2: Error: boom; 3 on w2: Error: again\.$/
    )
  })
})
