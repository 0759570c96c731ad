import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import type { Behaviour, UntypedHandlers } from "../behaviour.ts"
import type { Protocol } from "../protocol.ts"
import type { ActorRef, AnyRef, Ref } from "../ref.ts"
import type { SpawnOptions } from "../spawn-options.ts"
import type { ActorSystem } from "../system/system.ts"
import type { CellTimers } from "./cell-timers.ts"
import type { Instance } from "./instance.ts"

/** Its methods are made when they are taken, so that a handler may take them apart: `(state, payload, { reply }) =>`. */
export class CellContext {
  readonly #instance: Instance

  constructor(instance: Instance) {
    this.#instance = instance
  }

  get self(): Ref {
    return this.#instance.cell.ref
  }

  get name(): string {
    return this.#instance.cell.path
  }

  get system(): ActorSystem {
    return this.#instance.cell.system
  }

  get timers(): CellTimers {
    return this.#instance.timers
  }

  get reply(): (reply: unknown) => void {
    return (reply) => this.#instance.reply(reply)
  }

  get replier(): () => (reply: unknown) => void {
    return () => this.#instance.replier()
  }

  get forward(): (ref: AnyRef, tag: string, payload?: unknown) => void {
    return (ref, tag, payload) => this.#instance.forward(ref.cell, tag, payload)
  }

  get stash(): () => void {
    return () => this.#instance.stash()
  }

  get unstashAll(): () => void {
    return () => this.#instance.unstashAll()
  }

  get become(): (handlers: UntypedHandlers) => void {
    return (handlers) => this.#instance.become(handlers)
  }

  get unbecome(): () => void {
    return () => this.#instance.become(undefined)
  }

  get remaining(): () => number {
    return () => this.#instance.remaining
  }

  get now(): () => number {
    return () => this.#instance.cell.system.now()
  }

  get random(): () => number {
    return () => this.#instance.cell.system.random()
  }

  get watch(): (ref: AnyRef) => void {
    return (ref) => this.#instance.cell.watch.watch(ref.cell, false)
  }

  get link(): (ref: AnyRef) => void {
    return (ref) => this.#instance.cell.watch.watch(ref.cell, true)
  }

  get unwatch(): (ref: AnyRef) => void {
    return (ref) => this.#instance.cell.watch.unwatch(ref.cell)
  }

  get spawn(): <P extends Protocol>(behaviour: Behaviour<P>, options?: SpawnOptions<NoInfer<P>>) => ActorRef<P> {
    return (behaviour, options) => this.#instance.cell.children.spawn(behaviour, options)
  }

  get stop(): () => void {
    return () => this.#instance.cell.leave()
  }

  get fork(): (effect: Effect.Effect<unknown, unknown>) => void {
    return (effect) => this.#instance.fork(effect)
  }

  get pipeToSelf(): Pipes["pipeToSelf"] {
    return (effect, message) => {
      const { self } = this
      const send = (exit: Exit.Exit<unknown, unknown>): Effect.Effect<unknown, unknown> => {
        const [tag, payload] = message(exit)
        return self.cell.isAccepting ? self.tellWhenReady(tag, payload) : Effect.sync(() => self.tell(tag, payload))
      }
      this.#instance.fork(Effect.flatMap(Effect.exit(effect), send))
    }
  }
}

/** Compared bivariantly: which messages there are, the protocol says and not this. */
interface Pipes {
  pipeToSelf(
    effect: Effect.Effect<unknown, unknown>,
    message: (exit: Exit.Exit<unknown, unknown>) => readonly [tag: string, payload?: unknown]
  ): void
}
