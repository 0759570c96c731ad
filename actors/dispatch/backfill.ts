import { fitsNow, goesBefore, maySlipIn, type TaskRecord, type WorkerRecord } from "../../src/ledger/index.ts"
import type { Millis } from "../../src/model/index.ts"
import type { Explanation } from "../../src/placement/index.ts"
import type { Explanations } from "./explanations.ts"
import type { Scene } from "./scene.ts"

/** Lets tasks begin on a worker that is kept free for another, where they do not delay it. */
export class Backfill {
  readonly #scene: Scene
  readonly #explanations: Explanations

  constructor(scene: Scene, explanations: Explanations) {
    this.#scene = scene
    this.#explanations = explanations
  }

  /** All that may, in order. One pass is enough: with each the room gets less. */
  behind(worker: WorkerRecord, now: Millis): void {
    const { ledger, listener } = this.#scene
    for (const task of this.#able(worker, now)) {
      if (!fitsNow(task.spec.requirements, worker) || this.#isDeclined(task, worker, now)) continue
      const explanation = this.#explain(task, worker, now)
      const placed = ledger.backfill(task.spec.id, worker.spec.id, now)
      if (!placed.ok) continue
      this.#explanations.remember(task.spec.id, explanation)
      listener.placed(task, placed.value)
    }
  }

  #able(worker: WorkerRecord, now: Millis): ReadonlyArray<TaskRecord> {
    const { passage, heldFor } = worker
    if (passage === undefined) return []
    const able: Array<TaskRecord> = []
    for (const task of this.#scene.ledger.ready(({ spec }) => fitsNow(spec.requirements, worker))) {
      if (task.spec.id !== heldFor && maySlipIn(task.spec, passage, now)) able.push(task)
    }
    return able.sort((a, b) => (goesBefore(a, b) ? -1 : 1))
  }

  #isDeclined({ spec }: TaskRecord, worker: WorkerRecord, now: Millis): boolean {
    const { patience, workers } = this.#scene.view
    return patience?.declines(spec, worker, workers, now) !== undefined
  }

  #explain({ spec }: TaskRecord, { spec: { id: workerId }, heldFor }: WorkerRecord, at: Millis): Explanation {
    return {
      taskId: spec.id,
      at,
      strategy: "backfill",
      via: [{ strategy: workerId, because: `kept free for task ${heldFor}, which this one does not delay` }],
      outcome: "chosen",
      workerId,
      workers: this.#scene.view.workers.length,
      complete: false,
      candidates: [{ workerId }],
      filtered: [],
      refused: [],
      tieRule: "the first in order",
      fault: undefined
    }
  }
}
