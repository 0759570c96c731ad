import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { Behaviour, UntypedHandlers } from "../behaviour.ts"
import type { Protocol } from "../protocol.ts"
import type { ActorRef, AnyRef, CellRef } from "../ref.ts"
import type { SpawnOptions } from "../spawn-options.ts"
import type { ActorSystem } from "../system/system.ts"
import type { Cell } from "./cell.ts"
import type { CellTimers } from "./cell-timers.ts"

/** Its methods are made when they are taken, so that a handler may take them apart: `(state, payload, { reply }) =>`. */
export class CellContext {
  readonly #cell: Cell

  constructor(cell: Cell) {
    this.#cell = cell
  }

  get self(): CellRef {
    return this.#cell.ref
  }

  get name(): string {
    return this.#cell.path
  }

  get system(): ActorSystem {
    return this.#cell.system
  }

  get timers(): CellTimers {
    return this.#cell.timers
  }

  get reply(): (reply: unknown) => void {
    return (reply) => this.#cell.reply(reply)
  }

  get replier(): () => (reply: unknown) => void {
    return () => this.#cell.replier()
  }

  get forward(): (ref: AnyRef, tag: string, payload?: unknown) => void {
    return (ref, tag, payload) => this.#cell.forward(ref.cell, tag, payload)
  }

  get stash(): () => void {
    return () => this.#cell.stash()
  }

  get unstashAll(): () => void {
    return () => this.#cell.unstashAll()
  }

  get become(): (handlers: UntypedHandlers) => void {
    return (handlers) => this.#cell.become(handlers)
  }

  get unbecome(): () => void {
    return () => this.#cell.become(undefined)
  }

  get remaining(): () => number {
    return () => this.#cell.remaining
  }

  get now(): () => number {
    return () => this.#cell.system.now()
  }

  get random(): () => number {
    return () => this.#cell.system.random()
  }

  get watch(): (ref: AnyRef) => void {
    return (ref) => this.#cell.watch.watch(ref.cell, false)
  }

  get link(): (ref: AnyRef) => void {
    return (ref) => this.#cell.watch.watch(ref.cell, true)
  }

  get unwatch(): (ref: AnyRef) => void {
    return (ref) => this.#cell.watch.unwatch(ref.cell)
  }

  get spawn(): <P extends Protocol>(behaviour: Behaviour<P>, options?: SpawnOptions) => ActorRef<P> {
    return (behaviour, options) => this.#cell.children.spawn(behaviour, options)
  }

  get stop(): () => void {
    return () => this.#cell.stopItself()
  }

  get fork(): (effect: Effect.Effect<unknown, unknown>) => void {
    return (effect) => this.#cell.fork(effect)
  }

  get pipeToSelf(): Pipes["pipeToSelf"] {
    return (effect, message) => {
      const send = (exit: Exit.Exit<unknown, unknown>): void => {
        const [tag, payload] = message(exit)
        this.self.tell(tag, payload)
      }
      this.#cell.fork(Effect.onExit(effect, (exit) => Effect.sync(() => Exit.hasInterrupts(exit) || send(exit))))
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
