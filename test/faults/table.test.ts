import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { faultsIn } from "../../scripts/faults.ts"
import { hasTest, referenceIn, root } from "../docs/test-names.ts"

const page = readFileSync(join(root, "docs/faults.md"), "utf8")
const faults = faultsIn(page)

describe("docs/faults.md", () => {
  it("says of each fault how it is injected, what holds, its target and its tests, each fault once", () => {
    expect(faults.length).toBeGreaterThan(20)
    const names = faults.map(({ fault }) => fault)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    const bare = faults.filter(
      ({ how, guarantee, target, tests }) => !how || !guarantee || !target || tests.length === 0
    )
    expect(bare).toEqual([])
  })

  it("names tests that exist", () => {
    const missing = faults.flatMap(({ fault, tests }) =>
      tests
        .filter((test) => {
          const reference = referenceIn(test)
          return reference === undefined || !hasTest(reference)
        })
        .map((test) => `${fault}: ${test}`)
    )
    expect(missing).toEqual([])
  })

  it("gives a row to each fault that a test measures", () => {
    const files = faults.flatMap(({ tests }) => tests.flatMap((test) => referenceIn(test)?.file ?? []))
    const ours = [...new Set(files)].filter((file) => file.startsWith("test/faults/"))
    const measured = ours.flatMap((file) => {
      const source = readFileSync(join(root, file), "utf8")
      const direct = [...source.matchAll(/measured\(\s*"([^"]+)"/g)].map(([, name = ""]) => name)
      const named = /const row = "([^"]+)"/.exec(source)?.[1]
      return named === undefined ? direct : [...direct, named]
    })
    const known = new Set(faults.map(({ fault }) => fault))
    expect(measured.filter((name) => !known.has(name))).toEqual([])
    expect(measured.length).toBeGreaterThan(5)
  })

  it("says of each fault that is not injected what it needs", () => {
    const [, later = ""] = page.split("## Later")
    const rows = later.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---"))
    expect(rows.length).toBeGreaterThan(5)
    for (const row of rows) expect(row.split("|").map((cell) => cell.trim().length > 3)).toContain(true)
  })
})
