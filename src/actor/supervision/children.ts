import type { Behaviour } from "../behaviour.ts"
import { Cell } from "../cell/cell.ts"
import { ChildRefused, type ExitReason, failed, NameTaken, shutdown } from "../errors.ts"
import type { Protocol } from "../protocol.ts"
import type { ActorRef } from "../ref.ts"
import type { SpawnOptions } from "../spawn-options.ts"
import type { ActorSystem } from "../system/system.ts"
import { LoneSupervisor } from "./lone-supervisor.ts"
import type { Parent } from "./supervised.ts"

/** The actors spawned under one parent, each restarted on its own account, all stopped with the parent. */
export class Children implements Parent {
  readonly #system: ActorSystem
  readonly #path: string
  readonly #cells = new Map<string, Cell>()
  /** Of those alone that have failed so far. */
  readonly #supervisors = new Map<Cell, LoneSupervisor>()
  #serial = 0
  #closed = false
  #whenEmpty: Array<() => void> = []

  constructor(system: ActorSystem, path: string) {
    this.#system = system
    this.#path = path
  }

  get cells(): ReadonlyArray<Cell> {
    return [...this.#cells.values()]
  }

  /** Throws `NameTaken` where a sibling of that name has not fully stopped, `ChildRefused` where the parent stops. */
  spawn<P extends Protocol>(behaviour: Behaviour<P>, options: SpawnOptions = {}): ActorRef<P> {
    this.#serial += 1
    const name = options.name ?? `${behaviour.name}-${this.#serial}`
    if (this.#closed) throw new ChildRefused({ child: name, why: "its parent is stopping or has stopped" })
    const path = this.#pathOf(name)
    if (this.#cells.has(path)) throw new NameTaken({ name })
    const cell = new Cell(this.#system, behaviour, path, this, options)
    this.#cells.set(path, cell)
    cell.start()
    return cell.ref
  }

  /** The actor of that name, until it has fully stopped. */
  find(name: string): Cell | undefined {
    return this.#cells.get(this.#pathOf(name))
  }

  /** Stops all of them, at once; `done` when the last has ended. None is spawned from here on, until `open`. */
  stopAll(done: () => void, reason: ExitReason = shutdown): void {
    this.#closed = true
    if (this.#cells.size === 0) return done()
    this.#whenEmpty.push(done)
    for (const supervisor of this.#supervisors.values()) supervisor.retire()
    for (const cell of this.cells) cell.stop(reason)
  }

  /** The parent starts anew. */
  open(): void {
    this.#closed = false
  }

  // As a parent

  started(cell: Cell): void {
    this.#supervisors.get(cell)?.on({ _tag: "Started" })
  }

  startFailed(cell: Cell, cause: unknown): void {
    const supervisor = this.#supervisors.get(cell)
    if (supervisor === undefined) cell.stop(failed(cause))
    else supervisor.on({ _tag: "StartFailed", cause })
  }

  failed(cell: Cell, cause: unknown): void {
    this.#supervisorOf(cell).on({ _tag: "Failed", cause })
  }

  keeps(cell: Cell): boolean {
    return !this.#closed && cell.options.restart === "permanent"
  }

  suspended(cell: Cell): void {
    this.#supervisorOf(cell).on({ _tag: "Suspended", cause: "it stopped by itself" })
  }

  stopped(cell: Cell): void {
    this.#cells.delete(cell.path)
    this.#supervisors.get(cell)?.retire()
    this.#supervisors.delete(cell)
    if (this.#cells.size > 0) return
    for (const done of this.#whenEmpty.splice(0)) done()
  }

  #supervisorOf(cell: Cell): LoneSupervisor {
    const known = this.#supervisors.get(cell)
    if (known !== undefined) return known
    const made = new LoneSupervisor(this.#system, cell, cell.path, cell.options)
    this.#supervisors.set(cell, made)
    return made
  }

  #pathOf(name: string): string {
    return this.#path === "" ? name : `${this.#path}/${name}`
  }
}
