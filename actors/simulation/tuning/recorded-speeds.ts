import { RunTimes } from "../../../src/adaptation/index.ts"
import type { RecordedSession } from "../../../src/storage/index.ts"

/** Times over which the runs are learned from: what was learned of the last helps to judge the first. */
const passes = 3

/** How fast each worker was at each type of task, fitted to the whole of what was recorded. */
export const recordedSpeeds = ({ workers, runs }: RecordedSession): Pick<RunTimes, "speedOf"> => {
  const times = new RunTimes({ memory: Number.POSITIVE_INFINITY })
  for (const { id, definition } of workers) {
    times.assume(id, typeof definition.weight === "number" ? definition.weight : 1)
  }
  for (let pass = 0; pass < passes; pass += 1) {
    for (const { worker, ran, ms, ok, options = {}, at } of runs) {
      const expected = options.expectedDuration
      if (ok) times.record(worker, ran, { ms, expectedMs: typeof expected === "number" ? expected : undefined }, at)
    }
  }
  return times
}
