/** A column of a table for a reader. */
export interface Column {
  readonly title: string
  readonly align: "left" | "right"
}

/** The rows under their titles, each column as wide as its widest cell, with a rule below the titles. */
export const formatTable = (
  columns: ReadonlyArray<Column>,
  rows: ReadonlyArray<ReadonlyArray<string>>
): ReadonlyArray<string> => {
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0))
  )
  const line = (cells: ReadonlyArray<string>): string =>
    columns
      .map(({ align }, index) => {
        const cell = cells[index] ?? ""
        const width = widths[index] ?? 0
        return align === "left" ? cell.padEnd(width) : cell.padStart(width)
      })
      .join("  ")
      .trimEnd()
  return [line(columns.map(({ title }) => title)), line(widths.map((width) => "─".repeat(width))), ...rows.map(line)]
}
