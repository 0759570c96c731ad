import type { Behaviour } from "./behaviour.ts"
import { Cell, type SpawnOptions } from "./cell.ts"
import { type ExitReason, NameTaken, shutdown } from "./errors.ts"
import { LoneSupervisor } from "./lone-supervisor.ts"
import type { Protocol } from "./protocol.ts"
import type { ActorRef } from "./ref.ts"
import type { ActorSystem } from "./system.ts"

/** The actors spawned under one parent, each restarted on its own account, all stopped with the parent. */
export class Children {
  readonly #system: ActorSystem
  readonly #path: string
  readonly #cells = new Map<string, { readonly cell: Cell; readonly supervisor: LoneSupervisor }>()
  #serial = 0
  #whenEmpty: (() => void) | undefined

  constructor(system: ActorSystem, path: string) {
    this.#system = system
    this.#path = path
  }

  get cells(): ReadonlyArray<Cell> {
    return [...this.#cells.values()].map(({ cell }) => cell)
  }

  /** Throws `NameTaken` where a sibling of that name has not fully stopped. */
  spawn<P extends Protocol>(behaviour: Behaviour<P>, options: SpawnOptions = {}): ActorRef<P> {
    this.#serial += 1
    const name = options.name ?? `${behaviour.name}-${this.#serial}`
    if (this.#cells.has(name)) throw new NameTaken({ name })
    const supervisor = new LoneSupervisor(this.#system, name, options, () => this.#ended(name))
    const cell = new Cell(
      this.#system,
      behaviour,
      this.#path === "" ? name : `${this.#path}/${name}`,
      supervisor,
      options
    )
    this.#cells.set(name, { cell, supervisor })
    cell.start()
    return cell.ref
  }

  /** The actor of that name, until it has fully stopped. */
  find(name: string): Cell | undefined {
    return this.#cells.get(name)?.cell
  }

  /** Stops all of them, at once; `done` when the last has ended. */
  stopAll(done: () => void, reason: ExitReason = shutdown): void {
    if (this.#cells.size === 0) return done()
    this.#whenEmpty = done
    for (const { cell, supervisor } of [...this.#cells.values()]) {
      supervisor.retire()
      cell.stop(reason)
    }
  }

  #ended(name: string): void {
    this.#cells.delete(name)
    if (this.#cells.size > 0) return
    const done = this.#whenEmpty
    this.#whenEmpty = undefined
    done?.()
  }
}
