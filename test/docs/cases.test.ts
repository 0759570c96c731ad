import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { hasTest, namesIn, type Reference, referenceIn, root } from "./test-names.ts"

/** How many cases each suite had when it was read. */
const suites = {
  supervisor_SUITE: 93,
  SupervisionSpec: 90,
  DeathWatchSpec: 11,
  WatchSpec: 12,
  "AskSpec (typed)": 12,
  "AskSpec (classic)": 19,
  "TimerSpec (typed)": 13,
  "TimerSpec (classic)": 21,
  StashSpec: 21,
  StashBufferSpec: 13,
  RoutersSpec: 9,
  RoutingLogicSpec: 13,
  PoolRouterSpec: 2,
  CancelReceiveTimeoutSpec: 1
}

interface Row {
  readonly suite: string
  readonly name: string
  readonly claim: string
  readonly ours: string
}

/** The rows of the tables, each under the heading it stands below. `\|` is a bar within a cell. */
const rowsOf = (text: string): ReadonlyArray<Row> => {
  const rows: Array<Row> = []
  let suite: string | undefined
  for (const line of text.split("\n")) {
    if (line.startsWith("## ")) suite = line.slice(3)
    if (suite === undefined || !line.startsWith("| ") || line.startsWith("| case |")) continue
    const [, name = "", claim = "", ours = ""] = line
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll("\\|", "|"))
    rows.push({ suite, name, claim, ours })
  }
  return rows
}

const inapplicable = "does not apply: "

const references = ({ ours }: Row): ReadonlyArray<Reference | string> =>
  ours.split("<br>").map((part) => referenceIn(part) ?? part)

const page = readFileSync(join(root, "docs/cases.md"), "utf8")
const rows = rowsOf(page)
const label = ({ suite, name }: Row): string => `${suite} › ${name}`

describe("docs/cases.md", () => {
  it("has every suite with every case, and each once", () => {
    const counts = Object.fromEntries(Object.keys(suites).map((suite) => [suite, 0]))
    for (const { suite } of rows) counts[suite] = (counts[suite] ?? 0) + 1
    expect(counts).toEqual(suites)
    const labels = rows.map(label)
    expect(labels.filter((one, index) => labels.indexOf(one) !== index)).toEqual([])
  })

  it("counts them right", () => {
    const numbersOf = (of: ReadonlyArray<Row>): string => {
      const without = of.filter(({ ours }) => ours.startsWith(inapplicable)).length
      return [of.length, of.length - without, without].join(" | ")
    }
    const counted = Object.keys(suites).map((suite) => {
      const anchor = suite
        .toLowerCase()
        .replace(/[^\w -]/g, "")
        .replaceAll(" ", "-")
      return `| [${suite}](#${anchor}) | ${numbersOf(rows.filter((row) => row.suite === suite))} |`
    })
    const table = page.split("\n").filter((line) => line.startsWith("| [") || line.startsWith("| all |"))
    expect(table).toEqual([...counted, `| all | ${numbersOf(rows)} |`])
  })

  it("says of each case what it claims", () => {
    expect(rows.filter(({ claim }) => claim.length < 10).map(label)).toEqual([])
  })

  it("gives a reason wherever a case does not apply", () => {
    const bare = rows.filter(
      ({ ours }) => ours.startsWith(inapplicable.trim()) && !/\w+\W+\w+/.test(ours.slice(inapplicable.length))
    )
    expect(bare.map(label)).toEqual([])
  })

  it("names tests that exist, or a reason, and leaves none to write", () => {
    const wrong = rows
      .filter(({ ours }) => !ours.startsWith(inapplicable))
      .flatMap((row) =>
        references(row)
          .filter((reference) => typeof reference === "string" || !hasTest(reference))
          .map((reference) => `${label(row)}: ${typeof reference === "string" ? reference : reference.test}`)
      )
    expect(wrong).toEqual([])
  })

  it("would notice: a missing file, a missing test, a row still to write; and it reads templates", () => {
    const row = (ours: string): Row => ({ suite: "s", name: "n", claim: "c", ours })
    expect(references(row("to write: something in `test/x.test.ts`"))).toEqual([
      "to write: something in `test/x.test.ts`"
    ])
    expect(references(row("`test/a.test.ts` › one › two<br>`test/b.test.ts` › three"))).toEqual([
      { file: "test/a.test.ts", test: "one › two" },
      { file: "test/b.test.ts", test: "three" }
    ])
    expect(hasTest({ file: "test/docs/none.test.ts", test: "says of each case what it claims" })).toBe(false)
    expect(hasTest({ file: "test/docs/cases.test.ts", test: "says of each case" })).toBe(false)
    expect(hasTest({ file: "test/docs/cases.test.ts", test: "says of each case what it claims" })).toBe(true)
    const quoted = ['it("a \\"b\\"", f)', `it.effect(\`c \${d.e}, f\`, f)`, 'it.each([1, 2])(\n "g", f)'].join("\n")
    const names = namesIn(quoted)
    expect(['a "b"', "c anything, f", "g"].map((name) => names.filter((one) => one.test(name)).length)).toEqual([
      1, 1, 1
    ])
  })
})
