import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as fc from "fast-check"
import { afterEach, describe, expect, it } from "vitest"
import { HistoryFile, type HistoryLine, readHistory } from "../../src/storage/index.ts"

const directories: Array<string> = []

afterEach(() => {
  for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true })
})

const aFile = (): string => {
  const directory = mkdtempSync(join(tmpdir(), "ballast-history-"))
  directories.push(directory)
  return join(directory, "history.ndjson")
}

const opening: HistoryLine = { history: 1, startedAt: "2026-01-01T00:00:00.000Z", settings: {} }
const ran = (at: number): HistoryLine => ({ ran: "work", at, worker: "a", ms: 5, ok: true })

const linesOf = (lines: ReadonlyArray<HistoryLine>): ReadonlyArray<string> => lines.map((line) => JSON.stringify(line))

describe("a recorded history", () => {
  it("is put aside once it is large, and each of the two files can be read by itself", async () => {
    const path = aFile()
    const problems: Array<string> = []
    const session = async (first: number, count: number): Promise<void> => {
      const workers: Array<HistoryLine> = [{ joined: { id: "a" }, at: 0 }]
      const file = new HistoryFile({ path, maxBytes: 20_000, onProblem: (problem) => problems.push(problem) }, () => [
        opening,
        ...workers
      ])
      const another: HistoryLine = { joined: { id: "b" }, at: first }
      workers.push(another)
      file.write(another)
      for (let at = first; at < first + count; at += 1) file.write(ran(at))
      await file.close()
    }
    // The second fills the file; the third finds it put aside.
    for (const first of [0, 300, 600]) await session(first, 300)
    expect(problems).toEqual([])
    const [before, after] = [`${path}.1`, path].map((each) => readHistory(readFileSync(each, "utf8").split("\n")))
    const seen = [before, after].map((history) =>
      history?.sessions.map(({ workers, runs }) => [workers.map(({ id }) => id).join(), runs[0]?.at, runs.length])
    )
    expect(seen).toEqual([
      [
        ["a,b", 0, 300],
        ["a,b", 300, 300]
      ],
      [["a,b", 600, 300]]
    ])
    expect([before?.unread, after?.unread]).toEqual([0, 0])
  })

  it("goes on in a file of its own where it finds a full one, and begins once", async () => {
    const path = aFile()
    writeFileSync(path, `${"x".repeat(100)}\n`)
    const file = new HistoryFile({ path, maxBytes: 100, onProblem: () => {} }, () => [opening])
    file.write(ran(1))
    await file.close()
    const { sessions, unread } = readHistory(readFileSync(path, "utf8").split("\n"))
    expect([sessions.length, sessions[0]?.runs.length, unread]).toEqual([1, 1, 0])
  })

  it("is of several sessions where several runtimes wrote one file, runs in the order of arrival", () => {
    const { sessions } = readHistory(linesOf([opening, ran(7), ran(3), opening, ran(1)]))
    expect(sessions.map(({ runs }) => runs.map(({ at }) => at))).toEqual([[3, 7], [1]])
  })

  it("gives all lines that are sound, whatever stands between them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.json(), fc.constant('{"ran":"work","at":-1}')), { maxLength: 20 }),
        (noise) => {
          const spoiled = noise.filter((text) => text.trim() !== "" && !text.includes("\n"))
          const [first = "", ...rest] = linesOf([opening, ran(1), ran(2)])
          const { sessions, unread } = readHistory([...spoiled, first, ...rest.flatMap((line) => [...spoiled, line])])
          expect(sessions).toHaveLength(1)
          expect(sessions[0]?.runs).toHaveLength(2)
          expect(unread).toBe(3 * spoiled.length)
        }
      )
    )
  })

  it("knows when a worker left, and that it came back", () => {
    const { sessions } = readHistory(
      linesOf([opening, { joined: { id: "a" }, at: 0 }, { left: "a", at: 5 }, { joined: { id: "a" }, at: 9 }])
    )
    expect(sessions[0]?.workers).toEqual([
      { id: "a", definition: { id: "a" }, joinedAt: 0, leftAt: 5 },
      { id: "a", definition: { id: "a" }, joinedAt: 9 }
    ])
  })
})
