import { drawAt } from "../../../hashing/index.ts"
import type { SeekStrategy } from "../../strategy.ts"
import { FittingDraws } from "./fitting-draws.ts"

export interface RandomOptions {
  /** The same seed makes the same choices. Default 0. */
  readonly seed?: number
}

/**
 * Random: any of the workers that fit, each with the same chance.
 *
 * Formula: workers are drawn without repetition until one fits; where few of many do, one of all that fit is drawn.
 * Source: `random` among the strategies of S1. Ties: none can arise.
 * Cost: O(1) for each worker drawn that does not fit, O(n) where hardly any of a large pool does.
 * Not for anything that can be measured: of n tasks on n workers the unluckiest gets about ln n ÷ ln ln n. Two choices
 * (`p2c`) cost the same and are exponentially better.
 */
export const random = ({ seed = 0 }: RandomOptions = {}) => {
  const draws = new FittingDraws(seed)
  let turn = 0
  return {
    id: "random",
    tieRule: "by lot",
    seek: (_task, view, filter) => draws.draw(view, 1, filter, turn)[0],
    proposed: () => {
      turn += 1
    },
    prefer: (_task, candidates, _view, _now, into) => {
      for (let index = 0; index < candidates.length; index += 1) into[index] = drawAt(seed, turn, index)
    }
  } satisfies SeekStrategy
}
