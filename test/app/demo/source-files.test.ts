import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { sourceFiles } from "../../../app/cli/demo/source-files.ts"

let folder = ""

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-files-"))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (name: string, content = "x"): void => {
  mkdirSync(join(folder, name, ".."), { recursive: true })
  writeFileSync(join(folder, name), content)
}

describe("the source files of a folder", () => {
  it("are all below it by name, each grouped by its first two folders", () => {
    for (const name of ["b.md", "a.ts", "src/c.json", "src/deep/d.d.ts", "src/deep/er/e.mjs"]) write(name, "four")
    expect(sourceFiles(folder).map(({ name, bytes, group }) => [name, bytes, group])).toEqual([
      ["a.ts", 4, "."],
      ["b.md", 4, "."],
      ["src/c.json", 4, "src"],
      ["src/deep/d.d.ts", 4, "src/deep"],
      ["src/deep/er/e.mjs", 4, "src/deep"]
    ])
  })

  it("are not what is hidden, installed or of another kind", () => {
    for (const name of ["a.ts", ".git/b.ts", "node_modules/c/d.js", "e.png", "f.js.map"]) write(name)
    expect(sourceFiles(folder).map(({ name }) => name)).toEqual(["a.ts"])
  })

  it("are missed in words where there are none", () => {
    write("e.png")
    expect(() => sourceFiles(folder)).toThrow(/there are no source files below/)
  })
})
