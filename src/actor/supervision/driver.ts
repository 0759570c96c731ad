import { shutdown } from "../errors.ts"
import type { ActorSystem } from "../system/system.ts"
import type { Backoff } from "./backoff.ts"
import type { Directive } from "./policy.ts"
import type { Closing, Supervision, SupervisionCommand, SupervisionEvent } from "./state.ts"
import type { Supervised } from "./supervised.ts"
import { decide } from "./supervision.ts"

/** Whose children they are: what a driver cannot do by itself. */
export interface Keeper {
  at(id: string): Supervised | undefined
  /** Its restarts are told to the system already. */
  restarting?(id: string): void
  forget(id: string): void
  gaveUp(id: string, cause: unknown): void
  ready?(): void
  stopAll?(why: Closing): void
  closed(why: Closing): void
  /** An event, and all that followed from it, has been carried out. */
  settled?(): void
}

/** Gives events to `decide`, one after the other, and carries out the commands. */
export class Driver {
  readonly #system: ActorSystem
  readonly #keeper: Keeper
  readonly #events: Array<SupervisionEvent> = []
  readonly #backoffs = new Map<string, () => void>()
  #state: Supervision
  #deciding = false
  #retired = false

  constructor(system: ActorSystem, keeper: Keeper, state: Supervision) {
    this.#system = system
    this.#keeper = keeper
    this.#state = state
  }

  get state(): Supervision {
    return this.#state
  }

  /** Starts anew from this state; what is left of the life before concerns nobody any more. */
  begin(state: Supervision): void {
    this.#events.length = 0
    this.#state = state
    this.on({ _tag: "Begin" })
  }

  /** From now on nothing is decided. */
  retire(): void {
    this.#retired = true
    this.#callOffAll()
  }

  has(id: string): boolean {
    return this.#state.children.some(({ policy }) => policy.id === id)
  }

  startFailed(child: Supervised, id: string, cause: unknown): void {
    this.on({ _tag: "StartFailed", id, cause, directive: this.#directiveFor(child, cause) })
  }

  failed(child: Supervised, id: string, cause: unknown): void {
    const directive = this.#directiveFor(child, cause)
    const backoff = this.#backoffFor(child, cause)
    const counts = this.#counts(child, cause)
    this.on({ _tag: "Failed", id, cause, counts, directive, ...(backoff !== undefined && { backoff }) })
  }

  /** Events that arise while commands are carried out wait for their turn. */
  on(event: SupervisionEvent): void {
    this.#events.push(event)
    if (this.#deciding) return
    this.#deciding = true
    for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
      if (this.#retired) continue
      const [state, commands] = decide(this.#state, next, this.#system.now(), this.#system.random())
      this.#state = state
      for (const command of commands) this.#carryOut(command)
    }
    this.#deciding = false
    this.#keeper.settled?.()
  }

  #carryOut(command: SupervisionCommand): void {
    const keeper = this.#keeper
    switch (command._tag) {
      case "Start":
        return keeper.at(command.id)?.start()
      case "Resume":
        return keeper.at(command.id)?.resume?.()
      case "Halt":
        this.#callOff(command.id)
        return keeper.at(command.id)?.halt()
      case "Stop":
        this.#callOff(command.id)
        return keeper.at(command.id)?.stop(shutdown)
      case "Forget":
        this.#callOff(command.id)
        return keeper.forget(command.id)
      case "Wait": {
        const { id, ms } = command
        this.#callOff(id)
        const elapsed = (): void => {
          this.#backoffs.delete(id)
          this.on({ _tag: "BackoffElapsed", id })
        }
        this.#backoffs.set(id, this.#system.timers.after(ms, elapsed))
        return
      }
      case "Restarting": {
        const { id, cause, attempt, delay } = command
        keeper.restarting?.(id)
        return this.#system.restarted({ actor: keeper.at(id)?.path ?? id, cause, attempt, delay })
      }
      case "GivingUp":
        return keeper.gaveUp(command.id, command.cause)
      case "Ready":
        return keeper.ready?.()
      case "StopAll":
        this.#callOffAll()
        return keeper.stopAll?.(command.why)
      case "Closed":
        this.#callOffAll()
        return keeper.closed(command.why)
    }
  }

  #callOff(id: string): void {
    this.#backoffs.get(id)?.()
    this.#backoffs.delete(id)
  }

  #callOffAll(): void {
    for (const callOff of this.#backoffs.values()) callOff()
    this.#backoffs.clear()
  }

  // What a user's function throws must not decide about a child.

  #directiveFor(child: Supervised, cause: unknown): Directive {
    try {
      const directive = child.options.onFailure?.(cause) ?? "restart"
      return directive === "resume" && child.resume === undefined ? "restart" : directive
    } catch (thrown) {
      this.#system.listenerFailed(thrown)
      return "restart"
    }
  }

  #backoffFor({ options }: Supervised, cause: unknown): Backoff | undefined {
    try {
      return options.backoffFor?.(cause)
    } catch (thrown) {
      this.#system.listenerFailed(thrown)
      return undefined
    }
  }

  #counts({ options }: Supervised, cause: unknown): boolean {
    try {
      return options.counts?.(cause) ?? true
    } catch (thrown) {
      this.#system.listenerFailed(thrown)
      return true
    }
  }
}
