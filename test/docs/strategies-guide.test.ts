import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hasTest, referenceIn, root } from "./test-names.ts"

const guide = readFileSync(join(root, "docs/strategies-of-your-own.md"), "utf8")
const run = promisify(execFile)

/** The snippets, by the file name in their first line. */
const snippets = [...guide.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm)]

describe("docs/strategies-of-your-own.md", () => {
  let folder = ""
  beforeAll(() => {
    // Within the package, so that its own name is resolved as its users would.
    mkdirSync(join(root, "out"), { recursive: true })
    folder = mkdtempSync(join(root, "out", "strategies-guide-"))
    for (const [, file = "", text = ""] of snippets) writeFileSync(join(folder, file), text)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it("prints what it says, and ends by itself", async () => {
    const expected = [...guide.matchAll(/^console\.log\(.*\) \/\/ (.+)$/gm)].map(([, line]) => line)
    const { stdout } = await run(process.execPath, ["--conditions=ballast-source", join(folder, "main.ts")])
    expect(expected.length).toBeGreaterThan(1)
    expect(stdout.split("\n").filter((line) => expected.includes(line))).toEqual(expected)
  })

  it("type-checks", async () => {
    const compilerOptions = { noEmit: true, rootDir: root }
    const config = { extends: join(root, "tsconfig.json"), compilerOptions, include: ["*.ts"] }
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config))
    await run(join(root, "node_modules/.bin/tsc"), ["-p", join(folder, "tsconfig.json")])
  })

  it("names tests and properties that exist", () => {
    const named = guide.split("\n").filter((line) => line.startsWith("- `"))
    expect(named.length).toBeGreaterThan(5)
    const missing = named.filter((line) => {
      const reference = referenceIn(line.slice(2))
      return reference === undefined || !hasTest(reference)
    })
    expect(missing).toEqual([])
  })
})
