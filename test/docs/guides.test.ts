import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { hasTest, referenceIn, root } from "./test-names.ts"

const run = promisify(execFile)

/** Guides whose snippets make one program: the fewest lines it prints, and the fewest tests that they name. */
const guides = [
  { name: "admission", lines: 4, tests: 11 },
  { name: "strategies-of-your-own", lines: 2, tests: 6 },
  { name: "energy", lines: 4, tests: 8 },
  { name: "scaling", lines: 5, tests: 16 },
  { name: "prediction", lines: 3, tests: 10 },
  { name: "tuning", lines: 2, tests: 8 },
  { name: "relief", lines: 3, tests: 8 }
]

const namesTests = (guide: string, fewest: number): void => {
  const named = guide.split("\n").filter((line) => line.startsWith("- `"))
  expect(named.length).toBeGreaterThanOrEqual(fewest)
  const missing = named.filter((line) => {
    const reference = referenceIn(line.slice(2))
    return reference === undefined || !hasTest(reference)
  })
  expect(missing).toEqual([])
}

describe.each(guides)("the guide $name", ({ name, lines, tests }) => {
  const guide = readFileSync(join(root, `docs/${name}.md`), "utf8")
  /** By the file name in their first line. */
  const snippets = [...guide.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm)]
  let folder = ""
  beforeAll(() => {
    // Within the package, so that its own name is resolved as its users would.
    mkdirSync(join(root, "out"), { recursive: true })
    folder = mkdtempSync(join(root, "out", `${name}-guide-`))
    for (const [, file = "", text = ""] of snippets) writeFileSync(join(folder, file), text)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it("prints what it says, and ends by itself", async () => {
    const expected = [...guide.matchAll(/^console\.log\(.*\) \/\/ (.+)$/gm)].map(([, line]) => line)
    const { stdout } = await run(process.execPath, ["--conditions=ballast-source", join(folder, "main.ts")])
    expect(expected.length).toBeGreaterThanOrEqual(lines)
    expect(stdout.split("\n").filter((line) => expected.includes(line))).toEqual(expected)
  })

  it("type-checks", async () => {
    const compilerOptions = { noEmit: true, rootDir: root }
    const config = { extends: join(root, "tsconfig.json"), compilerOptions, include: ["*.ts"] }
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config))
    await run(join(root, "node_modules/.bin/tsc"), ["-p", join(folder, "tsconfig.json")])
  })

  it("names tests and properties that exist", () => namesTests(guide, tests))
})

/** Guides without a program of their own, and the fewest tests that they name. */
const readOnly = [
  { name: "balancing", tests: 8 },
  { name: "health", tests: 10 },
  { name: "learning", tests: 9 },
  { name: "relief", tests: 7 }
]

describe.each(readOnly)("the guide $name", ({ name, tests }) => {
  it("names tests and properties that exist", () => {
    namesTests(readFileSync(join(root, `docs/${name}.md`), "utf8"), tests)
  })
})
