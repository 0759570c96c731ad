import type { HandlingInspection, Inspected, Inspection } from "./inspection.ts"

/** Handlers of a behaviour that take longer than this, one in a hundred, are named: milliseconds. */
const slow = 10

/** A tree for the terminal: what lives, with its mail and its restarts; then who waits for whom, and what is slow. */
export const formatInspection = (inspection: Inspection): string => {
  const { name, tree, restarts, waitsFor, handling, deadLetters } = inspection
  const lastCauses = new Map(restarts.map(({ actor, cause }) => [actor, cause]))
  const rows = tree.flatMap((node, index) => rowsOf(node, "", index === tree.length - 1, lastCauses))
  const letters = Object.entries(deadLetters.byReason).map(([reason, count]) => `${count} ${reason}`)
  return [
    name,
    ...aligned(rows),
    ...section(
      "waits for",
      waitsFor.map(({ asker, asked, tag, age }) => [asker, `→ ${asked}`, tag, duration(age)])
    ),
    ...section(
      "slow",
      handling
        .filter(({ p99 }) => p99 > slow)
        .sort((a, b) => b.p99 - a.p99)
        .map(slowRow)
    ),
    ...(deadLetters.total === 0 ? [] : ["", `dead letters: ${deadLetters.total} (${letters.join(", ")})`])
  ].join("\n")
}

type Row = ReadonlyArray<string>

const rowsOf = (
  node: Inspected,
  indent: string,
  isLast: boolean,
  lastCauses: ReadonlyMap<string, string>
): ReadonlyArray<Row> => {
  const label = node.name.split("/").at(-1) ?? node.name
  const below = `${indent}${isLast ? "   " : "│  "}`
  const again = node.restarts === 0 ? "" : `restarted ${node.restarts}×`
  const cause = node.restarts === 0 ? undefined : lastCauses.get(node.name)
  const row: Row = [
    `${indent}${isLast ? "└─ " : "├─ "}${label}`,
    node.kind === "supervisor" ? node.strategy : node.behaviour,
    node.status,
    mailOf(node),
    cause === undefined ? again : `${again}: ${cause}`
  ]
  const { children } = node
  return [row, ...children.flatMap((child, index) => rowsOf(child, below, index === children.length - 1, lastCauses))]
}

const mailOf = (node: Inspected): string => {
  if (node.kind === "supervisor") return ""
  const { depth, oldest, stashed, openAsks } = node
  const parts = [
    depth === 0 ? [] : [`${depth} waiting, oldest ${duration(oldest)}`],
    stashed === 0 ? [] : [`${stashed} stashed`],
    openAsks === 0 ? [] : [`${openAsks} unanswered`]
  ]
  return parts.flat().join(", ")
}

const slowRow = ({ behaviour, timed, p50, p99, max }: HandlingInspection): Row => [
  behaviour,
  `p50 ${duration(p50)}`,
  `p99 ${duration(p99)}`,
  `max ${duration(max)}`,
  `${timed} timed`
]

const section = (title: string, rows: ReadonlyArray<Row>): ReadonlyArray<string> =>
  rows.length === 0 ? [] : ["", title, ...aligned(rows).map((line) => `  ${line}`)]

/** In columns as wide as their widest cell; one that is empty in all rows takes no room. */
const aligned = (rows: ReadonlyArray<Row>): ReadonlyArray<string> => {
  const columns = Math.max(0, ...rows.map(({ length }) => length))
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length))
  )
  return rows.map((row) =>
    row
      .flatMap((cell, column) => (widths[column] === 0 ? [] : [cell.padEnd(widths[column] ?? 0)]))
      .join("  ")
      .trimEnd()
  )
}

/** 850 µs, 12 ms, 3.4 s, 2 min. */
const duration = (ms: number): string => {
  if (ms < 1) return `${Math.round(ms * 1_000)} µs`
  if (ms < 1_000) return `${Math.round(ms)} ms`
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`
}
