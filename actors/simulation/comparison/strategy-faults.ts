import type { BallastEvent } from "../../events.ts"

/** Decisions that the runtime took by itself, because the strategy threw, or named no worker that fits. */
export interface StrategyFaults {
  readonly decisions: number
  /** What was wrong the first time. */
  readonly message: string
}

/** The faults of each contender that has any. */
export type FaultsByContender = Readonly<Record<string, StrategyFaults>>

/** Counts them as events come by. */
export class FaultCounter {
  readonly #faults: Record<string, StrategyFaults> = {}

  readonly onEvent = (contender: string, event: BallastEvent): void => {
    if (event._tag === "StrategyFaulted") this.add(contender, { decisions: 1, message: event.message })
  }

  add(contender: string, { decisions, message }: StrategyFaults): void {
    const known = this.#faults[contender]
    this.#faults[contender] =
      known === undefined ? { decisions, message } : { decisions: known.decisions + decisions, message: known.message }
  }

  get faults(): FaultsByContender {
    return { ...this.#faults }
  }
}

/** A sentence for each contender whose figures are in part another's. */
export const faultsInWords = (faults: FaultsByContender): ReadonlyArray<string> =>
  Object.entries(faults).map(
    ([name, { decisions, message }]) =>
      `${name} left ${decisions} ${decisions === 1 ? "decision" : "decisions"} to the runtime, at first because: ${message}`
  )
