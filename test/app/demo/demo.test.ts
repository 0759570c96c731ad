import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ballast, jsonLines } from "../command-line.ts"

/** Small files in three folders, and larger ones to be moved. */
const small = 60
const large = 10

let folder = ""

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-demo-"))
  for (const part of ["a", "b", "c"]) mkdirSync(join(folder, "src", part), { recursive: true })
  const text = readFileSync("package-lock.json", "utf8")
  for (let n = 0; n < small; n++) {
    writeFileSync(
      join(folder, "src", ["a", "b", "c"][n % 3] ?? "a", `small-${n}.ts`),
      text.slice(n * 20, n * 20 + 3_000)
    )
  }
  for (let n = 0; n < large; n++) writeFileSync(join(folder, `large-${n}.md`), text.slice(n * 50, n * 50 + 66_000))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe("the demo on a folder of one's own", () => {
  it("does each file once, through a crash and moves, and says so in figures taken from its results", async () => {
    const output = join(folder, "out")
    const { code, stdout, stderr } = await ballast([
      "demo",
      join(folder),
      "--output",
      output,
      "--seconds",
      "5",
      "--json"
    ])
    const [last = ""] = stdout.trimEnd().split("\n").slice(-1)
    const report: unknown = JSON.parse(last)
    expect(stderr).not.toMatch(/^\s+at /m)
    expect(report).toMatchObject({
      tasks: small + large,
      completed: small + large,
      failed: 0,
      lost: 0,
      duplicated: 0,
      wrongDigests: 0,
      seconds: expect.any(Number),
      roundRobinSeconds: expect.any(Number),
      restarts: 1,
      results: join(output, "results.ndjson")
    })
    expect(code).toBe(0)
    expect(report).toHaveProperty(
      "failedOver",
      expect.toSatisfy((count: number) => count >= 2)
    )
    expect(report).toHaveProperty(
      "migrations",
      expect.toSatisfy((count: number) => count >= 1)
    )
    expect(report).toHaveProperty("perWorker", [
      expect.objectContaining({ id: "large", restarts: 1 }),
      expect.objectContaining({ id: "small-1", restarts: 0 }),
      expect.objectContaining({ id: "small-2", restarts: 0 }),
      expect.objectContaining({ id: "slow", restarts: 0 })
    ])
    expect(stdout).toMatch(/^worker +slots +duty +tasks/m)
    expect(stdout).toMatch(/[\d.]+ s against [\d.]+ s by round robin/)

    const ids = jsonLines(readFileSync(join(output, "results.ndjson"), "utf8")).map((line) => Object(line).id)
    expect(new Set(ids).size).toBe(small + large)
    expect(ids).toHaveLength(small + large)
    expect(existsSync(join(output, "metrics.duckdb"))).toBe(true)
  })
})
