import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { beforeAll, describe, expect, it } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Runs an example as its reader would: on the built package. */
const run = async (name: string): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, [`examples/${name}/main.ts`], { cwd: root })
  return stdout
}

beforeAll(() => {
  if (!existsSync(`${root}/dist/actors/index.js`)) throw new Error("the examples run on dist/: npm run build first")
})

describe("the examples", () => {
  it("embed: typed results, many inputs, an error with its own words, why a task ran where it ran", async () => {
    const out = await run("embed")
    expect(out).toMatch(/keel is completed: [0-9a-f]{8}/)
    expect(out).toContain("4 words in their order")
    expect(out).toMatch(/TaskFailed: .*division by zero/)
    expect(out).toMatch(/keel[^\n]*\n?$/)
  })

  it("spawn-workers: a worker joins, is asked for by label, another leaves", async () => {
    const lines = (await run("spawn-workers")).split("\n")
    expect(lines).toEqual([
      "workers: first; a task ran on first",
      "workers: first, second; a task for zone b ran on second",
      "workers: second; a task ran on second",
      ""
    ])
  })

  it("supervise: a failing actor is restarted with its mail, and given up when it fails again and again", async () => {
    expect(await run("supervise")).toBe(
      [
        "balance 5",
        "restart 1 of branch/account: RangeError: cannot deposit -1",
        "balance after a restart 7",
        "restart 2 of branch/account: RangeError: cannot deposit 0",
        "branch gave up",
        "the branch ended: Failed; asking the account: Failure",
        ""
      ].join("\n")
    )
  })

  it("properties: a strategy of one's own, even a careless one, breaks no invariant", async () => {
    expect(await run("properties")).toBe(
      "emptiest: 100 runs hold, tasks were placed\ncareless: 100 runs hold, tasks were placed\n"
    )
  })
})
