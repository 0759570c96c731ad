import { fitsNow, type WorkerRecord } from "../../../src/ledger/index.ts"
import type { TaskSpec } from "../../../src/model/index.ts"
import type { JointScores, PlacementView, Strategy } from "../../../src/placement/index.ts"
import type { StrategyFaultKind } from "./action.ts"

export const thrown = (): never => {
  throw new Error("a fault of the strategy")
}

const stranger = (worker: WorkerRecord | undefined): WorkerRecord | undefined =>
  worker && { ...worker, spec: { ...worker.spec, id: "nobody" } }

/** A worker that is none, or will not do. */
export const wrongWorker = (
  how: StrategyFaultKind,
  task: TaskSpec,
  { workers }: PlacementView
): WorkerRecord | undefined => {
  switch (how) {
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

/** What is no score. */
export const wrongFigure = (how: StrategyFaultKind): number => {
  switch (how) {
    case "throws":
      return thrown()
    case "nobody":
      return Number.NaN
    case "stranger":
      return Number.POSITIVE_INFINITY
    case "unfit":
      return -1e300
  }
}

/** Scores that are none, or too few. */
export const wrongScores = (how: StrategyFaultKind, candidates: ReadonlyArray<WorkerRecord>): JointScores => ({
  scores: how === "unfit" ? [] : candidates.map(() => wrongFigure(how)),
  faults: [{ strategy: "a part", cause: "a fault of a part" }]
})

/** One that decides nothing, or leaves it to itself for ever. */
export const wrongDelegate = (how: StrategyFaultKind, strategy: Strategy): Strategy => {
  switch (how) {
    case "throws":
      return thrown()
    case "nobody":
      return { id: "decides nothing", pick: () => "nobody" }
    case "stranger":
      return { id: "knows no numbers", score: () => Number.NaN }
    case "unfit":
      return strategy
  }
}

/** Indexes of devices that are none, or one too often. */
export const wrongDevices = (how: StrategyFaultKind): ReadonlyArray<number> => {
  switch (how) {
    case "throws":
      return thrown()
    case "nobody":
      return []
    case "stranger":
      return [99, -1]
    case "unfit":
      return [0, 0, 0, 0]
  }
}
