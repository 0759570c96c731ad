/** The known name that is nearest to one that is unknown; `undefined` where none is near. */
export const nearest = (unknown: string, known: ReadonlyArray<string>): string | undefined =>
  known
    .map((name) => ({ name, distance: distance(unknown, name) }))
    .filter((found) => found.distance <= 2)
    .sort((a, b) => a.distance - b.distance)[0]?.name

/** Insertions, deletions and substitutions that lead from one text to the other (Levenshtein). */
const distance = (from: string, to: string): number => {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...to].entries()) {
      const change = (row[j] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
