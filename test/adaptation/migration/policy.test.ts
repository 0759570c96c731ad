import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  backtest,
  correctionOf,
  judgeMove,
  learnPolicy,
  type MoveOutcome,
  MoveOutcomes,
  moveKindOf,
  policyDefaults
} from "../../../src/adaptation/index.ts"

/** Of those with small gains nothing came; those with large ones came true. */
const history = (moves: number): ReadonlyArray<MoveOutcome> =>
  Array.from({ length: moves }, (_, index) => {
    const predicted = index % 2 === 0 ? 4 : 40
    return { at: index, predicted, actual: predicted - 8 }
  })

const judge = (predicted: number, outcomes: ReadonlyArray<MoveOutcome>, now = 1_000) =>
  judgeMove(predicted, learnPolicy(outcomes, policyDefaults, now), policyDefaults)

describe("the learned policy (G15)", () => {
  it("takes what is reckoned for true as long as nothing is known, and learns what comes of it", () => {
    expect(correctionOf([], 5)).toEqual({ share: 1, shift: 0 })
    const { share, shift } = correctionOf(history(200), 5)
    expect(share * 40 + shift).toBeCloseTo(32, 0)
    expect(share * 4 + shift).toBeLessThan(0)
  })

  it("refuses moves that look like such that lost, once a replay shows that this gains, and says so", () => {
    const verdict = judge(4, history(100))
    expect(verdict).toMatchObject({ isRefused: true, isTrusted: true })
    expect(verdict.explanation).toMatch(/replayed with the last 100 moves like it, \d+ of them refused/)
    expect(judge(40, history(100))).toMatchObject({ isRefused: false, isTrusted: true })
  })

  it("has no say with too little history, nor where what was reckoned comes true", () => {
    expect(judge(4, history(10))).toMatchObject({ isRefused: false, isTrusted: false })
    const true1 = history(100).map((outcome) => ({ ...outcome, actual: outcome.predicted }))
    expect(judge(4, true1)).toMatchObject({ isRefused: false, isTrusted: false })
  })

  it("forgets: what was refused for long enough is tried again", () => {
    expect(judge(4, history(100), policyDefaults.memory + 1_000).isRefused).toBe(false)
  })

  it("a replay decides each move by those before it only", () => {
    const late = [...history(50).map((outcome) => ({ ...outcome, actual: outcome.predicted })), ...history(50)]
    const { refused, decisions } = backtest(late, policyDefaults)
    expect(decisions).toBe(100)
    expect(refused).toBeLessThan(26)
    expect(backtest(late.slice(0, 50), policyDefaults).refused).toBe(0)
  })

  it("is trusted by luck in few histories in which what is reckoned comes true on average, with much noise", () => {
    let [trusted, all] = [0, 0]
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 2, max: 20 }), fc.integer({ min: -30, max: 30 })), {
          minLength: 100,
          maxLength: 100
        }),
        (given) => {
          const outcomes = given.map(([predicted, noise], at) => ({ at, predicted, actual: predicted + noise }))
          all += 1
          if (judge(2, outcomes).isTrusted) trusted += 1
        }
      ),
      { numRuns: 300 }
    )
    expect(all).toBe(300)
    expect(trusted / all).toBeLessThan(0.1)
  })
})

describe("MoveOutcomes", () => {
  const economics = {
    workSeconds: 50,
    staySeconds: 60,
    goSeconds: 40,
    moveSeconds: 1,
    netSeconds: 19,
    relief: 1,
    sigmaSeconds: 1,
    sourceSpeed: 1,
    targetSpeed: 1,
    costScore: 1
  }
  const kind = moveKindOf("render", economics)

  it("tells moves of one type apart by how much is left to do", () => {
    expect(kind).toBe("render under 100 s")
    expect(moveKindOf("render", { workSeconds: 3 })).toBe("render under 10 s")
    expect(moveKindOf("render", { workSeconds: Number.NaN })).not.toContain("under 100 s")
  })

  it("holds what came against what was reckoned: stay less what it took", () => {
    const outcomes = new MoveOutcomes()
    outcomes.chosen("a", "render", economics, 0)
    outcomes.completed("a", 70_000)
    outcomes.completed("a", 90_000)
    expect(outcomes.of(kind)).toEqual([{ at: 70_000, predicted: 19, actual: -10 }])
  })

  it("a move that failed lost what the attempt took; a task that was cancelled says nothing", () => {
    const outcomes = new MoveOutcomes()
    outcomes.chosen("a", "render", economics, 0)
    outcomes.failed("a", 5_000)
    outcomes.chosen("b", "render", economics, 0)
    outcomes.forget("b")
    outcomes.completed("b", 1_000)
    expect(outcomes.of(kind)).toEqual([{ at: 5_000, predicted: 19, actual: -1 }])
  })

  it("keeps so many of each kind, and so many kinds", () => {
    const outcomes = new MoveOutcomes({ perKind: 2, maxKinds: 2 })
    for (const name of ["x", "y", "z"]) {
      for (const at of [1, 2, 3]) outcomes.add(name, { at, predicted: 1, actual: 1 })
    }
    outcomes.add("z", { at: 4, predicted: Number.NaN, actual: 1 })
    expect([...outcomes.kinds]).toEqual(["y", "z"])
    expect(outcomes.of("z").map(({ at }) => at)).toEqual([2, 3])
  })
})
