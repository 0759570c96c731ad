import type { Factor, Strategy } from "../../../src/placement/index.ts"
import type { StrategyFaultKind } from "./action.ts"
import { thrown, wrongDelegate, wrongDevices, wrongFigure, wrongScores, wrongWorker } from "./wrong-answers.ts"

/**
 * Has a strategy be wrong so many times, in whichever of its methods is called next. It is the very strategy that the
 * runtime asks, and all that this may leave a decision to.
 */
export class StrategyFaults {
  readonly #strategy: Strategy
  readonly #tampered = new Set<Strategy>()
  #how: StrategyFaultKind = "throws"
  #left = 0

  constructor(strategy: Strategy) {
    this.#strategy = strategy
  }

  begin(how: StrategyFaultKind, times: number): void {
    this.#tamper(this.#strategy)
    this.#how = how
    this.#left = times
  }

  end(): void {
    this.#left = 0
  }

  #tamper(strategy: Strategy): void {
    if (this.#tampered.has(strategy)) return
    this.#tampered.add(strategy)
    this.#tamperWithChoice(strategy)
    this.#tamperWithFigures(strategy)
    this.#tamperWithMemory(strategy)
    if (!("delegate" in strategy)) return
    const delegate = strategy.delegate.bind(strategy)
    strategy.delegate = (...asked) => (this.#isWrong() ? wrongDelegate(this.#how, strategy) : delegate(...asked))
    for (const each of strategy.delegates) this.#tamper(each)
  }

  #tamperWithChoice(strategy: Strategy): void {
    if ("seek" in strategy && strategy.seek !== undefined) {
      const seek = strategy.seek.bind(strategy)
      strategy.seek = (task, view, filter, now) =>
        this.#isWrong() ? wrongWorker(this.#how, task, view) : seek(task, view, filter, now)
    }
    if ("pick" in strategy) {
      const pick = strategy.pick.bind(strategy)
      strategy.pick = (task, candidates, view, now) =>
        this.#isWrong() ? (wrongWorker(this.#how, task, view)?.spec.id ?? "") : pick(task, candidates, view, now)
    }
    if (strategy.devices !== undefined) {
      const devices = strategy.devices.bind(strategy)
      strategy.devices = (...asked) => (this.#isWrong() ? wrongDevices(this.#how) : devices(...asked))
    }
  }

  #tamperWithFigures(strategy: Strategy): void {
    if ("rank" in strategy) {
      const rank = strategy.rank.bind(strategy)
      strategy.rank = (...asked) => (this.#isWrong() ? wrongFigure(this.#how) : rank(...asked))
    }
    if ("score" in strategy) {
      const score = strategy.score.bind(strategy)
      strategy.score = (...asked) => (this.#isWrong() ? wrongFigure(this.#how) : score(...asked))
    }
    if ("scoreAll" in strategy) {
      const scoreAll = strategy.scoreAll.bind(strategy)
      strategy.scoreAll = (task, candidates, view, now) =>
        this.#isWrong() ? wrongScores(this.#how, candidates) : scoreAll(task, candidates, view, now)
    }
    if ("classOf" in strategy && strategy.classOf !== undefined) {
      const classOf = strategy.classOf.bind(strategy)
      strategy.classOf = (task) => (this.#how === "throws" && this.#isWrong() ? thrown() : classOf(task))
    }
    if ("factors" in strategy) for (const factor of strategy.factors) this.#tamperWithFactor(factor)
  }

  #tamperWithFactor(factor: Factor): void {
    if (factor.kind !== "column" && factor.kind !== "capacity") return
    if ("of" in factor) {
      const of = factor.of.bind(factor)
      factor.of = (...asked) => (this.#isWrong() ? wrongFigure(this.#how) : of(...asked))
      return
    }
    const fill = factor.fill.bind(factor)
    factor.fill = (task, view, column) => {
      if (this.#isWrong()) column.fill(wrongFigure(this.#how))
      else fill(task, view, column)
    }
  }

  /** There is nothing to answer, so all that can be wrong is that it throws. */
  #tamperWithMemory(strategy: Strategy): void {
    const { proposed, ended } = strategy
    strategy.proposed = (...told) => (this.#isWrong() ? thrown() : proposed?.apply(strategy, told))
    strategy.ended = (...told) => (this.#isWrong() ? thrown() : ended?.apply(strategy, told))
  }

  #isWrong(): boolean {
    if (this.#left === 0) return false
    this.#left -= 1
    return true
  }
}
