import type * as Effect from "effect/Effect"
import type { Behaviour } from "../behaviour.ts"
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

  get now(): () => number {
    return () => this.#cell.system.now()
  }

  get random(): () => number {
    return () => this.#cell.system.random()
  }

  get watch(): (ref: AnyRef) => void {
    return (ref) => this.#cell.watch.watch(ref.cell)
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
}
