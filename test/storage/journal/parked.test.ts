import { describe, expect, it } from "vitest"
import { Ledger } from "../../../src/ledger/index.ts"
import type { LedgerEvent } from "../../../src/model/index.ts"
import { TaskImages } from "../../../src/storage/journal/task-images.ts"
import { aTask, done } from "../../ledger/given.ts"

describe("a parked task in the journal", () => {
  it("keeps the count of its tries and its lower place, in a later run too", () => {
    const images = new TaskImages(10)
    const events: Array<LedgerEvent> = []
    const ledger = new Ledger({ onEvent: (event) => void events.push(event) })
    done(ledger.accept(aTask("a"), 5))
    done(ledger.accept(aTask("b"), 6))
    done(ledger.park("a", { requeues: 0, unmet: [], lower: false }, 7))
    for (const requeues of [1, 2, 3]) done(ledger.park("a", { requeues, unmet: [], lower: true }, 7 + requeues))
    for (const event of events) images.apply(event, 0)
    const later = new Ledger()
    later.restore({ ended: [], unfinished: images.live, seq: images.seq, epoch: images.epoch }, 20)
    expect(later.task("a")).toMatchObject({ requeues: 3, lowered: 2, isRestored: true, rank: ledger.task("a")?.rank })
    expect(later.task("b")).toMatchObject({ requeues: 0, lowered: 0, rank: ledger.task("b")?.rank })
    expect(later.first?.spec.id).toBe("b")
  })
})
