import { describe, expect, it } from "vitest"
import { Scoreboard } from "../../../src/adaptation/prediction/scoreboard.ts"
import { normalFrom, randomFrom } from "./noise.ts"

/** Intervals as they are made from the errors of others before; the share of those that held. */
const coverageOf = (errors: ReadonlyArray<number>): number => {
  const board = new Scoreboard(0.9)
  let [held, counted] = [0, 0]
  for (const [index, error] of errors.entries()) {
    const half = board.halfWidth() ?? Number.POSITIVE_INFINITY
    const covered = error <= half
    if (index >= 100) {
      counted += 1
      if (covered) held += 1
    }
    board.add({ error, noChangeError: error, size: 1, covered })
  }
  return held / counted
}

describe("the half-width of an interval", () => {
  it("is not known before nine errors, and is then the largest of them", () => {
    const board = new Scoreboard(0.9)
    for (let error = 1; error <= 8; error += 1) board.add({ error, noChangeError: 1, size: 1, covered: true })
    expect(board.halfWidth()).toBeUndefined()
    board.add({ error: 0, noChangeError: 1, size: 1, covered: true })
    expect(board.halfWidth()).toBe(8)
  })

  it.each([
    ["that do not change", () => 1],
    ["that grow all the time", (index: number) => 1 + index / 50],
    ["that double from one day to the next", (index: number) => (Math.floor(index / 200) % 2 === 0 ? 1 : 4)],
    ["that fall", (index: number) => 1 / (1 + index / 50)]
  ])("holds nine in ten of errors %s", (_, scale) => {
    const normal = normalFrom(randomFrom(21))
    const errors = Array.from({ length: 3_000 }, (_, index) => Math.abs(normal()) * scale(index))
    expect(coverageOf(errors)).toBeGreaterThan(0.87)
    expect(coverageOf(errors)).toBeLessThan(0.93)
  })
})

describe("being better than no change", () => {
  const boardOf = (count: number, errors: (index: number) => readonly [own: number, noChange: number]) => {
    const board = new Scoreboard(0.9)
    for (let index = 0; index < count; index += 1) {
      const [error, noChangeError] = errors(index)
      board.add({ error, noChangeError, size: 1, covered: true })
    }
    return board.summary(1)
  }

  it("takes five forecasts", () => {
    expect(boardOf(4, () => [0.1, 0.2])?.beatsNoChange).toBe(false)
    expect(boardOf(5, () => [0.1, 0.2])?.beatsNoChange).toBe(true)
  })

  it("is more than one good guess among many that were none", () => {
    expect(boardOf(50, (index) => (index === 7 ? [0, 0.5] : [0.2, 0.2]))?.beatsNoChange).toBe(false)
    expect(boardOf(50, (index) => (index % 2 === 0 ? [0.1, 0.3] : [0.2, 0.15]))?.beatsNoChange).toBe(true)
  })

  it("is none where nothing has changed", () => {
    expect(boardOf(50, () => [0, 0])).toMatchObject({ beatsNoChange: false, mase: undefined, accuracy: 1 })
  })

  it("is hardly ever seen on a walk at random, where there is nothing to foresee", () => {
    const normal = normalFrom(randomFrom(2))
    let seen = 0
    for (let round = 0; round < 300; round += 1) {
      // Another guess than no change, as likely to be better as to be worse.
      if (boardOf(100, () => [Math.abs(normal()), Math.abs(normal())])?.beatsNoChange) seen += 1
    }
    expect(seen / 300).toBeLessThan(0.25)
  })
})

describe("accuracy", () => {
  it("is 1 − 2·MAE of the range, and of a series without bound 1 − MAE ÷ its mean", () => {
    const board = new Scoreboard(0.9)
    board.add({ error: 2, noChangeError: 4, size: 10, covered: true })
    board.add({ error: 4, noChangeError: 4, size: 20, covered: false })
    expect(board.summary(60)).toMatchObject({ mae: 3, accuracy: 0.9, mase: 0.75, coverage: 0.5, scored: 2 })
    expect(board.summary(Number.POSITIVE_INFINITY)?.accuracy).toBeCloseTo(0.8)
  })
})
