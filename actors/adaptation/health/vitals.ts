import type { Heartbeat } from "../../../src/execution/index.ts"
import type { HealthView, WorkerId } from "../../../src/model/index.ts"

/** How each worker is: its latest heartbeat and health score. The health monitor writes, everybody reads. */
export class Vitals implements HealthView {
  readonly #scores = new Map<WorkerId, number>()
  readonly #beats = new Map<WorkerId, Heartbeat>()
  readonly #onJudged: (workerId: WorkerId) => void

  /** `onJudged`: told each time that a worker's score is another. */
  constructor(onJudged: (workerId: WorkerId) => void = () => {}) {
    this.#onJudged = onJudged
  }

  /** 0–1; 1 until it was judged. */
  of(workerId: WorkerId): number {
    return this.#scores.get(workerId) ?? 1
  }

  /** Its latest heartbeat. */
  beat(workerId: WorkerId): Heartbeat | undefined {
    return this.#beats.get(workerId)
  }

  judge(workerId: WorkerId, score: number): void {
    const before = this.of(workerId)
    this.#scores.set(workerId, score)
    if (before !== score) this.#onJudged(workerId)
  }

  hear(workerId: WorkerId, beat: Heartbeat): void {
    this.#beats.set(workerId, beat)
  }

  /** Its thread is gone, and what was known of it. */
  reset(workerId: WorkerId): void {
    this.#beats.delete(workerId)
    if (this.#scores.delete(workerId)) this.#onJudged(workerId)
  }
}
