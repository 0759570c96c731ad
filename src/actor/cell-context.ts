import type * as Effect from "effect/Effect"
import type { Behaviour } from "./behaviour.ts"
import type { Cell, SpawnOptions } from "./cell.ts"
import type { CellTimers } from "./cell-timers.ts"
import type { Protocol } from "./protocol.ts"
import type { ActorRef, AnyRef, CellRef } from "./ref.ts"
import type { ActorSystem } from "./system.ts"

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

  reply(reply: unknown): void {
    this.#cell.reply(reply)
  }

  replier(): (reply: unknown) => void {
    return this.#cell.replier()
  }

  now(): number {
    return this.#cell.system.now()
  }

  random(): number {
    return this.#cell.system.random()
  }

  watch(ref: AnyRef): void {
    this.#cell.watch(ref.cell)
  }

  unwatch(ref: AnyRef): void {
    this.#cell.unwatch(ref.cell)
  }

  spawn<P extends Protocol>(behaviour: Behaviour<P>, options?: SpawnOptions): ActorRef<P> {
    return this.#cell.children.spawn(behaviour, options)
  }

  stop(): void {
    this.#cell.stopItself()
  }

  fork(effect: Effect.Effect<unknown, unknown>): void {
    this.#cell.fork(effect)
  }
}
