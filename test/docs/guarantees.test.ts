import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { hasTest, referenceIn, root } from "./test-names.ts"

interface Promised {
  /** `K1a`; `undefined` for what is not promised. */
  readonly id: string | undefined
  readonly section: string
  readonly text: string
  readonly tests: ReadonlyArray<string>
}

/** The points of the list, each with the tests below it. A line that is indented goes on with its point. */
const promisesOf = (source: string): ReadonlyArray<Promised> => {
  const promises: Array<{ id: string | undefined; section: string; text: string; tests: Array<string> }> = []
  let section = ""
  for (const line of source.split("\n")) {
    const latest = promises.at(-1)
    if (line.startsWith("## ")) section = line.slice(3)
    else if (line.startsWith("  - ")) latest?.tests.push(line.slice(4))
    else if (line.startsWith("- ")) {
      const [, id, text = line.slice(2)] = /^- \*\*([A-Z]\d+[a-z]?)\*\* (.+)$/.exec(line) ?? []
      promises.push({ id, section, text, tests: [] })
    } else if (line.startsWith("  ") && latest !== undefined) latest.text += ` ${line.trim()}`
  }
  return promises
}

const upTo = (letter: string, last: number): ReadonlyArray<string> =>
  Array.from({ length: last }, (_, index) => `${letter}${index + 1}`)

const sections = [
  { name: "Kernel", ids: upTo("K", 5) },
  { name: "Mailboxes", ids: upTo("B", 4) },
  { name: "Messages", ids: upTo("M", 7) },
  { name: "Asking", ids: upTo("A", 5) },
  { name: "Watching", ids: upTo("W", 6) },
  { name: "Lifecycle and timers", ids: [...upTo("L", 2), ...upTo("T", 3)] },
  { name: "Stash and routers", ids: ["H1", "R1"] },
  { name: "Supervision", ids: upTo("S", 14) },
  { name: "Seeing", ids: upTo("V", 3) }
]

const notPromised = "What is not promised"

const all = promisesOf(readFileSync(join(root, "docs/guarantees.md"), "utf8"))
const promised = all.filter(({ section }) => section !== notPromised)

/** What `K1a` is a part of. */
const ruleOf = (id: string): string => id.replace(/[a-z]$/, "")

describe("docs/guarantees.md", () => {
  it("has every rule, in its section and in order", () => {
    const found = sections.map(({ name }) => {
      const ids = promised.filter(({ section }) => section === name).map(({ id = "" }) => ruleOf(id))
      return { name, ids: ids.filter((id, index) => id !== ids[index - 1]) }
    })
    expect(found).toEqual(sections)
    expect(promised).toHaveLength(
      promised.filter(({ section }) => sections.some(({ name }) => name === section)).length
    )
  })

  it("gives each promise an id of its own: parts are lettered from a on, and a rule with one promise is not lettered", () => {
    const ids = promised.map(({ id = "" }) => id)
    expect(ids.filter((id, index) => id === "" || ids.indexOf(id) !== index)).toEqual([])
    const parts = Map.groupBy(ids, ruleOf)
    for (const [rule, those] of parts) {
      const letters = those.map((_, index) => `${rule}${String.fromCharCode("a".charCodeAt(0) + index)}`)
      expect(those).toEqual(those.length === 1 ? [rule] : letters)
    }
  })

  it("has no promise without a test, and no test twice below one promise", () => {
    expect(promised.filter(({ tests }) => tests.length === 0).map(({ id }) => id)).toEqual([])
    expect(promised.filter(({ tests }) => new Set(tests).size < tests.length).map(({ id }) => id)).toEqual([])
    expect(promised.filter(({ text }) => text.length < 20).map(({ id }) => id)).toEqual([])
  })

  it("names tests and properties that exist", () => {
    const missing = all.flatMap(({ id = notPromised, tests }) =>
      tests
        .filter((test) => {
          const reference = referenceIn(test)
          return reference === undefined || !hasTest(reference)
        })
        .map((test) => `${id}: ${test}`)
    )
    expect(missing).toEqual([])
  })

  it("says what is not promised, without an id to quote it by", () => {
    const points = all.filter(({ section }) => section === notPromised)
    expect(points.length).toBeGreaterThan(10)
    expect(points.filter(({ id }) => id !== undefined)).toEqual([])
    expect(points[0]?.text).toContain("synchronous endless loop")
  })

  it("would notice: a promise without test or id, a test or property that is not there", () => {
    const [first, second] = promisesOf("## S\n- **K1a** One\n  and more.\n  - `test/a.test.ts` › one › two\n- Two")
    expect(first).toEqual({ id: "K1a", section: "S", text: "One and more.", tests: ["`test/a.test.ts` › one › two"] })
    expect(second).toEqual({ id: undefined, section: "S", text: "Two", tests: [] })
    expect(referenceIn("`test/a.test.ts` › one › two")).toEqual({ file: "test/a.test.ts", test: "one › two" })
    expect(referenceIn("`properties/supervisor.ts` › M6")).toBeUndefined()
    expect(hasTest({ file: "properties/index.ts", test: "M6" })).toBe(true)
    expect(hasTest({ file: "properties/index.ts", test: "M" })).toBe(false)
  })
})
