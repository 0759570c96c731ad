import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { segmentName, segmentPath, snapshotName, snapshotPath } from "../../../src/storage/journal/layout.ts"
import { compact } from "../../../src/storage/journal/snapshot.ts"
import { aTask, done, fails } from "../../ledger/given.ts"
import { aDirectory, complete, idsOf, ledgerInto, namesIn, open, outcomesOf, recover } from "./given.ts"

const retain = 1_000
const wallClock = 1_700_000_000_000

/** Three runs, each with a segment of its own: what every later look must find. */
const threeRuns = async () => {
  const directory = aDirectory()
  for (const run of [1, 2, 3]) {
    const { journal, recovered } = await open(directory, { skew: run * 1_000 })
    const ledger = ledgerInto(journal, recovered)
    complete(ledger, `done ${run}`, run)
    done(ledger.accept(aTask(`waits ${run}`, { priority: "low", payload: { run } }), 10 * run))
    done(ledger.accept(aTask(`tries ${run}`, { priority: "critical", retries: 3 }), 0))
    const { epoch } = done(ledger.place(`tries ${run}`, "w", 0))
    done(ledger.checkpoint(`tries ${run}`, epoch, { at: run }, 0))
    done(fails(ledger, `tries ${run}`, epoch, 500, 0))
    await journal.close()
  }
  return directory
}

const seen = async (directory: string) => {
  const { unfinished, ended, seq, epoch, setAside } = await recover(directory, { skew: 0 })
  return { unfinished, ended, seq, epoch, setAside }
}

describe("a snapshot", () => {
  it("stands for the segments it was made of", async () => {
    const expected = await seen(await threeRuns())
    expect(idsOf(expected.unfinished)).toHaveLength(6)
    for (const through of [1, 2, 3]) {
      const directory = await threeRuns()
      compact({ directory, through, retain, wallClock })
      expect(namesIn(directory, ".snap")).toEqual([snapshotName(through)])
      expect(namesIn(directory, ".log")).toEqual([1, 2, 3].filter((number) => number > through).map(segmentName))
      expect(await seen(directory)).toEqual(expected)
    }
  })

  it("is made of the one before it and what came since", async () => {
    const directory = await threeRuns()
    const expected = await seen(await threeRuns())
    for (const through of [1, 2, 3]) compact({ directory, through, retain, wallClock })
    expect(namesIn(directory, ".log")).toEqual([])
    expect(await seen(directory)).toEqual(expected)
  })

  it("counts as not made where the process is killed before it has its name, and as made afterwards", async () => {
    const expected = await seen(await threeRuns())
    const early = await threeRuns()
    writeFileSync(`${snapshotPath(early, 2)}.tmp`, "half of it")
    expect(await seen(early)).toEqual(expected)
    expect(namesIn(early, ".tmp")).toEqual([])

    // Killed before the segments it stands for were deleted.
    const late = await threeRuns()
    const segments = [1, 2].map((number) => readFileSync(segmentPath(late, number)))
    compact({ directory: late, through: 2, retain, wallClock })
    segments.forEach((bytes, index) => {
      writeFileSync(segmentPath(late, index + 1), bytes)
    })
    expect(await seen(late)).toEqual(expected)
    expect(namesIn(late, segmentName(1))).toEqual([])
  })

  it("is set aside where nothing of it can be read, and the one before it is used", async () => {
    const directory = await threeRuns()
    const later = segmentPath(directory, 3)
    compact({ directory, through: 2, retain, wallClock })
    const bytes = readFileSync(later)
    writeFileSync(snapshotPath(directory, 3), Buffer.alloc(300, 7))
    const expected = await seen(await threeRuns())
    const found = await seen(directory)
    expect(found.setAside).toMatchObject([{ file: snapshotName(3), reason: "nothing of it can be read" }])
    expect({ ...found, setAside: [] }).toEqual(expected)
    expect(bytes.length).toBeGreaterThan(0)
  })

  it("loses no more than the tasks of a garbled frame, and keeps the whole of itself", async () => {
    const directory = aDirectory()
    const { journal } = await open(directory)
    const ledger = ledgerInto(journal)
    for (let n = 0; n < 600; n += 1) done(ledger.accept(aTask(`t${n}`), 0))
    await journal.close()
    compact({ directory, through: 1, retain, wallClock })
    const path = snapshotPath(directory, 1)
    const bytes = readFileSync(path)
    const at = Math.floor(bytes.length / 2)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(path, bytes)
    const recovered = await recover(directory)
    expect(recovered.unfinished).toHaveLength(600 - 256)
    expect(recovered.seq).toBe(ledger.state.seq)
    const [kept] = recovered.setAside
    expect(readFileSync(join(directory, kept?.keptAs ?? ""))).toEqual(bytes)
  })

  it("is read without its header: the tasks are what matters", async () => {
    const directory = await threeRuns()
    compact({ directory, through: 3, retain, wallClock })
    const path = snapshotPath(directory, 3)
    const bytes = readFileSync(path)
    bytes[20] = (bytes[20] ?? 0) ^ 1
    writeFileSync(path, bytes)
    const recovered = await recover(directory)
    expect(Object.keys(outcomesOf(recovered))).toEqual(["done 1", "done 2", "done 3"])
    expect(recovered.setAside).toHaveLength(1)
  })
})
