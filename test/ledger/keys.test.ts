import { describe, expect, it } from "vitest"
import { audit, Ledger } from "../../src/ledger/index.ts"
import type { Epoch } from "../../src/model/index.ts"
import { anError, aTask, aWorker, done, withWorkers } from "./given.ts"

const keyed = (id: string, limit = 1) =>
  aTask(id, { concurrencyKey: "k", concurrencyLimit: limit, retries: 1, maxCrashes: 1, deadline: 1_000 })

const keysOf = (ledger: Ledger) => [...ledger.state.waiting.keys()]

/** Ways in which a run ends for good or for now, and what gives the key back where the end alone does not. */
const ends: Readonly<Record<string, (ledger: Ledger, epoch: Epoch) => (() => void) | undefined>> = {
  completed: (ledger, epoch) => void done(ledger.complete("a", epoch, 1, 5)),
  "failed for good": (ledger, epoch) =>
    void done(ledger.fail("a", epoch, { reason: "error", error: anError, final: true }, 0, 5)),
  "timed out, and tried again": (ledger, epoch) =>
    void done(ledger.fail("a", epoch, { reason: "timeout", error: anError }, 10_000, 5)),
  "crashed with its worker, and quarantined": (ledger, epoch) =>
    void done(ledger.workerLost("w1", { reason: "crashed", culprits: [epoch] }, "starting", 5)),
  "cancelled while it ran": (ledger, epoch) => {
    done(ledger.cancel("a", "", 5))
    return () => void ledger.released("w1", epoch, 6)
  },
  "expired while it ran": (ledger, epoch) => {
    ledger.expire(2_000)
    return () => void ledger.released("w1", epoch, 2_001)
  },
  "cancelled while it ran, and its worker is lost": (ledger) => {
    done(ledger.cancel("a", "", 5))
    return () => void done(ledger.workerLost("w1", { reason: "crashed", culprits: [] }, "starting", 6))
  },
  "moved, and completed there": (ledger, epoch) => {
    const { id } = done(ledger.offerMigration("a", epoch, "w2", 5))
    done(ledger.releaseMigration(id, 1, 5))
    const moved = done(ledger.commitMigration(id, 5))
    return () => void done(ledger.complete("a", moved.epoch, 1, 6))
  },
  "cancelled on its way": (ledger, epoch) => {
    const { id } = done(ledger.offerMigration("a", epoch, "w2", 5))
    done(ledger.releaseMigration(id, 1, 5))
    return () => void done(ledger.cancel("a", "", 6))
  }
}

describe("a concurrency key", () => {
  it.each(Object.entries(ends))("is free again, for the next in order, when its run has %s", (_way, end) => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w1"), aWorker("w2"))
    done(ledger.accept(keyed("a"), 0))
    const { epoch } = done(ledger.place("a", "w1", 0))
    for (const id of ["b", "c"]) done(ledger.accept(aTask(id, { concurrencyKey: "k" }), 1))
    expect([ledger.isReady("b"), ledger.isReady("c")]).toEqual([false, false])
    const rest = end(ledger, epoch)
    if (rest !== undefined) {
      expect(ledger.isReady("b")).toBe(false)
      rest()
    }
    expect([ledger.isReady("b"), ledger.isReady("c")]).toEqual([true, false])
    expect(audit(ledger)).toEqual([])
    for (const id of ["b", "c"]) {
      const run = done(ledger.place(id, "w2", 3_000))
      done(ledger.complete(id, run.epoch, 1, 3_000))
    }
    if (ledger.task("a")?.outcome === undefined) done(ledger.cancel("a", "", 3_000))
    expect(keysOf(ledger)).toEqual([])
  })

  it("lets the first so many go, in order, whatever else they ask for", () => {
    const ledger = new Ledger()
    withWorkers(ledger, aWorker("w1", { slots: 8 }))
    for (const id of ["a", "b", "c", "d", "e"]) done(ledger.accept(keyed(id, 3), 0))
    const ready = () => ["a", "b", "c", "d", "e"].filter((id) => ledger.isReady(id))
    expect(ready()).toEqual(["a", "b", "c"])
    const { epoch } = done(ledger.place("a", "w1", 0))
    expect(ready()).toEqual(["b", "c"])
    expect(ledger.keyOf("d")).toEqual({ holders: [{ taskId: "a", workerId: "w1" }], next: "b" })
    done(ledger.complete("a", epoch, 1, 1))
    expect(ready()).toEqual(["b", "c", "d"])
    done(ledger.cancel("b", "", 1))
    expect(ready()).toEqual(["c", "d", "e"])
  })
})
