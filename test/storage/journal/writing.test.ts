import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type JournalFiles, nodeFiles } from "../../../src/storage/journal/index.ts"
import { aTask, done } from "../../ledger/given.ts"
import {
  aDirectory,
  bound,
  complete,
  idsOf,
  ledgerInto,
  listening,
  namesIn,
  open,
  outcomesOf,
  recover,
  SmallDisk
} from "./given.ts"

/** The machine's files, whose sync waits until it is let go, or fails where it is told to. */
class SlowSync implements JournalFiles {
  readonly waiting: Array<{ readonly succeed: () => void; readonly fail: () => void }> = []
  slow = false

  async create(path: string) {
    const file = await nodeFiles.create(path)
    return {
      ...bound(file),
      sync: async () => {
        await file.sync()
        if (!this.slow) return
        await new Promise<void>((resolve, reject) => {
          const fail = () => reject(Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" }))
          this.waiting.push({ succeed: resolve, fail })
        })
      }
    }
  }

  syncDirectory(path: string): Promise<void> {
    return nodeFiles.syncDirectory(path)
  }
}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

describe("how the journal writes", () => {
  it("makes all events of one turn durable by one write", async () => {
    const { journal } = await open(aDirectory())
    const ledger = ledgerInto(journal)
    for (let n = 0; n < 100; n += 1) complete(ledger, `t${n}`, n)
    expect(journal.stats).toMatchObject({ events: 300, commits: 0, pending: 300 })
    await journal.flush()
    expect(journal.stats).toMatchObject({ commits: 1, pending: 0 })
    await journal.close()
  })

  it("has one write under way at a time; what comes meanwhile makes the next one", async () => {
    const files = new SlowSync()
    const { journal } = await open(aDirectory(), { files })
    files.slow = true
    const ledger = ledgerInto(journal)
    const durable: Array<number> = []
    journal.onDurable(() => durable.push(journal.durableSeq))
    done(ledger.accept(aTask("first"), 0))
    const first = ledger.state.seq
    await until(() => files.waiting.length === 1)
    for (const id of ["second", "third", "fourth"]) done(ledger.accept(aTask(id), 0))
    expect(durable).toEqual([])
    files.waiting[0]?.succeed()
    await until(() => files.waiting.length === 2)
    expect(durable).toEqual([first])
    files.waiting[1]?.succeed()
    await journal.flush()
    expect(durable).toEqual([first, ledger.state.seq])
    expect(journal.stats.commits).toBe(2)
    await journal.close()
  })

  it("takes nothing for durable that a failed sync covered: it is written again, in another file", async () => {
    const files = new SlowSync()
    const directory = aDirectory()
    const { told, ...options } = listening()
    const { journal } = await open(directory, { files, ...options })
    const ledger = ledgerInto(journal)
    complete(ledger, "before", 1)
    await journal.flush()
    files.slow = true
    const before = journal.durableSeq
    complete(ledger, "a", 1)
    await until(() => files.waiting.length === 1)
    files.waiting[0]?.fail()
    // The header of the next segment.
    await until(() => files.waiting.length === 2)
    expect(journal.durableSeq).toBe(before)
    expect(told.problems).toMatchObject([{ kind: "write" }])
    files.slow = false
    files.waiting[1]?.succeed()
    await journal.flush()
    expect(journal.durableSeq).toBe(ledger.state.seq)
    expect(told.resumed).toEqual([1])
    expect(namesIn(directory, ".log")).toHaveLength(2)
    await journal.close()
    const recovered = await recover(directory)
    expect(Object.keys(outcomesOf(recovered))).toEqual(["before", "a"])
    expect(recovered).toMatchObject({ setAside: [], cut: 0 })
  })

  it("begins the next file where one is large enough, and reads them all", async () => {
    const directory = aDirectory()
    const { journal } = await open(directory, { segmentBytes: 1_000_000 })
    const ledger = ledgerInto(journal)
    for (let n = 0; n < 3; n += 1) {
      complete(ledger, `t${n}`, n, new Uint8Array(600_000))
      await journal.flush()
    }
    expect(namesIn(directory, ".log")).toHaveLength(2)
    await journal.close()
    expect(outcomesOf(await recover(directory))).toMatchObject({
      t0: { result: 0 },
      t1: { result: 1 },
      t2: { result: 2 }
    })
  })

  it("keeps nothing that comes after it was closed, and closes twice as well as once", async () => {
    const directory = aDirectory()
    const { journal } = await open(directory)
    const ledger = ledgerInto(journal)
    complete(ledger, "a", 1)
    const closed = journal.close()
    complete(ledger, "b", 2)
    await closed
    await journal.close()
    expect(Object.keys(outcomesOf(await recover(directory)))).toEqual(["a"])
  })
})

describe("a full disk", () => {
  it("stops nothing but durability: told once, tried again, and all there once there is room", async () => {
    const directory = aDirectory()
    const disk = new SmallDisk(2_000)
    const { told, ...options } = listening()
    const { journal } = await open(directory, { files: disk, ...options })
    const ledger = ledgerInto(journal)
    complete(ledger, "fits", 1)
    await journal.flush()
    const durable = journal.durableSeq
    complete(ledger, "too large", 2, "x".repeat(10_000))
    complete(ledger, "after it", 3)
    await until(() => journal.stats.failures > 5)
    expect(journal.durableSeq).toBe(durable)
    expect(journal.stats.pending).toBeGreaterThan(0)
    expect(told.problems).toHaveLength(1)
    expect(told.problems[0]?.message).toContain("ENOSPC")
    // What is there can be read meanwhile, as after a kill at this moment; and an outage leaves no heap of files.
    expect(namesIn(directory, ".log").length).toBeLessThanOrEqual(2)
    disk.room = 1_000_000
    await journal.flush()
    expect(journal.durableSeq).toBe(ledger.state.seq)
    expect(told.resumed).toHaveLength(1)
    complete(ledger, "later", 4)
    await journal.close()
    const recovered = await recover(directory)
    expect(Object.keys(outcomesOf(recovered))).toEqual(["fits", "too large", "after it", "later"])
    expect(recovered).toMatchObject({ setAside: [], cut: 0 })
  })

  it("leaves a file that can be read, whichever of its bytes was the last that had room", async () => {
    const whole = aDirectory()
    const first = await open(whole)
    complete(ledgerInto(first.journal), "a", 1)
    await first.journal.close()
    const [name] = namesIn(whole, ".log")
    const size = readFileSync(join(whole, name ?? "")).length
    for (let room = 0; room < size; room += 7) {
      const directory = aDirectory()
      const disk = new SmallDisk(room)
      const { told, ...options } = listening()
      const { journal } = await open(directory, { files: disk, ...options })
      complete(ledgerInto(journal), "a", 1)
      await until(() => journal.stats.failures > 2)
      expect(told.problems).toHaveLength(1)
      await journal.close()
      const recovered = await recover(directory)
      expect(recovered).toMatchObject({ setAside: [], ended: [], unfinished: [] })
    }
  })

  it("does not keep a journal from opening, or from closing", async () => {
    const directory = aDirectory()
    const { told, ...options } = listening()
    const { journal, recovered } = await open(directory, { files: new SmallDisk(0), ...options })
    expect(recovered.run).toBe(1)
    complete(ledgerInto(journal), "a", 1)
    await until(() => journal.stats.failures > 2)
    await journal.close()
    expect(told.problems).toMatchObject([{ kind: "write" }])
    expect(told.resumed).toEqual([])
  })
})

describe("compaction", () => {
  it("folds closed files into a snapshot: what is there stays, and the directory stays small", async () => {
    const directory = aDirectory()
    const { told, ...options } = listening()
    const { journal } = await open(directory, { segmentBytes: 20_000, retain: 50, ...options })
    const ledger = ledgerInto(journal)
    done(ledger.accept(aTask("waits", { payload: { large: "y".repeat(9_000) }, priority: "low" }), 0))
    for (let n = 0; n < 2_000; n += 1) {
      complete(ledger, `t${n}`, n)
      if (n % 20 === 0) await journal.flush()
      if (n % 200 === 0) await until(() => journal.stats.compactions >= Math.floor(n / 400))
    }
    expect(journal.stats.compactions).toBeGreaterThan(3)
    await journal.close()
    expect(told.problems).toEqual([])
    expect(namesIn(directory, ".snap")).toHaveLength(1)
    expect(namesIn(directory, ".log").length).toBeLessThan(40)
    const recovered = await recover(directory, { retain: 50 })
    expect(idsOf(recovered.ended)).toEqual(Array.from({ length: 50 }, (_, index) => `t${1_950 + index}`))
    expect(recovered.unfinished).toMatchObject([{ spec: { id: "waits", payload: { large: "y".repeat(9_000) } } }])
    expect(recovered.seq).toBe(ledger.state.seq)
  })
})
