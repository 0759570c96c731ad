import type { SpawnOptions } from "./cell.ts"
import { type ExitReason, failed, RestartIntensityExceeded } from "./errors.ts"
import type { Parent, Supervised } from "./supervised.ts"
import { adopted, decide, type Supervision, type SupervisionEvent } from "./supervision.ts"
import type { ActorSystem } from "./system.ts"

/** Supervises one spawned actor on its own account: its failures concern no sibling. */
export class LoneSupervisor implements Parent {
  readonly #system: ActorSystem
  readonly #name: string
  readonly #options: SpawnOptions
  readonly #onEnd: () => void
  #state: Supervision | undefined
  #retired = false

  constructor(system: ActorSystem, name: string, options: SpawnOptions, onEnd: () => void) {
    this.#system = system
    this.#name = name
    this.#options = options
    this.#onEnd = onEnd
  }

  /** From now on nothing is restarted. */
  retire(): void {
    this.#retired = true
  }

  started(child: Supervised): void {
    if (this.#state !== undefined) this.#decide(child, { _tag: "Started", id: this.#name })
  }

  startFailed(child: Supervised, cause: unknown): void {
    if (this.#state === undefined) return child.stop(failed(cause))
    this.#decide(child, { _tag: "StartFailed", id: this.#name, cause })
  }

  failed(child: Supervised, cause: unknown): void {
    this.#decide(child, { _tag: "Failed", id: this.#name, cause, counts: true })
  }

  stopped(child: Supervised, reason: ExitReason): void {
    const again = this.#options.restart === "permanent" && reason._tag === "Normal" && !this.#retired
    if (again) this.#decide(child, { _tag: "Ended", id: this.#name, cause: "it stopped by itself" })
    else this.#onEnd()
  }

  #decide(child: Supervised, event: SupervisionEvent): void {
    if (this.#retired) return
    const { restart = "transient", maxRestarts = 3, window = 5_000, backoff } = this.#options
    const now = this.#system.now()
    const policy = { strategy: "one-for-one", maxRestarts, window } as const
    this.#state ??= adopted(policy, { id: this.#name, restart, backoff }, now)
    const [state, commands] = decide(this.#state, event, now, this.#system.random())
    this.#state = state
    for (const command of commands) {
      switch (command._tag) {
        case "Start":
          child.start()
          break
        case "Stop":
          child.stop(failed(this.#reason(event)))
          break
        case "Wait":
          this.#system.timers.after(command.ms, () => this.#decide(child, { _tag: "BackoffElapsed", id: this.#name }))
          break
        case "Restarting":
          this.#system.restarted({
            actor: this.#name,
            cause: command.cause,
            attempt: command.attempt,
            delay: command.delay
          })
          break
        case "Closed":
          child.stop(failed(this.#reason(event)))
          break
      }
    }
  }

  #reason(event: SupervisionEvent): unknown {
    const cause = event._tag === "Failed" || event._tag === "StartFailed" ? event.cause : undefined
    const { restart = "transient", maxRestarts = 3, window = 5_000 } = this.#options
    if (restart === "temporary") return cause
    return new RestartIntensityExceeded({ supervisor: "its parent", child: this.#name, maxRestarts, window, cause })
  }
}
