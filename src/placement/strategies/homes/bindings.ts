import { Generations } from "../../../collections/index.ts"
import type { Millis, WorkerId } from "../../../model/index.ts"

export interface Binding {
  readonly workerId: WorkerId
  /** When it was made, and when its worker was last used. */
  readonly since: Millis
  readonly usedAt: Millis
}

export interface BindingsOptions {
  /** Time after which a binding no longer counts; see `renewed`. */
  readonly expiresAfter: Millis
  /** Whether the time begins anew with each use. */
  readonly renewed: boolean
  /** Keys remembered; of more, those not used lately are forgotten. */
  readonly maxKeys: number
}

/** Which worker each key is bound to. Looking changes nothing. */
export class Bindings {
  readonly #options: BindingsOptions
  readonly #bindings: Generations<string, Binding>

  constructor(options: BindingsOptions) {
    this.#options = options
    this.#bindings = new Generations(options.maxKeys)
  }

  /** `undefined`: not bound, or no longer. */
  of(key: string, now: Millis): Binding | undefined {
    const binding = this.#bindings.get(key)
    if (binding === undefined) return undefined
    const from = this.#options.renewed ? binding.usedAt : binding.since
    return now - from < this.#options.expiresAfter ? binding : undefined
  }

  /** The key's task has gone to this worker. */
  bind(key: string, workerId: WorkerId, now: Millis): void {
    const known = this.of(key, now)
    const since = known?.workerId === workerId ? known.since : now
    this.#bindings.set(key, { workerId, since, usedAt: now })
  }

  /** Keys kept, at most twice. */
  get size(): number {
    return this.#bindings.size
  }
}
