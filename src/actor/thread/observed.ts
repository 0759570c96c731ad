import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { UntypedDefinition, UntypedHandlers } from "../behaviour.ts"
import type { CellContext } from "../cell/cell-context.ts"
import { type CarriedAsking, type CarriedTerms, carriedIn, CarriedAsking as Question } from "./carried.ts"
import type { Slots } from "./slots.ts"

type Carried = CarriedTerms | CarriedAsking

/** The handlers of an actor, seen to: of each message from the main thread it is noted when it is begun and when it is over. */
export class Observed {
  readonly #slots: Slots
  readonly #onOver: () => void
  readonly #seenThrough = new WeakMap<CellContext, CellContext>()

  /** `onOver`: the state of a slot has changed for good. */
  constructor(slots: Slots, onOver: () => void) {
    this.#slots = slots
    this.#onOver = onOver
  }

  handlers(handlers: UntypedHandlers): UntypedHandlers {
    const observed: Record<string, UntypedHandlers[string]> = Object.create(null)
    for (const [tag, handler] of Object.entries(handlers)) {
      if (handler === undefined) continue
      observed[tag] = (state: unknown, payload: unknown, context: CellContext) =>
        this.#watch(context, (seen) => handler(state, payload, seen))
    }
    return observed
  }

  otherwise(otherwise: NonNullable<UntypedDefinition["otherwise"]>): NonNullable<UntypedDefinition["otherwise"]> {
    return (state: unknown, tag: string, payload: unknown, context: CellContext) =>
      this.#watch(context, (seen) => otherwise(state, tag, payload, seen))
  }

  #watch(context: CellContext, handle: (context: CellContext) => unknown): unknown {
    const { cell } = context.self
    const { instance } = cell
    const carried = instance && carriedIn(instance.postmark)
    const seen = this.#through(context)
    if (carried === undefined) return handle(seen)
    this.#slots.set(carried.slot, "handling")
    const outcome = handle(seen)
    if (!Effect.isEffect(outcome)) {
      this.#over(context, carried)
      return outcome
    }
    return Effect.onExit(outcome, (exit) =>
      Effect.sync(() => {
        if (Exit.isSuccess(exit) || isGivenUp(carried, exit.cause)) this.#over(context, carried)
      })
    )
  }

  /** Where it is no longer before the actor, it was put aside, or another answers it. */
  #over({ self: { cell } }: CellContext, carried: Carried): void {
    const isForwarded = carried instanceof Question && (carried.isSettled || carried.target !== cell)
    const isAside = cell.instance?.tag === undefined && !isForwarded
    this.#slots.set(carried.slot, isAside ? "aside" : "over")
    this.#onOver()
  }

  /** Handlers that take the place of others are seen to as well. */
  #through(context: CellContext): CellContext {
    const known = this.#seenThrough.get(context)
    if (known !== undefined) return known
    const become = (handlers: UntypedHandlers): void => context.become(this.handlers(handlers))
    const seen = new Proxy(context, {
      get: (target, key) => (key === "become" ? become : Reflect.get(target, key, target))
    })
    this.#seenThrough.set(context, seen)
    return seen
  }
}

const isGivenUp = (carried: Carried, cause: Cause.Cause<unknown>): boolean =>
  carried instanceof Question && carried.isSettled && !carried.isAnswered && Cause.hasInterruptsOnly(cause)
