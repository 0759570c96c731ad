import type { TaskSpec } from "../../model/index.ts"
import { preferring } from "../strategies/homes/preferring.ts"
import { type StickyOptions, sticky } from "../strategies/homes/sticky.ts"
import type { Strategy } from "../strategy.ts"

/** What a task may wish for beside what it requires. */
export type Wish = "stickyKey" | "preferredWorkers"

export interface WishesOptions {
  /** How tasks of one sticky key are kept together; `false`: not at all. */
  readonly sticky: false | Partial<Omit<StickyOptions, "inner" | "keyOf">>
}

/** Whether the task names a sticky key, or workers. */
export const hasWishes = ({ stickyKey, preferredWorkers }: TaskSpec): boolean =>
  stickyKey !== undefined || preferredWorkers.length > 0

/**
 * Heeds what tasks wish for, whatever the strategy: those that name workers go to the first of these that has room, those
 * of a sticky key stay together, and all others are the strategy's. Where it heeds a wish itself, it is left to it.
 */
export class Wishes {
  readonly #strategy: Strategy
  readonly #kept: Strategy
  readonly #preferred: Strategy
  readonly #both: Strategy

  constructor(strategy: Strategy, options: WishesOptions) {
    const heeds = strategy.heeds ?? []
    const prefers = (inner: Strategy): Strategy => (heeds.includes("preferredWorkers") ? inner : preferring(inner))
    this.#strategy = strategy
    this.#kept =
      options.sticky === false || heeds.includes("stickyKey")
        ? strategy
        : sticky({ ...options.sticky, inner: strategy })
    this.#preferred = prefers(strategy)
    this.#both = prefers(this.#kept)
  }

  /** Who decides about the task. */
  of({ stickyKey, preferredWorkers }: TaskSpec): Strategy {
    if (preferredWorkers.length === 0) return stickyKey === undefined ? this.#strategy : this.#kept
    return stickyKey === undefined ? this.#preferred : this.#both
  }
}
