import type { Millis, TaskId, TaskSpec, WorkerSpec } from "../../model/index.ts"
import { PoolSize } from "./pool-size.ts"

/**
 * How long the whole pool needs for what waits, as far as that declares how long it takes, and the most that was since the
 * queue was last empty.
 */
export class Burst {
  readonly #areas = new Map<TaskId, Millis>()
  #pool = new PoolSize()
  #sum = 0
  #most = 0
  #mostBefore = 0

  /** The most there is once this task waits too; what the burst before came to tells what this one may become. */
  mostWith(task: TaskSpec): Millis {
    return Math.max(this.#mostBefore, this.#most, this.#sum + this.#areaOf(task))
  }

  entered(task: TaskSpec): void {
    const area = this.#areaOf(task)
    this.#areas.set(task.id, area)
    this.#sum += area
    this.#most = Math.max(this.#most, this.#sum)
  }

  left({ id }: TaskSpec): void {
    this.#sum -= this.#areas.get(id) ?? 0
    this.#areas.delete(id)
    if (this.#areas.size > 0) return
    // Sums of fractions drift; with none left there is nothing.
    this.#sum = 0
    this.#mostBefore = this.#most
    this.#most = 0
  }

  poolChanged(workers: Iterable<WorkerSpec>): void {
    this.#pool = new PoolSize(workers)
  }

  #areaOf({ expectedDuration = 0, requirements }: TaskSpec): Millis {
    return expectedDuration * this.#pool.dominantShare(requirements)
  }
}
