import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { ballast, jsonLines } from "../command-line.ts"

const handlers = "test/app/run/handlers.ts"

let folder = ""

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-run-"))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const double = (n: number): string => JSON.stringify({ type: "double", payload: { n }, id: `d${n}` })

describe("ballast run", () => {
  it("runs each line of standard input and writes each result as a line", async () => {
    const input = `${[1, 2, 3].map(double).join("\n")}\n\n`
    const { code, stdout, stderr } = await ballast(["run", handlers, "-", "--workers", "2"], input)
    expect(code).toBe(0)
    expect(new Set(jsonLines(stdout))).toEqual(
      new Set([1, 2, 3].map((n) => ({ id: `d${n}`, type: "double", ok: true, result: n * 2 })))
    )
    expect(stderr).toContain("3 tasks: 3 completed, 0 failed")
  })

  it("runs many more tasks than the queue holds, from a file to a file, and counts them for programs", async () => {
    const [tasks, results] = [join(folder, "many.ndjson"), join(folder, "results.ndjson")]
    const count = 5_000
    writeFileSync(tasks, Array.from({ length: count }, (_, n) => double(n)).join("\n"))
    const { code, stdout } = await ballast(["run", handlers, tasks, "--output", results, "--workers", "2", "--json"])
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ tasks: count, completed: count, failed: 0 })
    expect(jsonLines(readFileSync(results, "utf8"))).toHaveLength(count)
  })

  it("ends with 1 where a task failed, and the line has the error's code, message and hint", async () => {
    const input = `${double(1)}\n{"type":"fail","id":"f"}\n{"type":"nobody","id":"n"}\n`
    const { code, stdout } = await ballast(["run", handlers, "-", "--workers", "1"], input)
    expect(code).toBe(1)
    expect(jsonLines(stdout)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          id: "f",
          ok: false,
          error: expect.objectContaining({ code: "BALLAST_TASK_FAILED", message: expect.stringContaining("no route") })
        }),
        expect.objectContaining({
          id: "n",
          ok: false,
          error: expect.objectContaining({ code: "BALLAST_UNKNOWN_HANDLER" })
        })
      ])
    )
  })

  it("ends with 2 at a line that is no task, names it, and finishes those before it", async () => {
    const { code, stdout, stderr } = await ballast(
      ["run", handlers, "-", "--workers", "1"],
      `${double(1)}\n{oops\n${double(2)}\n`
    )
    expect(code).toBe(2)
    expect(stderr).toContain("line 2: no JSON")
    expect(jsonLines(stdout)).toEqual([{ id: "d1", type: "double", ok: true, result: 2 }])
  })

  it("ends with 2 where the runtime refuses its options or its handlers", async () => {
    const unknown = await ballast(["run", handlers, "-", "--strategy", "by_the_moon"], double(1))
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("by_the_moon") })
    const broken = await ballast(["run", "test/execution/handlers/throws-on-load.ts", "-"], double(1))
    expect(broken).toMatchObject({ code: 2, stderr: expect.stringContaining("no database") })
  })
})
