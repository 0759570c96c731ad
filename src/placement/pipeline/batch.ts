import type { WorkerRecord } from "../../ledger/index.ts"
import type { Millis, TaskSpec, Unmet } from "../../model/index.ts"
import { candidateOf } from "../decision/decide.ts"
import type { Candidate, Explanation, StrategyFault } from "../explanation/explanation.ts"
import type { WeightedStrategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"
import { Weighing } from "../weighing/weighing.ts"
import { tieRuleOf } from "./answer.ts"
import { unmetBy } from "./filter.ts"
import { type Proposal, withoutWorker } from "./proposal.ts"

/** Tasks on their way through the kernel, and who they were weighed against. */
export interface OpenBatch {
  readonly tasks: ReadonlyArray<TaskSpec>
  readonly by: WeightedStrategy
  readonly weighing: Weighing
  /** The pool as the batch began: by the time the scores are there, some may have left. */
  readonly workers: ReadonlyArray<WorkerRecord>
  readonly fault?: StrategyFault
}

/** Decides about a batch where the strategy is at fault in it: least connections. */
export const fallbackInBatch: WeightedStrategy = {
  id: "least_connections",
  factors: [{ name: "free slots", weight: 1, kind: "slots" }],
  multiplied: false
}

/**
 * The first of the tasks, as many as can be decided before any of them is committed: the kernel counts slots and
 * resources but not accelerators, so of those that ask for accelerators there is at most one.
 */
export const decidable = (tasks: ReadonlyArray<TaskSpec>): ReadonlyArray<TaskSpec> => {
  let withDevices = 0
  for (const [index, task] of tasks.entries()) {
    if (task.requirements.demand.devices.length > 0 && ++withDevices > 1) return tasks.slice(0, index)
  }
  return tasks
}

export const openBatch = (
  tasks: ReadonlyArray<TaskSpec>,
  by: WeightedStrategy,
  view: PlacementView,
  fault?: StrategyFault
): OpenBatch => ({
  tasks,
  by,
  weighing: Weighing.ofMany(by, tasks, view),
  workers: view.workers.slice(),
  ...(fault === undefined ? {} : { fault })
})

const takenInBatch = "its room goes to tasks before this one"

/** What the kernel chose, as proposals. Walks through the batch once more to say what each decision rested on. */
export const conclude = (
  { tasks, by, weighing, workers, fault }: OpenBatch,
  chosen: Int32Array,
  view: PlacementView,
  now: Millis,
  complete: boolean
): ReadonlyArray<Proposal> => {
  const { run } = weighing
  run.restart()
  return tasks.map((task, row) => {
    const index = chosen[row] ?? -1
    const worker = workers[index]
    const candidates: Array<Candidate> = []
    const filtered: Array<Unmet> = []
    if (!complete && worker !== undefined) candidates.push(candidateOf(weighing, row, index, worker))
    if (complete) {
      workers.forEach((each, place) => {
        if (run.fits(row, place)) candidates.push(candidateOf(weighing, row, place, each))
        else {
          const unmet = unmetBy(task, each)
          filtered.push(unmet.reasons.length > 0 ? unmet : { ...unmet, reasons: [takenInBatch] })
        }
      })
    }
    if (worker !== undefined) run.take(row, index)
    const workerId = worker?.spec.id
    const explanation: Explanation = {
      taskId: task.id,
      at: now,
      strategy: by.id,
      outcome: workerId === undefined ? "waits" : "chosen",
      workerId,
      workers: workers.length,
      complete,
      candidates,
      filtered,
      refused: [],
      tieRule: tieRuleOf(by),
      fault
    }
    return workerId === undefined ? withoutWorker(task, view, explanation) : { _tag: "Worker", workerId, explanation }
  })
}
