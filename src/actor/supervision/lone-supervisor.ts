import { failed, RestartIntensityExceeded } from "../errors.ts"
import type { SpawnOptions } from "../spawn-options.ts"
import type { ActorSystem } from "../system/system.ts"
import type { Supervised } from "./supervised.ts"
import { adopted, decide, type Supervision, type SupervisionEvent } from "./supervision.ts"

type Happened =
  | { readonly _tag: "Started" }
  | { readonly _tag: "BackoffElapsed" }
  | { readonly _tag: "StartFailed"; readonly cause: unknown }
  | { readonly _tag: "Failed"; readonly cause: unknown }
  | { readonly _tag: "Suspended"; readonly cause: unknown }

/** Decides about the restarts of one spawned actor on its own account: its failures concern no sibling. */
export class LoneSupervisor {
  readonly #system: ActorSystem
  readonly #child: Supervised
  readonly #path: string
  readonly #options: SpawnOptions
  #state: Supervision
  #cancelWait: (() => void) | undefined
  #retired = false

  /** Made at the first failure of an actor that has been up so far. */
  constructor(system: ActorSystem, child: Supervised, path: string, options: SpawnOptions) {
    this.#system = system
    this.#child = child
    this.#path = path
    this.#options = options
    const { restart = "transient", maxRestarts = 3, window = 5_000, backoff } = options
    this.#state = adopted(
      { strategy: "one-for-one", maxRestarts, window },
      { id: path, restart, backoff },
      system.now()
    )
  }

  /** From now on nothing is restarted. */
  retire(): void {
    this.#retired = true
    this.#cancelWait?.()
  }

  on(happened: Happened): void {
    if (this.#retired) return
    const event = this.#eventOf(happened)
    const [state, commands] = decide(this.#state, event, this.#system.now(), this.#system.random())
    this.#state = state
    const cause = "cause" in happened ? happened.cause : undefined
    for (const command of commands) {
      switch (command._tag) {
        case "Start":
          this.#child.start()
          break
        case "Wait":
          this.#cancelWait = this.#system.timers.after(command.ms, () => this.on({ _tag: "BackoffElapsed" }))
          break
        case "Restarting": {
          const { attempt, delay } = command
          this.#system.restarted({ actor: this.#path, cause: command.cause, attempt, delay })
          break
        }
        case "Stop":
          this.#child.stop(failed(this.#options.restart === "temporary" ? cause : this.#gaveUp(cause)))
          break
      }
    }
  }

  #eventOf(happened: Happened): SupervisionEvent {
    const id = this.#path
    return happened._tag === "Failed" ? { ...happened, id, counts: true } : { ...happened, id }
  }

  #gaveUp(cause: unknown): RestartIntensityExceeded {
    const { maxRestarts = 3, window = 5_000 } = this.#options
    return new RestartIntensityExceeded({ supervisor: "its parent", child: this.#path, maxRestarts, window, cause })
  }
}
