import { describe, expect, it } from "vitest"
import { epochsPerRun } from "../../../src/storage/journal/index.ts"
import { aTask, done, fails, theTask } from "../../ledger/given.ts"
import { aDirectory, complete, idsOf, ledgerInto, open, outcomesOf, recover } from "./given.ts"

describe("what a later run finds in the journal", () => {
  it("finds nothing where there was no run before", async () => {
    const recovered = await recover(aDirectory())
    expect(recovered).toMatchObject({ unfinished: [], ended: [], seq: 0, epoch: 0, run: 1, setAside: [], cut: 0 })
  })

  it("finds waiting tasks in their order, running ones with their last checkpoint, and ended ones with their results", async () => {
    const directory = aDirectory()
    const { journal } = await open(directory)
    const ledger = ledgerInto(journal)
    complete(ledger, "done", { sum: 3n, at: new Date(5), bytes: new Uint8Array([1, 2]) })
    done(ledger.accept(aTask("runs", { payload: [1, { two: 2 }] }), 1))
    const { epoch } = done(ledger.place("runs", "w", 1))
    done(ledger.checkpoint("runs", epoch, { step: 1 }, 2))
    done(ledger.checkpoint("runs", epoch, { step: 2 }, 3))
    done(ledger.accept(aTask("waits"), 4))
    await journal.flush()
    expect(journal.durableSeq).toBe(ledger.state.seq)

    const recovered = await recover(directory)
    expect(idsOf(recovered.unfinished)).toEqual(["runs", "waits"])
    const [runs] = recovered.unfinished
    expect(runs).toMatchObject({ spec: { payload: [1, { two: 2 }] }, attempts: 1, crashes: [], state: { step: 2 } })
    const result = { sum: 3n, at: new Date(5), bytes: new Uint8Array([1, 2]) }
    expect(outcomesOf(recovered)).toEqual({ done: { _tag: "completed", result } })
    expect(recovered.seq).toBe(ledger.state.seq)
    await journal.close()
  })

  it("goes on where the runs before it left off, however often it is started", async () => {
    const directory = aDirectory()
    for (let run = 1; run <= 5; run += 1) {
      const { journal, recovered } = await open(directory)
      const ledger = ledgerInto(journal, recovered)
      expect(recovered.run).toBe(run)
      expect(idsOf(recovered.ended)).toEqual(Array.from({ length: run - 1 }, (_, index) => `t${index + 1}`))
      complete(ledger, `t${run}`, run)
      await journal.close()
    }
    const recovered = await recover(directory)
    expect(idsOf(recovered.unfinished)).toEqual([])
    expect(Object.values(outcomesOf(recovered))).toHaveLength(5)
  })

  it("counts epochs from above all that an earlier run can have given out, also where none of those was kept", async () => {
    const directory = aDirectory()
    const first = await open(directory)
    const ledger = ledgerInto(first.journal)
    complete(ledger, "a", 1)
    await first.journal.close()
    const second = await recover(directory)
    expect(second.epoch).toBe(1 + epochsPerRun)
    const third = await recover(directory)
    expect(third.epoch).toBe(1 + 2 * epochsPerRun)
  })

  it("begins above the epochs of a run that was killed before anything of it was durable", async () => {
    const directory = aDirectory()
    await recover(directory)
    expect((await recover(directory)).epoch).toBe(epochsPerRun)
  })

  it("turns times into those of the new run's clock: a deadline is a promise by the wall clock", async () => {
    const directory = aDirectory()
    // A run whose clock was 0 at 1,000,000 on the wall.
    const first = await open(directory, { skew: 1_000_000 })
    const ledger = ledgerInto(first.journal)
    done(ledger.accept(aTask("limited", { deadline: 9_000, queueTimeout: 500, retries: 1 }), 100))
    const { epoch } = done(ledger.place("limited", "w", 200))
    done(fails(ledger, "limited", epoch, 3_000, 300))
    await first.journal.close()
    // Five seconds later, by a clock that had just begun.
    const { unfinished } = await recover(directory, { skew: 1_005_000 })
    expect(unfinished[0]).toMatchObject({
      acceptedAt: -4_900,
      notBefore: -1_700,
      failures: 1,
      spec: { deadline: 4_000 }
    })
  })

  it("remembers as many ended tasks as it is asked to, the latest", async () => {
    const directory = aDirectory()
    const { journal } = await open(directory)
    const ledger = ledgerInto(journal)
    for (let n = 0; n < 50; n += 1) complete(ledger, `t${n}`, n)
    await journal.close()
    expect(idsOf((await recover(directory, { retain: 3 })).ended)).toEqual(["t47", "t48", "t49"])
  })

  it("keeps large payloads, typed arrays and payloads that are changed or moved right after they were accepted", async () => {
    const directory = aDirectory()
    const { journal } = await open(directory)
    const ledger = ledgerInto(journal)
    const moved = new Float64Array([1.5, 2.5])
    const changed = { list: [1, 2, 3] }
    done(ledger.accept(aTask("moved", { payload: { moved } }), 0))
    done(ledger.accept(aTask("changed", { payload: changed }), 0))
    done(ledger.accept(aTask("large", { payload: "x".repeat(1_000_000) }), 0))
    structuredClone(moved, { transfer: [moved.buffer] })
    changed.list.push(4)
    await journal.close()
    const payloads = (await recover(directory)).unfinished.map(({ spec }) => spec.payload)
    expect(payloads).toEqual([{ moved: new Float64Array([1.5, 2.5]) }, { list: [1, 2, 3] }, "x".repeat(1_000_000)])
  })

  it("tells what it cannot keep, and leaves out a checkpoint that cannot be written", async () => {
    const directory = aDirectory()
    const problems: Array<string> = []
    const { journal } = await open(directory, {
      onProblem: ({ kind, message }) => problems.push(`${kind}: ${message}`)
    })
    const ledger = ledgerInto(journal)
    expect(journal.isWritable({ fn: () => {} })).toBe(false)
    expect(journal.isWritable(new SharedArrayBuffer(8))).toBe(false)
    expect(journal.isWritable({ deep: [{ cells: new Int32Array(new SharedArrayBuffer(8)) }] })).toBe(false)
    expect(journal.isWritable(new Map([[1, new Uint8Array(3)]]))).toBe(true)
    done(ledger.accept(aTask("t"), 0))
    const { epoch } = done(ledger.place("t", "w", 0))
    done(ledger.checkpoint("t", epoch, { step: 1 }, 0))
    done(ledger.checkpoint("t", epoch, { cells: new SharedArrayBuffer(8) }, 0))
    done(fails(ledger, "t", epoch, 0, 0))
    await journal.flush()
    expect(problems).toEqual(["unwritable: TaskCheckpointed of task t holds what cannot be written, and is not kept"])
    expect(journal.durableSeq).toBe(ledger.state.seq)
    await journal.close()
    expect(outcomesOf(await recover(directory))).toMatchObject({ t: { _tag: "failed", reason: "error" } })
  })

  it("keeps how a task failed where its error carries what cannot be written", async () => {
    const directory = aDirectory()
    const { journal } = await open(directory)
    const ledger = ledgerInto(journal)
    done(ledger.accept(aTask("t"), 0))
    const { epoch } = done(ledger.place("t", "w", 0))
    const error = { name: "RangeError", message: "no", fields: { cells: new SharedArrayBuffer(8) } }
    done(ledger.fail("t", epoch, { reason: "error", error, final: true }, 0, 0))
    await journal.close()
    expect(outcomesOf(await recover(directory))).toEqual({
      t: { _tag: "failed", reason: "error", error: { name: "RangeError", message: "no" } }
    })
  })

  it("gives a ledger in which tasks that ran wait again, uncharged, and ended ones are found by id", async () => {
    const directory = aDirectory()
    const first = await open(directory)
    const before = ledgerInto(first.journal)
    complete(before, "done", 7)
    done(before.accept(aTask("runs", { retries: 1, deadline: 60_000 }), 0))
    const { epoch } = done(before.place("runs", "w", 0))
    done(before.accept(aTask("tries", { retries: 1 }), 0))
    const tried = done(before.place("tries", "w", 0))
    done(fails(before, "tries", tried.epoch, 500, 0))
    await first.journal.close()

    const { journal, recovered } = await open(directory)
    const ledger = ledgerInto(journal, recovered)
    expect(ledger.counts).toMatchObject({ queued: 1, delayed: 1, running: 0, completed: 1 })
    expect(theTask(ledger, "done").outcome).toEqual({ _tag: "completed", result: 7 })
    expect(ledger.accept(aTask("done"), 0)).toMatchObject({ ok: false, refusal: { _tag: "DuplicateTask" } })
    expect(theTask(ledger, "runs")).toMatchObject({ status: "queued", attempts: 1, crashes: [] })
    const again = done(ledger.place("runs", "w", 0))
    expect(again.epoch).toBeGreaterThan(epoch + epochsPerRun - 1)
    // A run of the earlier process that speaks now is refused.
    expect(ledger.complete("runs", epoch, "stale", 0)).toMatchObject({ ok: false, refusal: { _tag: "StaleEpoch" } })
    expect(ledger.due(499)).toBe(0)
    expect(ledger.due(500)).toBe(1)
    await journal.close()
  })
})
