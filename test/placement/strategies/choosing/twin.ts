import type { Millis, TaskSpec, WorkerId } from "../../../../src/model/index.ts"
import type { PlacementView, RunTimesView } from "../../../../src/placement/index.ts"
import type { RecordedRun } from "../../../../src/placement/strategies/choosing/replay/recorded-run.ts"
import { allSound, nothingKnown, taskSpec } from "../../pool.ts"

/** Run times as learned: speeds by worker, work by type. */
export const timesOf = (
  speeds: Readonly<Record<WorkerId, number>>,
  work: Readonly<Record<string, Millis>> = {}
): RunTimesView => ({
  runs: 1_000,
  meanWorkMs: 100,
  workMs: (type) => work[type],
  workQuantile: (type) => work[type],
  remainingWorkMs: (type) => work[type],
  speedOf: (workerId) => speeds[workerId] ?? 1,
  speedAtMost: (workerId) => speeds[workerId] ?? 1
})

export const knowing = (
  times: RunTimesView,
  view: Pick<PlacementView, "workers"> = { workers: [] }
): PlacementView => ({ ...view, performance: nothingKnown, health: allSound, times })

/** So many runs, one every so often. */
export const every = (
  ms: Millis,
  count: number,
  workMs: (index: number) => Millis,
  task: (index: number) => TaskSpec = () => taskSpec("t")
): ReadonlyArray<RecordedRun> =>
  Array.from({ length: count }, (_, index) => ({ task: task(index), acceptedAt: index * ms, workMs: workMs(index) }))
