import { createHash } from "node:crypto"
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { ResultsFile, verify } from "../../../app/cli/demo/results.ts"
import type { SourceFile } from "../../../app/cli/demo/source-files.ts"

let folder = ""
let path = ""
let files: ReadonlyArray<SourceFile> = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-results-"))
  path = join(folder, "results.ndjson")
  files = ["a.ts", "b.ts", "c.ts"].map((name) => {
    writeFileSync(join(folder, name), name)
    return { name, path: join(folder, name), bytes: name.length, group: "." }
  })
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const resultOf = (content: string) => ({
  bytes: content.length,
  compressedBytes: 2,
  sha256: createHash("sha256").update(content).digest("hex")
})

const written = async (write: (file: ResultsFile) => void) => {
  const results = new ResultsFile(path)
  write(results)
  await results.close()
  return verify(path, files)
}

describe("results that are read again", () => {
  it("are sound where each task is there once with the digest of its file", async () => {
    const verdict = await written((file) => {
      for (const { name } of files) file.completed(name, resultOf(name), "w", 1)
    })
    expect(verdict).toEqual({
      tasks: 3,
      completed: 3,
      failed: 0,
      lost: 0,
      duplicated: 0,
      wrong: 0,
      bytes: 12,
      compressedBytes: 6
    })
  })

  it("tell what is lost, done twice, failed, and of the wrong content", async () => {
    const verdict = await written((file) => {
      file.completed("a.ts", resultOf("other"), "w", 1)
      file.failed("b.ts", new Error("broke"))
      file.completed("b.ts", resultOf("b.ts"), "w", 2)
    })
    expect(verdict).toMatchObject({ completed: 1, failed: 1, lost: 1, duplicated: 1, wrong: 1 })
  })

  it("count lines that are none of theirs as wrong", async () => {
    await written((file) => file.completed("a.ts", resultOf("a.ts"), undefined, 1))
    appendFileSync(path, '{"id":"stranger.ts","ok":true}\nno json\n')
    expect(await verify(path, files)).toMatchObject({ completed: 1, lost: 2, wrong: 2 })
  })
})
