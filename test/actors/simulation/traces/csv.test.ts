import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { readCsv, readHeader } from "../../../../actors/simulation/traces/csv.ts"
import { TraceMalformed } from "../../../../actors/simulation/traces/index.ts"
import { folderOf, thrownBy } from "./given.ts"

const written = (name: string, lines: ReadonlyArray<string>): string => join(folderOf({ [name]: lines }), name)

const quoted = (field: string): string => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)

describe("a CSV file", () => {
  it("gives back what was written, packed or not", () => {
    const field = fc.stringMatching(/^[a-z0-9 ,"]{0,6}$/).filter((text) => !/^"|^ +$/.test(text))
    const rows = fc.array(fc.tuple(fc.constant("k"), field, field), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(rows, fc.constantFrom("t.csv", "t.csv.gz"), (given, name) => {
        const path = written(name, ["a,b,c", ...given.map((fields) => fields.map(quoted).join(","))])
        const read = Array.from(readCsv(path).rows, (row) => [row.text("a"), row.text("b"), row.text("c")])
        expect(read).toEqual(given)
      }),
      { numRuns: 50 }
    )
  })

  it("may have an empty first field before a quoted one, and lines that end as on Windows", () => {
    const [row] = readCsv(written("t.csv", ["a,b,c\r", ',"x, y",""\r'])).rows
    expect([row?.text("a"), row?.text("b"), row?.text("c")]).toEqual(["", "x, y", ""])
  })

  it("says in which line a number is none", () => {
    const path = written("t.csv", ["a,b", "1,2", "3,many"])
    const error = thrownBy(() => Array.from(readCsv(path).rows, (row) => row.number("b")))
    expect(error).toBeInstanceOf(TraceMalformed)
    expect(error).toMatchObject({ path, line: 3, problem: 'b is "many"', code: "BALLAST_TRACE_MALFORMED" })
  })

  it("says in which line fields are missing", () => {
    const path = written("t.csv", ["a,b", "", "1"])
    expect(thrownBy(() => [...readCsv(path).rows])).toMatchObject({ line: 3, problem: "1 fields for 2 columns" })
  })

  it("takes an empty field for no number, unless it may be left out", () => {
    const [row] = readCsv(written("t.csv", ["a,b", ",1"])).rows
    expect(row?.optional("a")).toBeUndefined()
    expect(row?.optional("absent")).toBeUndefined()
    expect(thrownBy(() => row?.number("a"))).toMatchObject({ line: 2, problem: 'a is ""' })
    expect(thrownBy(() => row?.name("a"))).toMatchObject({ problem: "a is empty" })
  })

  it("counts in whole numbers from 0", () => {
    const [row] = readCsv(written("t.csv", ["a,b,c", "2,-1,0.5"])).rows
    expect(row?.count("a")).toBe(2)
    expect(thrownBy(() => row?.count("b"))).toMatchObject({ problem: "b is -1" })
    expect(thrownBy(() => row?.count("c"))).toMatchObject({ problem: "c is 0.5" })
  })

  it("tells its columns without being read to its end", () => {
    const lines = ["a,b", ...Array.from({ length: 50_000 }, (_, index) => `${index},${(index * 7919) % 10_007}`)]
    expect(readHeader(written("t.csv.gz", lines))).toEqual(["a", "b"])
  })

  it("is malformed where it is not packed as its name says", () => {
    const path = join(folderOf({}), "t.csv.gz")
    writeFileSync(path, "a,b\n1,2\n")
    expect(thrownBy(() => readCsv(path))).toMatchObject({ path, line: 1, hint: "a gzip file, whole" })
  })
})
