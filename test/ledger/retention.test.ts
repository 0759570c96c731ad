import { describe, expect, it } from "vitest"
import { Ledger } from "../../src/ledger/index.ts"
import { aTask, done } from "./given.ts"

describe("what the ledger remembers", () => {
  it("lets the oldest ended tasks go, with everything that was kept for them", () => {
    const ledger = new Ledger({ retain: 5 })
    done(ledger.accept(aTask("stays", { deadline: 1_000 }), 0))
    for (let n = 0; n < 100; n += 1) {
      done(ledger.accept(aTask(`t${n}`, { deadline: 3_600_000, queueTimeout: 60_000 }), 0))
      done(ledger.cancel(`t${n}`, "no longer wanted", 0))
    }
    expect(ledger.tasks.size).toBe(6)
    expect(ledger.state.limits.size).toBe(1)
    expect(ledger.nextDue()).toBe(1_000)
  })
})
