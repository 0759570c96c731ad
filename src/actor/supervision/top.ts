import * as Effect from "effect/Effect"
import { describeExit, type ExitReason, failed, StartFailed, shutdown } from "../errors.ts"
import type { ActorSystem } from "../system/system.ts"
import { DynamicSupervisor } from "./dynamic-supervisor.ts"
import type { ShutdownReport } from "./shutdown-report.ts"
import { type DynamicSpec, isDynamic, type SupervisorSpec } from "./spec.ts"
import type { Parent, Supervised } from "./supervised.ts"
import { Supervisor } from "./supervisor.ts"

/** A supervisor started at the top of a system. */
export interface TopSupervisor<S = Supervisor> {
  readonly supervisor: S
  /** Stops it and all below: in reverse start order, or a dynamic one's children at once. Idempotent. */
  readonly stop: Effect.Effect<ShutdownReport>
  /** Succeeds with the reason once it has ended: because it was stopped, stopped by itself, or failed. */
  readonly ended: Effect.Effect<ExitReason>
}

/** The parent of a supervisor at the top: it restarts nothing. */
export class Top<S extends Supervisor | DynamicSupervisor> implements Parent {
  readonly supervisor: S
  readonly face: TopSupervisor<S>
  readonly #onEnd: () => void
  readonly #waiting: Array<(reason: ExitReason) => void> = []
  #onStart: (error: StartFailed | undefined) => void = () => {}
  #reason: ExitReason | undefined

  constructor(make: (parent: Parent) => S, onEnd: () => void) {
    this.supervisor = make(this)
    this.#onEnd = onEnd
    const ended = Effect.callback<ExitReason>((resume) => {
      if (this.#reason !== undefined) resume(Effect.succeed(this.#reason))
      else this.#waiting.push((reason) => resume(Effect.succeed(reason)))
    })
    const ask = Effect.sync(() => {
      if (this.#reason === undefined) this.supervisor.stop(shutdown)
    })
    this.face = {
      supervisor: this.supervisor,
      ended,
      stop: Effect.andThen(ask, ended).pipe(Effect.map(() => this.supervisor.report))
    }
  }

  static of(system: ActorSystem, spec: SupervisorSpec, onEnd: () => void): Top<Supervisor>
  static of(system: ActorSystem, spec: DynamicSpec, onEnd: () => void): Top<DynamicSupervisor>
  static of(system: ActorSystem, spec: SupervisorSpec | DynamicSpec, onEnd: () => void): AnyTop
  static of(system: ActorSystem, spec: SupervisorSpec | DynamicSpec, onEnd: () => void): AnyTop {
    if (isDynamic(spec)) {
      return new Top((parent) => new DynamicSupervisor(system, spec.name, spec, parent), onEnd)
    }
    return new Top((parent) => new Supervisor(system, spec.name, spec, parent), onEnd)
  }

  /** Starts it; it ends with the first child that does not start. Interrupting that stops what has started. */
  get begin(): Effect.Effect<TopSupervisor<S>, StartFailed> {
    return Effect.callback((resume) => {
      this.#onStart = (error) => resume(error === undefined ? Effect.succeed(this.face) : Effect.fail(error))
      this.supervisor.start()
      return Effect.asVoid(this.face.stop)
    })
  }

  // As a parent

  started(): void {
    this.#onStart(undefined)
    this.#onStart = () => {}
  }

  startFailed(_child: Supervised, cause: unknown): void {
    const error = cause instanceof StartFailed ? cause : new StartFailed({ child: this.supervisor.path, cause })
    this.#end(failed(error), error)
  }

  failed(_child: Supervised, cause: unknown): void {
    this.#end(failed(cause), new StartFailed({ child: this.supervisor.path, cause }))
  }

  keeps(): boolean {
    return false
  }

  suspended(): void {
    // Nobody halts a supervisor at the top.
  }

  stopped(_child: Supervised, reason: ExitReason): void {
    this.#end(reason, new StartFailed({ child: this.supervisor.path, cause: describeExit(reason) }))
  }

  /** `error` is for whoever still waits for the start. */
  #end(reason: ExitReason, error: StartFailed): void {
    this.#reason = reason
    this.#onEnd()
    this.#onStart(error)
    for (const wake of this.#waiting.splice(0)) wake(reason)
  }
}

export type AnyTop = Top<Supervisor> | Top<DynamicSupervisor>
