import type { WorkerId } from "../../model/index.ts"

/** Measurements within this ratio are of equal workers: two threads of one machine differ by so much by chance. */
export const alike = 1.25

/**
 * What workers were measured to be, without what is chance: one that is like another measured before has the speed of
 * that one. So no worker is preferred for having been measured in a better moment.
 */
export class MeasuredSpeeds {
  /** Some measurement of each level, by which others are judged; and who is on it. */
  readonly #levels: Array<{ readonly speed: number; readonly workers: Set<WorkerId> }> = []

  /** The speed to go by, for one that was just measured. */
  note(workerId: WorkerId, speed: number): number {
    this.forget(workerId)
    const near = this.#levels
      .filter((level) => Math.abs(Math.log(level.speed / speed)) <= Math.log(alike))
      .sort((a, b) => Math.abs(Math.log(a.speed / speed)) - Math.abs(Math.log(b.speed / speed)))[0]
    if (near !== undefined) {
      near.workers.add(workerId)
      return near.speed
    }
    this.#levels.push({ speed, workers: new Set([workerId]) })
    return speed
  }

  /** For a worker that left. */
  forget(workerId: WorkerId): void {
    for (const [at, { workers }] of this.#levels.entries()) {
      if (!workers.delete(workerId)) continue
      if (workers.size === 0) this.#levels.splice(at, 1)
      return
    }
  }
}
