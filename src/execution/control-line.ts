import type { Endpoint, Remote } from "comlink"
import { releaseProxy, wrap } from "comlink"
import type { WorkerControl } from "./worker/protocol.ts"

/**
 * Comlink behind a death watch: by itself it never settles a call whose worker has died. Holds the root proxy for as
 * long as the worker lives, since Comlink makes a thread deaf once its last proxy is collected.
 */
export class ControlLine {
  readonly #remote: Remote<WorkerControl>
  readonly #pending = new Set<(error: Error) => void>()
  #death: Error | undefined

  constructor(endpoint: Endpoint) {
    this.#remote = wrap<WorkerControl>(endpoint)
  }

  /** Rejects when the worker ends before it has answered. */
  call<Answer>(ask: (remote: Remote<WorkerControl>) => Promise<Answer>): Promise<Answer> {
    if (this.#death !== undefined) return Promise.reject(this.#death)
    return new Promise((resolve, reject) => {
      this.#pending.add(reject)
      const done = (): boolean => this.#pending.delete(reject)
      ask(this.#remote).finally(done).then(resolve, reject)
    })
  }

  /** A call whose answer nobody waits for. */
  cast(tell: (remote: Remote<WorkerControl>) => Promise<void>): void {
    this.call(tell).catch(() => {})
  }

  /** The worker has ended: every call that waits is settled. */
  died(error: Error): void {
    this.#death = error
    for (const reject of this.#pending) reject(error)
    this.#pending.clear()
    this.#remote[releaseProxy]()
  }
}
