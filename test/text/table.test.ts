import { describe, expect, it } from "vitest"
import { formatTable } from "../../src/text/index.ts"

describe("a table", () => {
  it("gives each column the width of its widest cell, and leaves no blanks at the ends of lines", () => {
    const columns = [
      { title: "worker", align: "left" },
      { title: "tasks", align: "right" },
      { title: "note", align: "left" }
    ] as const
    expect(
      formatTable(columns, [
        ["a", "1200", ""],
        ["the-large-one", "7", "slow"]
      ])
    ).toEqual([
      "worker         tasks  note",
      "─────────────  ─────  ────",
      "a               1200",
      "the-large-one      7  slow"
    ])
  })

  it("with no rows is its titles", () => {
    expect(formatTable([{ title: "id", align: "left" }], [])).toEqual(["id", "──"])
  })
})
