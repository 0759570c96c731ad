import * as Schema from "effect/Schema"
import type { Strategy, StrategyMemory } from "../../strategy.ts"
import type { Bandit } from "./bandit.ts"

const Quantity = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

const State = Schema.Struct({
  turn: Natural,
  arm: Natural,
  left: Natural,
  choices: Quantity,
  explored: Quantity,
  seen: Schema.Array(Schema.Struct({ count: Quantity, mean: Schema.Finite, squares: Quantity }))
})

const Memory = Schema.Struct({
  /** Whom it chose among: with others, or in another order, what was seen says nothing. */
  strategies: Schema.Array(Schema.String),
  all: State,
  contexts: Schema.Array(Schema.Struct({ context: Schema.String, own: State }))
})

const decode = Schema.decodeUnknownSync(Memory)

/** What `learned` has found out, kept as data. `banditOf`: of a context, made where there is none. */
export const learnedMemory = (
  strategies: ReadonlyArray<Strategy>,
  all: Bandit,
  contexts: ReadonlyMap<string, { readonly own: Bandit }>,
  banditOf: (context: string) => Bandit
): StrategyMemory => {
  const ids = strategies.map(({ id }) => id)
  return {
    save: () => ({
      strategies: ids,
      all: all.state,
      contexts: [...contexts].map(([context, { own }]) => ({ context, own: own.state }))
    }),
    load: (data) => {
      const memory = decode(data)
      const { length } = ids
      const states = [memory.all, ...memory.contexts.map(({ own }) => own)]
      const fits = states.every(({ seen, arm }) => seen.length === length && arm < length)
      if (!fits || memory.strategies.join() !== ids.join()) throw new Error("it chose among other strategies")
      all.restore(memory.all)
      for (const { context, own } of memory.contexts) banditOf(context).restore(own)
    }
  }
}
