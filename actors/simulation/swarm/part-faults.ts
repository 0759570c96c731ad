import * as Effect from "effect/Effect"
import type { Inspected } from "../../../src/actor/index.ts"
import type { Simulation } from "../simulation.ts"
import type { ActionOf } from "./action.ts"

const actorsIn = (node: Inspected): ReadonlyArray<string> =>
  node.kind === "supervisor" ? node.children.flatMap(actorsIn) : [node.name]

/** The parts that the ring of tasks goes on without: each may fail at any moment. In start order. */
const besideTheRing = (tree: ReadonlyArray<Inspected>): ReadonlyArray<string> =>
  tree.flatMap(actorsIn).filter((path) => path !== "ballast/coordinator" && !path.startsWith("ballast/workers/"))

/** Has the parts beside the ring fail: in a handler of theirs, before it has done anything or after. */
export class PartFaults {
  readonly #simulation: Simulation
  readonly #mends = new Map<string, () => void>()

  constructor(simulation: Simulation) {
    this.#simulation = simulation
  }

  get parts(): ReadonlyArray<string> {
    return besideTheRing(this.#simulation.runtime.system.inspect().tree)
  }

  /** Those that do not run now: they are between two starts. */
  get down(): ReadonlyArray<string> {
    const { system } = this.#simulation.runtime
    return this.parts.filter((path) => system.find(path)?.cell.status !== "running")
  }

  /** In the message that comes after so many; of two that are set for one part the first counts. */
  once(path: string, { skip, after, times }: ActionOf<"KillPart">): void {
    const handlers = this.#simulation.runtime.system.find(path)?.cell.behaviour.definition.handlers
    if (handlers === undefined || this.#mends.has(path)) return
    const originals = Object.entries(handlers)
    const mend = (): void => {
      this.#mends.delete(path)
      for (const [tag, handler] of originals) define(handlers, tag, handler)
    }
    this.#mends.set(path, mend)
    let left = skip
    for (const [tag, handler] of originals) {
      if (handler === undefined) continue
      define(handlers, tag, (state: unknown, payload: unknown, context: unknown) => {
        left -= 1
        if (left >= 0) return handler(state, payload, context)
        mend()
        this.#again(path, times - 1)
        const fault = new Error(`a fault of ${path} in ${tag}`)
        const outcome = after ? handler(state, payload, context) : undefined
        if (Effect.isEffect(outcome)) return Effect.andThen(outcome, Effect.die(fault))
        throw fault
      })
    }
  }

  /** It fails by itself, whatever it is at. */
  fail(path: string): void {
    const cell = this.#simulation.runtime.system.find(path)?.cell
    if (cell?.status === "running") cell.instance?.fail(new Error(`a fault of ${path} by itself`))
  }

  /** As soon as it is there again it fails again: often enough, and its supervisor gives up. */
  #again(path: string, times: number): void {
    if (times <= 0) return
    this.#simulation.time.after(1, () => {
      this.fail(path)
      this.#again(path, times - 1)
    })
  }

  mend(): void {
    for (const mend of [...this.#mends.values()]) mend()
  }
}

const define = (handlers: object, tag: string, value: unknown): void => {
  Object.defineProperty(handlers, tag, { value, configurable: true, enumerable: true, writable: true })
}
