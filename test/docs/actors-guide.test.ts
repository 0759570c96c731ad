import { execFile } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { root } from "./test-names.ts"

const guide = readFileSync(join(root, "docs/actors.md"), "utf8")

/** The snippets, by the file name in their first line. */
const snippets = new Map(
  [...guide.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm)].map(([, file = "", text = ""]) => [file, text])
)

/** With the imports that the guide gives once for all, where it has none of its own. */
const complete = (text: string): string => (/^import /m.test(text) ? text : `${snippets.get("imports.ts")}${text}`)

const node = async (args: ReadonlyArray<string>): Promise<string> => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=ballast-source", ...args])
  return stdout
}

/** What a snippet says that it prints, behind its calls. */
const promised = (text: string): ReadonlyArray<string> =>
  [...text.matchAll(/^.*console\.log\(.*\) \/\/ (.+)$/gm)].map(([, line = ""]) => line)

/** What the other snippets import. */
const exportsOnly = ["account.ts", "imports.ts"]

describe("the guide to actors", () => {
  let folder = ""
  beforeAll(() => {
    // Within the package, so that its own name is resolved as its users would.
    mkdirSync(join(root, "out"), { recursive: true })
    folder = mkdtempSync(join(root, "out", "actors-guide-"))
    for (const [file, text] of snippets) writeFileSync(join(folder, file), complete(text))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it("names the file of each of its snippets", () => {
    expect(snippets.size).toBe([...guide.matchAll(/^```ts$/gm)].length)
  })

  it.each([...snippets])("%s prints what it says, and ends by itself", async (file, text) => {
    const printed = (await node([join(folder, file)])).split("\n")
    const expected = promised(text)
    expect(printed.filter((line) => expected.includes(line))).toEqual(expected)
    expect(expected.length > 0 || exportsOnly.includes(file)).toBe(true)
  })

  it("shows what inspection prints", async () => {
    const [, shown = "nothing"] = /^```text\n([\s\S]*?)^```$/m.exec(guide) ?? []
    expect(await node([join(folder, "seeing.ts")])).toContain(shown)
  })

  it("type-checks", async () => {
    const compilerOptions = { noEmit: true, rootDir: root }
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: ["*.ts"] })
    )
    const tsc = join(root, "node_modules/typescript/bin/tsc")
    const complaints = await node([tsc, "-p", folder]).catch((error: unknown) =>
      typeof error === "object" && error !== null && "stdout" in error ? error.stdout : error
    )
    expect(complaints).toBe("")
  })
})
