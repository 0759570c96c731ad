import { unmetEver } from "../../src/ledger/index.ts"
import type { TaskSpec, WorkerId } from "../../src/model/index.ts"
import type { Scene } from "./scene.ts"

/** Shapes of which the answer is kept. */
const kept = 1_024

/** Whether a task that finds no room now has somebody to wait for; and who has been given up on. */
export class Prospects {
  readonly #scene: Scene
  /** Workers whose supervisor has given up on them. */
  readonly #lost = new Set<WorkerId>()
  readonly #known = new Map<string, boolean>()

  constructor(scene: Scene) {
    this.#scene = scene
  }

  isLost(workerId: WorkerId): boolean {
    return this.#lost.has(workerId)
  }

  /** The worker will not come back. */
  lose(workerId: WorkerId): void {
    this.#lost.add(workerId)
    this.#known.clear()
  }

  /** It has come back after all, or another has come under its id. `false`: it was not lost. */
  regain(workerId: WorkerId): boolean {
    if (!this.#lost.delete(workerId)) return false
    this.#known.clear()
    return true
  }

  /** Somebody has joined or left. */
  meetWorkers(): void {
    this.#known.clear()
  }

  /** Whether a worker of the pool that is not given up on could take it when empty. */
  has({ requirements }: TaskSpec): boolean {
    const { shape } = requirements
    const known = this.#known.get(shape)
    if (known !== undefined) return known
    const has = this.#scene.view.workers.some(
      ({ spec }) => !this.#lost.has(spec.id) && unmetEver(requirements, spec).length === 0
    )
    if (this.#known.size >= kept) this.#known.clear()
    this.#known.set(shape, has)
    return has
  }

  /** Whether all that could take it are given up on, and there were some. */
  isStranded(task: TaskSpec): boolean {
    return this.#lost.size > 0 && !this.has(task)
  }
}
