import type { Millis } from "../../model/index.ts"
import type { EndedRun, Strategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"
import { allOf } from "./delegation.ts"

/** Looked up once: what a strategy may leave decisions to does not change. */
const known = new WeakMap<Strategy, ReadonlyArray<Strategy>>()

const thoseIn = (strategy: Strategy): ReadonlyArray<Strategy> => {
  let all = known.get(strategy)
  if (all === undefined) {
    all = [...allOf(strategy)]
    known.set(strategy, all)
  }
  return all
}

/** Tells the strategy, and all that it may leave a decision to, of the end of a run. What one throws concerns no other. */
export const tellEnded = (
  strategy: Strategy,
  run: EndedRun,
  view: PlacementView,
  now: Millis,
  report: (by: Strategy, cause: unknown) => void
): void => {
  for (const each of thoseIn(strategy)) {
    try {
      each.ended?.(run, view, now)
    } catch (cause) {
      report(each, cause)
    }
  }
}
