import type { LearnedState, LostPart } from "../src/adaptation/index.ts"
import type { Runtime } from "./runtime.ts"

/** What a runtime has learned of its workers and of its tasks, as plain data. */
export interface Learned {
  /** Run times, speeds, weights, profiles …, to go on from: by the option `learned`, here or elsewhere, now or later. */
  export(): LearnedState
  /** What of an earlier state could not be taken over at the start, and why. */
  readonly lost: ReadonlyArray<LostPart>
}

export const learnedOf = (runtime: Runtime): Learned => ({
  export: () => runtime.learned.export(runtime.system.now()),
  lost: runtime.lostParts
})
