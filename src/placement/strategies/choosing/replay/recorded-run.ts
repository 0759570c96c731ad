import { BoundedRing } from "../../../../collections/index.ts"
import type { Millis, TaskSpec } from "../../../../model/index.ts"
import type { EndedRun } from "../../../strategy.ts"
import type { PlacementView } from "../../../view.ts"

/** A run as it was: when its task came, and how much there was to do. */
export interface RecordedRun {
  readonly task: TaskSpec
  readonly acceptedAt: Millis
  /** At speed 1. */
  readonly workMs: Millis
}

/** The latest runs, without their payloads. */
export class RunHistory {
  readonly #runs: BoundedRing<RecordedRun>

  constructor(limit: number) {
    this.#runs = new BoundedRing(limit)
  }

  get size(): number {
    return this.#runs.size
  }

  /** Those that failed took their time, too. */
  add({ task, workerId, ms, acceptedAt }: EndedRun, { times }: PlacementView, now: Millis): void {
    if (!(ms >= 0) || ms === Number.POSITIVE_INFINITY) return
    const speed = times?.speedOf(workerId, task.type) ?? 1
    this.#runs.push({
      task: { ...task, payload: undefined },
      acceptedAt: acceptedAt ?? now - ms,
      workMs: ms * (speed > 0 && speed < Number.POSITIVE_INFINITY ? speed : 1)
    })
  }

  /** In the order of acceptance. */
  inOrder(): ReadonlyArray<RecordedRun> {
    return [...this.#runs].toSorted((a, b) => a.acceptedAt - b.acceptedAt)
  }
}
