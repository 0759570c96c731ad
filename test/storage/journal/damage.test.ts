import { appendFileSync, cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { crc32 } from "node:zlib"
import { afterEach, describe, expect, it } from "vitest"
import type { LedgerEvent } from "../../../src/model/index.ts"
import { aTask, done } from "../../ledger/given.ts"
import { aDirectory, complete, idsOf, ledgerInto, namesIn, open, outcomesOf, read, recover } from "./given.ts"

const copies: Array<string> = []

afterEach(() => {
  for (const directory of copies.splice(0)) rmSync(directory, { recursive: true, force: true })
})

let copied = 0

/** The same files once more. */
const copyOf = (directory: string): string => {
  copied += 1
  const copy = `${directory}-${copied}`
  copies.push(copy)
  cpSync(directory, copy, { recursive: true })
  return copy
}

/** A journal with one segment: `first` and `second` batches are durable one after the other. */
const twoBatches = async () => {
  const directory = aDirectory()
  const { journal } = await open(directory)
  const ledger = ledgerInto(journal)
  complete(ledger, "a", "result of a")
  done(ledger.accept(aTask("b", { payload: { text: "payload of b" } }), 0))
  await journal.flush()
  const [name] = namesIn(directory, ".log")
  const path = join(directory, name ?? "")
  const first = readFileSync(path).length
  done(ledger.accept(aTask("c"), 0))
  const { epoch } = done(ledger.place("b", "w", 0))
  done(ledger.complete("b", epoch, "result of b", 0))
  await journal.close()
  return { directory, path, name: name ?? "", first, whole: readFileSync(path) }
}

describe("a journal that was cut off", () => {
  it("keeps all batches before the last, wherever in its last batch it is cut", async () => {
    const { directory, name, first, whole } = await twoBatches()
    for (let length = first; length < whole.length; length += 1) {
      const copy = copyOf(directory)
      truncateSync(join(copy, name), length)
      const recovered = read(copy)
      expect(outcomesOf(recovered)).toEqual({ a: { _tag: "completed", result: "result of a" } })
      expect(idsOf(recovered.unfinished)).toEqual(["b"])
      expect(recovered).toMatchObject({ cut: length - first, setAside: [] })
      rmSync(copy, { recursive: true })
    }
    const complete = await recover(directory)
    expect(Object.keys(outcomesOf(complete))).toEqual(["a", "b"])
    expect(idsOf(complete.unfinished)).toEqual(["c"])
  })

  it("goes on from there: the next runs find both what was kept and what has come since, and no damage", async () => {
    const { directory, path, whole } = await twoBatches()
    truncateSync(path, whole.length - 3)
    const { journal, recovered } = await open(directory)
    expect(recovered.cut).toBeGreaterThan(0)
    complete(ledgerInto(journal, recovered), "later", 1)
    await journal.close()
    const after = await recover(directory)
    expect(Object.keys(outcomesOf(after))).toEqual(["a", "later"])
    expect(after).toMatchObject({ cut: 0, setAside: [] })
  })

  it("is begun anew where it was cut in its first bytes", async () => {
    const { directory, path, first } = await twoBatches()
    for (let length = 0; length < Math.min(first, 80); length += 1) {
      const copy = copyOf(directory)
      truncateSync(path.replace(directory, copy), length)
      const recovered = read(copy)
      expect(recovered.setAside).toEqual([])
      expect(idsOf(recovered.unfinished)).toEqual([])
      rmSync(copy, { recursive: true })
    }
  })
})

describe("a journal that is damaged", () => {
  it("opens whichever byte has a bit flipped, keeps every batch that is sound, and keeps the damaged file", async () => {
    const { directory, name, first, whole } = await twoBatches()
    for (let at = 0; at < whole.length; at += 3) {
      const copy = copyOf(directory)
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8))
      writeFileSync(join(copy, name), flipped)
      const recovered = read(copy)
      // The first batch is lost only where the flip is in it.
      if (at >= first) expect(outcomesOf(recovered)).toMatchObject({ a: { result: "result of a" } })
      const [kept] = recovered.setAside
      if (kept === undefined) {
        // A length that points beyond the end looks like a write that was cut off.
        expect(recovered.cut).toBeGreaterThan(0)
      } else {
        expect(kept.file).toBe(name)
        expect(readFileSync(join(copy, kept.keptAs))).toEqual(flipped)
        expect(kept.keptAs).toMatch(/\.corrupt-\d{4}-/)
      }
      // What is damaged is told of once.
      const again = read(copy)
      expect(again).toMatchObject({ setAside: [], cut: 0 })
      expect(outcomesOf(again)).toEqual(outcomesOf(recovered))
      rmSync(copy, { recursive: true })
    }
  })

  it("passes over a garbled batch and goes on with the sound ones behind it", async () => {
    const { directory, path, name, first } = await twoBatches()
    const bytes = readFileSync(path)
    bytes[first - 5] = (bytes[first - 5] ?? 0) ^ 0xff
    writeFileSync(path, bytes)
    const recovered = await recover(directory)
    expect(recovered.setAside).toMatchObject([{ file: name }])
    expect(idsOf(recovered.unfinished)).toEqual(["c"])
  })

  it("takes a segment without a readable header for one of the run before it", async () => {
    const { directory, path } = await twoBatches()
    const bytes = readFileSync(path)
    bytes[20] = (bytes[20] ?? 0) ^ 0xff
    writeFileSync(path, bytes)
    const recovered = await recover(directory)
    expect(Object.keys(outcomesOf(recovered))).toEqual(["a", "b"])
    expect(recovered.setAside).toHaveLength(1)
  })

  it("sets aside a file that is garbage from end to end, and goes on with those after it", async () => {
    const { directory, path } = await twoBatches()
    const { journal, recovered } = await open(directory)
    complete(ledgerInto(journal, recovered), "later", 1)
    await journal.close()
    writeFileSync(path, Buffer.alloc(5_000, "garbage"))
    const after = await recover(directory)
    expect(Object.keys(outcomesOf(after))).toEqual(["later"])
    expect(after.setAside).toMatchObject([{ reason: "nothing of it can be read" }])
    expect(namesIn(directory, ".corrupt-")).toHaveLength(1)
  })

  it("tells of a segment before the last that was truncated, for that is no write that was cut off", async () => {
    const { directory, path, whole } = await twoBatches()
    await recover(directory)
    truncateSync(path, whole.length - 1)
    const after = await recover(directory)
    expect(after.setAside).toHaveLength(1)
    expect(idsOf(after.unfinished)).toEqual(["b"])
  })

  it("takes a tail of zeros, as a power failure leaves it, for damage at the end", async () => {
    const { directory, path } = await twoBatches()
    appendFileSync(path, Buffer.alloc(4_096))
    const recovered = await recover(directory)
    expect(Object.keys(outcomesOf(recovered))).toEqual(["a", "b"])
    expect(recovered.setAside).toHaveLength(1)
  })

  it("leaves files that are none of its own alone", async () => {
    const { directory } = await twoBatches()
    writeFileSync(join(directory, "notes.txt"), "mine")
    expect((await recover(directory)).setAside).toEqual([])
    expect(readFileSync(join(directory, "notes.txt"), "utf8")).toBe("mine")
  })

  it("is read whole where it is large", async () => {
    const directory = aDirectory()
    const { journal } = await open(directory)
    for (let n = 1; n <= 100_000; n += 1) {
      const event: LedgerEvent = { _tag: "TaskAccepted", seq: n, at: n, task: aTask(`t${n}`, { payload: { n } }) }
      journal.append(event)
    }
    await journal.close()
    const recovered = await recover(directory)
    expect(recovered.unfinished).toHaveLength(100_000)
  })
})

describe("a journal of another version", () => {
  const openingOf = (header: object): Buffer => {
    const body = Buffer.from(JSON.stringify(header))
    const head = Buffer.alloc(8)
    head.writeUInt32LE(body.length, 0)
    head.writeUInt32LE(crc32(body), 4)
    return Buffer.concat([Buffer.from("BALLAST\n"), head, body])
  }

  it("is not touched where it is newer, and the error names its format", async () => {
    const { directory, path } = await twoBatches()
    const newer = openingOf({ format: 7, kind: "segment" })
    writeFileSync(path, newer)
    await expect(recover(directory)).rejects.toMatchObject({
      _tag: "JournalTooNew",
      code: "BALLAST_JOURNAL_TOO_NEW",
      file: path,
      found: "format 7"
    })
    expect(readFileSync(path)).toEqual(newer)
    expect(namesIn(directory, ".corrupt-")).toEqual([])
  })

  it("is not touched where only its data is newer than this Node.js", async () => {
    const { directory, path } = await twoBatches()
    const body = Buffer.from([0xff, 0x7f, 1, 2, 3])
    const head = Buffer.alloc(8)
    head.writeUInt32LE(body.length, 0)
    head.writeUInt32LE(crc32(body), 4)
    const newer = Buffer.concat([openingOf({ format: 1, kind: "segment", run: 1, node: "99.0.0" }), head, body])
    writeFileSync(path, newer)
    await expect(recover(directory)).rejects.toMatchObject({ found: "the data format of Node.js 99.0.0" })
    expect(readFileSync(path)).toEqual(newer)
  })
})
