import type { Millis } from "../../model/index.ts"
import { mean, standardError } from "../../statistics/index.ts"
import type { MoveOutcome } from "./outcomes.ts"

export interface PolicySettings {
  /** Outcomes are forgotten after so long: what was refused is tried again, since a refusal teaches nothing. */
  readonly memory: Millis
  /** Decisions that history has to be replayed with before anything is said. */
  readonly enough: number
  /** Outcomes that count as much as "what is reckoned comes true". */
  readonly prior: number
  /** Seconds a move must gain at least. */
  readonly minGain: number
  /** Standard errors by which the learned policy must be ahead. */
  readonly margin: number
}

export const policyDefaults: PolicySettings = { memory: 3_600_000, enough: 20, prior: 5, minGain: 1, margin: 1.645 }

/** What moves alike came to, against what was reckoned. */
export interface Correction {
  /** actual ≈ share × predicted + shift: seconds. */
  readonly share: number
  readonly shift: number
}

const none: Correction = { share: 1, shift: 0 }

/**
 * What came of a move by what was reckoned of it: a line by ridge regression, drawn towards "what is reckoned comes true".
 *
 * Formula: least Σ(actual − share·predicted − shift)² + prior·s²·((share − 1)² + (shift ÷ s)²), s² the mean square of what
 * was predicted.
 */
export const correctionOf = (
  outcomes: ReadonlyArray<Pick<MoveOutcome, "predicted" | "actual">>,
  prior: number
): Correction => {
  const square = mean(outcomes.map(({ predicted }) => predicted * predicted))
  if (outcomes.length === 0 || !(square > 0)) return none
  let [xx, x, xe, e] = [prior * square, 0, 0, 0]
  for (const { predicted, actual } of outcomes) {
    const error = actual - predicted
    xx += predicted * predicted
    x += predicted
    xe += predicted * error
    e += error
  }
  const n = outcomes.length + prior
  const determinant = xx * n - x * x
  if (!(determinant > 0)) return none
  return { share: 1 + (xe * n - x * e) / determinant, shift: (xx * e - x * xe) / determinant }
}

/** What the learned policy would have gained more than the reckoning alone, had it decided of these moves. */
export interface Backtest {
  /** Moves it was replayed with. */
  readonly decisions: number
  /** Of those, the moves it would have refused. */
  readonly refused: number
  /** Seconds gained for each decision, and the least that is at `margin` standard errors. */
  readonly gain: number
  readonly atLeast: number
}

/**
 * Replays moves in their order: each is decided upon by what those before it had come to, and judged by what it came to.
 * Only moves that were made have an outcome, so that all it can show is which of them were better not made.
 */
export const backtest = (outcomes: ReadonlyArray<MoveOutcome>, settings: PolicySettings): Backtest => {
  const { prior, minGain, margin } = settings
  const gains = outcomes.map(({ predicted, actual }, index) => {
    const { share, shift } = correctionOf(outcomes.slice(0, index), prior)
    return share * predicted + shift > minGain ? 0 : -actual
  })
  const gain = gains.length === 0 ? 0 : mean(gains)
  const error = gains.length < 2 ? Number.POSITIVE_INFINITY : standardError(gains)
  return {
    decisions: gains.length,
    refused: gains.filter((each) => each !== 0).length,
    gain,
    atLeast: gain - margin * error
  }
}

/** What is learned of moves that are alike. */
export interface LearnedPolicy {
  /** Whether it has earned a say: replayed with what became of such moves, it gains. */
  readonly isTrusted: boolean
  readonly correction: Correction
  /** How it did, in words. */
  readonly record: string
}

export const learnPolicy = (
  outcomes: ReadonlyArray<MoveOutcome>,
  settings: PolicySettings,
  now: Millis
): LearnedPolicy => {
  const recent = outcomes.filter(({ at }) => now - at <= settings.memory)
  const { decisions, refused, gain, atLeast } = backtest(recent, settings)
  return {
    isTrusted: decisions >= settings.enough && atLeast > 0,
    correction: correctionOf(recent, settings.prior),
    record:
      `replayed with the last ${decisions} moves like it, ${refused} of them refused, the learned policy gains ` +
      `${gain.toFixed(2)} s a move (at least ${Number.isFinite(atLeast) ? atLeast.toFixed(2) : "-∞"})`
  }
}

/** What the learned policy says of a move that pays by the reckoning (G5). */
export interface PolicyVerdict {
  readonly isRefused: boolean
  readonly isTrusted: boolean
  /** Seconds it expects the move to gain. */
  readonly expected: number
  readonly explanation: string
}

/**
 * Whether a move that pays by the reckoning is to be made, by what moves like it came to (G15). Where the replay does not
 * show with confidence that refusing some would have gained, the reckoning decides alone.
 */
export const judgeMove = (
  predicted: number,
  { isTrusted, correction: { share, shift }, record }: LearnedPolicy,
  { minGain }: Pick<PolicySettings, "minGain">
): PolicyVerdict => {
  const expected = share * predicted + shift
  return {
    isRefused: isTrusted && expected <= minGain,
    isTrusted,
    expected,
    explanation: isTrusted
      ? `${record} and has a say: ${predicted.toFixed(1)} s are reckoned, ${expected.toFixed(1)} s expected`
      : `${record} and has no say`
  }
}
