import { fitsNow, type WorkerRecord } from "../../../src/ledger/index.ts"
import type { TaskSpec } from "../../../src/model/index.ts"
import type { PlacementView, Strategy } from "../../../src/placement/index.ts"
import type { StrategyFaultKind } from "./action.ts"

const thrown = (): never => {
  throw new Error("a fault of the strategy")
}

const stranger = (worker: WorkerRecord | undefined): WorkerRecord | undefined =>
  worker && { ...worker, spec: { ...worker.spec, id: "nobody" } }

/** Has a strategy be wrong so many times. It is the very strategy that the runtime asks. */
export class StrategyFaults {
  readonly #strategy: Strategy
  #how: StrategyFaultKind = "throws"
  #left = 0
  #tampered = false

  constructor(strategy: Strategy) {
    this.#strategy = strategy
  }

  begin(how: StrategyFaultKind, times: number): void {
    if (!this.#tampered) this.#tamper()
    this.#tampered = true
    this.#how = how
    this.#left = times
  }

  end(): void {
    this.#left = 0
  }

  #tamper(): void {
    const strategy = this.#strategy
    if ("seek" in strategy && strategy.seek !== undefined) {
      const seek = strategy.seek.bind(strategy)
      strategy.seek = (task, view, filter, now) =>
        this.#isWrong() ? this.#answer(task, view) : seek(task, view, filter, now)
    }
    if (!("factors" in strategy)) return
    for (const factor of strategy.factors) {
      if (factor.kind !== "column" && factor.kind !== "capacity") continue
      const fill = factor.fill.bind(factor)
      factor.fill = (task, view, column) => {
        if (this.#isWrong()) this.#scribble(column)
        else fill(task, view, column)
      }
    }
  }

  #isWrong(): boolean {
    if (this.#left === 0) return false
    this.#left -= 1
    return true
  }

  #answer(task: TaskSpec, { workers }: PlacementView): WorkerRecord | undefined {
    switch (this.#how) {
      case "throws":
        return thrown()
      case "nobody":
        return undefined
      case "stranger":
        return stranger(workers[0])
      case "unfit":
        return workers.find((worker) => !fitsNow(task.requirements, worker)) ?? stranger(workers[0])
    }
  }

  #scribble(column: Float64Array): void {
    switch (this.#how) {
      case "throws":
        return thrown()
      case "nobody":
        return void column.fill(Number.NaN)
      case "stranger":
        return void column.fill(Number.POSITIVE_INFINITY)
      case "unfit":
        return void column.fill(-1e300)
    }
  }
}
