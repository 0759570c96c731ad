import type { Part, Row } from "../scenarios/index.ts"

/** What is needed of a part. */
type Taken = Pick<Part, "worlds"> & { readonly rows: ReadonlyArray<Pick<Row, "row">> }

/** A sentence for each part that has fewer worlds than there are seeds: what is measured twice proves nothing more. */
export const repeatedWorlds = (
  { parts }: { readonly parts: ReadonlyArray<Taken> },
  seeds: number
): ReadonlyArray<string> =>
  parts.flatMap(({ worlds, rows }) => {
    const count = worlds?.() ?? Number.POSITIVE_INFINITY
    if (count >= seeds) return []
    const names = rows.map(({ row }) => `"${row}"`).join(", ")
    const differ = count === 1 ? "only 1 world" : `only ${count} worlds that differ`
    return [`${names}: the ${seeds} seeds take ${differ}, so that intervals and verdicts claim more than they know`]
  })
