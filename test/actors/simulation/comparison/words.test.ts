import { describe, expect, it } from "vitest"
import { shown } from "../../../../actors/simulation/comparison/figure.ts"
import { findingsOf, inWords, rowsInWords } from "../../../../actors/simulation/comparison/index.ts"
import type { Row } from "../../../../actors/simulation/scenarios/index.ts"
import { reported, rowOf, seedsOf } from "./given.ts"

type Values = Readonly<Record<string, ReadonlyArray<number>>>

const wordsOf = (values: Values, rest: Partial<Row> = {}): ReadonlyArray<string> => {
  const figures = seedsOf("p99", values)
  return inWords(reported(rowOf("p99", rest), figures), figures)
}

const verdictOf = (values: Values, rest: Partial<Row> = {}): string | undefined => {
  const figures = seedsOf("p99", values)
  return findingsOf(reported(rowOf("p99", rest), figures), figures)[0]?.verdict
}

const times = (count: number, of: (seed: number) => number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, seed) => of(seed))

describe("a comparison in words", () => {
  it("says by how much, in how many seeds, and where the difference probably lies", () => {
    // Pair by pair 0.66, 0.69 and 0.72 of the other, ten times each.
    const theirs = times(30, (seed) => 1_000 + seed)
    const ours = theirs.map((value, seed) => value * (0.66 + 0.03 * (seed % 3)))
    expect(wordsOf({ ballast: ours, "round robin": theirs })).toEqual([
      expect.stringMatching(
        /^p99: ballast 70\d ms, 31 % less than round robin \(better in 30 of 30 seeds; 95 %: \d+(–\d+)? % less\)$/
      )
    ])
    expect(verdictOf({ ballast: ours, "round robin": theirs })).toBe("better")
  })

  it("does not hide what is worse", () => {
    const theirs = times(10, (seed) => 100 + seed)
    const ours = theirs.map((value, seed) => value * (1.1 + 0.001 * seed))
    const [sentence] = wordsOf({ ballast: ours, other: theirs })
    expect(sentence).toMatch(/more than other \(worse in 10 of 10 seeds; 95 %: [\d.–]+ % more\)$/)
    expect(verdictOf({ ballast: ours, other: theirs })).toBe("worse")
  })

  it("of what goes now one way and now the other says that it is not clear", () => {
    const theirs = times(20, () => 100)
    const ours = times(20, (seed) => (seed % 2 === 0 ? 90 : 110))
    const [sentence] = wordsOf({ ballast: ours, other: theirs })
    expect(sentence).toBe(
      "p99: ballast 100 ms, not clearly apart from other (better in 10 of 20 seeds; 95 %: 10 % less to 10 % more)"
    )
    expect(verdictOf({ ballast: ours, other: theirs })).toBe("undecided")
  })

  it("is not sure of fewer than six seeds, however they went", () => {
    const values = { ballast: times(5, (seed) => 50 + seed), other: times(5, (seed) => 100 + seed) }
    expect(wordsOf(values)[0]).toMatch(/\(better in 5 of 5 seeds: too few to be sure\)$/)
    expect(verdictOf(values)).toBe("undecided")
    expect(verdictOf({ ballast: [...times(6, (seed) => 50 + seed)], other: times(6, (seed) => 100 + seed) })).toBe(
      "better"
    )
  })

  it("knows that seeds which all give the same say no more than one", () => {
    expect(wordsOf({ ballast: times(9, () => 50), other: times(9, () => 100) })).toEqual([
      "p99: ballast 50 ms, 50 % less than other (better by as much in all 9 seeds: nothing is left to chance)"
    ])
  })

  it("says which way is better by the row, not by the figure", () => {
    const values = { ballast: times(8, (seed) => 50 + seed), other: times(8, (seed) => 100 + seed) }
    expect(verdictOf(values, { better: "less" })).toBe("better")
    expect(verdictOf(values, { better: "more" })).toBe("worse")
    expect(wordsOf(values, { better: "more" })[0]).toContain("less than other (worse in 8 of 8 seeds")
  })

  it("speaks of shares in points, and of zeros in their own unit", () => {
    const shares = { ballast: times(6, (seed) => 99 + seed / 100), other: times(6, (seed) => 95 + seed / 50) }
    expect(wordsOf(shares, { unit: "%", better: "more" })[0]).toMatch(
      /^p99: ballast 99\.0\d+ %, 3\.9\d+ points more than other \(better in 6 of 6 seeds; 95 %: 3\.9\d+–3\.9\d+ points more\)$/
    )
    const moves = { ballast: times(6, (seed) => 3 + (seed % 2)), other: times(6, () => 0) }
    expect(wordsOf(moves, { unit: "" })[0]).toMatch(/^p99: ballast 3\.5, 3\.5 more than other \(worse in 6 of 6/)
  })

  it("says how many times as much from twice on", () => {
    const values = { ballast: times(6, (seed) => 300 + seed), other: times(6, () => 100) }
    expect(wordsOf(values)[0]).toMatch(/, 3\.02\d times other \(worse in 6 of 6 seeds; 95 %: 3\.0\d+–3\.0\d+ times\)$/)
  })

  it("takes figures that differ in their last digits for the same", () => {
    const values = { ballast: times(6, () => 0.1 + 0.2), other: times(6, () => 0.3) }
    expect(wordsOf(values)[0]).toBe("p99: ballast 0.3 ms, the same as other in all 6 seeds")
    expect(verdictOf(values)).toBe("equal")
  })

  it("does not compare with what has no figure, and says a row alone where nobody stands beside it", () => {
    expect(wordsOf({ ballast: [1, 2], other: [1] })[0]).toContain("not to be compared with other")
    expect(wordsOf({ ballast: [1, 3] })).toEqual(["p99: ballast 2 ms"])
  })

  it("has a clause for each that stands beside, under one figure", () => {
    const figures = seedsOf("p99", { ballast: times(6, () => 1), a: times(6, () => 1), b: times(6, () => 2) })
    expect(rowsInWords(reported(rowOf("p99"), figures), figures)).toEqual([
      {
        lead: "p99: ballast 1 ms",
        clauses: [expect.stringContaining("as a in all 6"), expect.stringContaining("than b")]
      }
    ])
  })

  it("judges figures below zero by their difference: a ratio of them says the opposite", () => {
    const values = { ballast: times(6, (seed) => -5 - seed / 10), other: times(6, (seed) => -10 - seed / 10) }
    expect(verdictOf(values)).toBe("worse")
    expect(verdictOf(values, { better: "more" })).toBe("better")
    expect(wordsOf(values)[0]).toMatch(
      /ms, 5 ms more than other \(worse by as much|ms, 5 ms more than other \(worse in 6/
    )
    expect(verdictOf({ ballast: times(6, (seed) => -seed - 1), other: times(6, (seed) => seed + 1) })).toBe("better")
  })

  it("knows one zero only, and does not put a number on no difference", () => {
    const ours = [99, 99, 100, 100, 100, 100, 99, 100]
    const values = { ballast: ours, other: times(8, () => 100) }
    expect(wordsOf(values, { unit: "%", better: "more" })[0]).toContain("95 %: 0–1 points less)")
    const seldom = { ballast: [...times(9, () => 100), 101], other: times(10, () => 100) }
    const [sentence] = wordsOf(seldom)
    expect(sentence).toContain("not clearly apart from other (worse in 1 of 10 seeds, equal in 9; 95 %: no difference)")
    expect(wordsOf(seldom, { unit: "%" })[0]).toContain("95 %: no difference)")
    expect(wordsOf({ ballast: [100, 101, 100], other: [100, 100, 100] })[0]).toContain(
      "100 ms, as much as other (worse"
    )
  })

  it("gives what is tiny the digits that count", () => {
    const [sentence] = wordsOf({ ballast: times(7, (seed) => 100 + seed / 1e5), other: times(7, () => 100) })
    expect(sentence).toMatch(/95 %: [\d.]*[1-9]–[\d.]*[1-9] % more\)$/)
    expect(shown(5.588e-12)).toBe("5.588e-12")
    expect(shown(-0)).toBe("0")
  })

  it("says what is infinite, and what is none", () => {
    const never = Number.POSITIVE_INFINITY
    const values = { ballast: times(8, (seed) => 10 + seed), other: times(8, () => never) }
    expect(wordsOf(values)[0]).toBe(
      "p99: ballast 13.5 ms, infinitely less than other (better in 8 of 8 seeds; 95 %: infinitely less)"
    )
    expect(verdictOf(values)).toBe("better")
    expect(wordsOf({ ballast: values.other, other: values.ballast })[0]).toMatch(/^p99: ballast ∞ ms, infinitely more/)
    expect(verdictOf({ ballast: values.other, other: values.other })).toBe("equal")
    expect(wordsOf({ ballast: [Number.NaN] })).toEqual(["p99: ballast has no figure"])
  })

  it("does not take two that were cut off for equals", () => {
    const values = { ballast: times(8, () => 600), other: times(8, () => 600) }
    expect(wordsOf(values, { cap: 600 })).toEqual([
      "p99: ballast 600 ms (cut off there in 8 of 8 seeds), not to be told from other: both are cut off at 600 ms in all 8 seeds"
    ])
    expect(verdictOf(values, { cap: 600 })).toBe("undecided")
    expect(verdictOf(values)).toBe("equal")
    const some = { ballast: times(8, (seed) => (seed < 2 ? 600 : 100)), other: times(8, () => 600) }
    expect(wordsOf(some, { cap: 600 })[0]).toContain("equal in 2, of which both are cut off at 600 ms in 2;")
  })
})
