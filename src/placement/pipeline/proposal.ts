import { unmetEver } from "../../ledger/index.ts"
import type { Millis, TaskSpec, Unmet, WorkerId } from "../../model/index.ts"
import type { Explanation, StrategyFault } from "../explanation/explanation.ts"
import type { Judgement } from "../patience/patience.ts"
import type { PlacementView } from "../view.ts"
import type { WaitFor } from "./homing.ts"

/** What placement makes of a task: a worker, or why there is none. */
export type Proposal =
  | { readonly _tag: "Worker"; readonly workerId: WorkerId; readonly explanation: Explanation }
  /**
   * No worker can take it now; one could. `reconsiderAt`: free ones were declined, and should nothing happen until
   * then, the task is to be proposed again. `home`: one can take it, and it had better wait for another.
   */
  | {
      readonly _tag: "Wait"
      readonly explanation: Explanation
      readonly reconsiderAt?: Millis
      readonly home?: WaitFor
    }
  /** No worker of the pool could ever take it, even when empty. With no workers at all, `unmet` is empty. */
  | { readonly _tag: "Never"; readonly unmet: ReadonlyArray<Unmet>; readonly explanation: Explanation }

export interface PlaceOptions {
  /** Told of each fault of the strategy. Must not throw. */
  readonly onFault?: (fault: StrategyFault) => void
  /** Whether the explanation names every worker of the pool. Default: no. */
  readonly complete?: boolean
  /** What patience says of the task now, where it was asked already. */
  readonly judgement?: Judgement
  /** When the task could have been placed for the first time. Left out: it waits for no worker that is busy. */
  readonly since?: Millis | undefined
}

/** What each worker could never give; `undefined` where one of them could take the task when empty. */
const unmetForever = ({ requirements }: TaskSpec, { workers }: PlacementView): ReadonlyArray<Unmet> | undefined => {
  const unmet: Array<Unmet> = []
  for (const { spec } of workers) {
    const reasons = unmetEver(requirements, spec)
    if (reasons.length === 0) return undefined
    unmet.push({ workerId: spec.id, reasons })
  }
  return unmet
}

/** The proposal that says nobody is there, and whether to wait for somebody. */
export const withoutWorker = (task: TaskSpec, view: PlacementView, explanation: Explanation): Proposal => {
  const unmet = explanation.refused.length > 0 ? undefined : unmetForever(task, view)
  if (unmet === undefined) return { _tag: "Wait", explanation }
  return { _tag: "Never", unmet, explanation: { ...explanation, outcome: "never", filtered: unmet } }
}
