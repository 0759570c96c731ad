import { describe, expect, it } from "vitest"
import { WaitOutlook } from "../../actors/wait-outlook.ts"
import { Ledger } from "../../src/ledger/index.ts"
import type { TaskId } from "../../src/model/index.ts"
import { asking, aTask, aWorker, done } from "../ledger/given.ts"

const special = asking({}, [], { labels: { of: "x" } })

describe("what is followed to see how long tasks wait", () => {
  it("is no task that waits for somebody to come: others are followed in its place", () => {
    const ledger: Ledger = new Ledger({ onEvent: (event, task) => outlook.onEvent(event, task) })
    const outlook = new WaitOutlook({ ledger, runs: { speedOf: () => 1, busy: () => 1 }, meanWork: () => 100 })
    done(ledger.addWorker(aWorker("w", { slots: 1 }), 0))
    done(ledger.changePhase("w", "ready", 0))
    const parked: ReadonlyArray<TaskId> = ["first", "second"]
    parked.forEach((id, at) => void done(ledger.accept(aTask(id, { requirements: special }), at)))
    for (const id of parked) done(ledger.park(id, { requeues: 0, unmet: [], lower: false }, 2))
    let now = 100
    for (let n = 0; n < 30; n += 1) {
      done(ledger.accept(aTask(`t${n}`), now))
      const run = ledger.place(`t${n}`, "w", now + 50)
      if (run.ok) done(ledger.complete(`t${n}`, run.value.epoch, 0, now + 100))
      now += 100
    }
    expect(ledger.counts.completed).toBe(30)
    expect(outlook.of("normal", now).proven).toBe(true)
  })
})
