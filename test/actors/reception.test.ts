import { describe, expect, it } from "vitest"
import { EventBus } from "../../actors/event-bus.ts"
import { OutputGate } from "../../actors/output-gate.ts"
import { Reception } from "../../actors/reception.ts"
import { Ledger } from "../../src/ledger/index.ts"
import { aTask, aWorker, done, withWorkers } from "../ledger/given.ts"
import { aDirectory, open } from "../storage/journal/given.ts"

describe("the word that ends a run", () => {
  it("is accepted once durable, also where the run is handed over and the task has moved on meanwhile", async () => {
    const { journal } = await open(aDirectory())
    const told = new EventBus()
    const gate = new OutputGate(journal, told, () => undefined)
    const ledger = new Ledger({ onEvent: gate.onEvent })
    const reception = new Reception({ ledger, told })
    withWorkers(ledger, aWorker("w1"), aWorker("w2"))
    done(ledger.accept(aTask("t"), 0))
    const { epoch } = done(ledger.place("t", "w1", 1))
    const { id } = done(ledger.offerMigration("t", epoch, "w2", 2))
    const word = reception.of("t", epoch, "released")
    done(ledger.releaseMigration(id, { page: 4 }, 3))
    const moved = done(ledger.commitMigration(id, 3))
    const next = reception.of("t", moved.epoch, "completed")
    await journal.flush()
    expect(await word.accepted).toBe(true)
    done(ledger.complete("t", moved.epoch, 8, 4))
    await journal.flush()
    expect(await next.accepted).toBe(true)
  })
})
