import type { PinnedPolicy } from "../policy.ts"
import { twoChoices } from "./picking.ts"

/**
 * Power of two choices (P2C): two distinct servers at random, and of them the one with fewer tasks in flight.
 *
 * Formula: the lesser count, queued tasks included; the first drawn where they are equal.
 * Source: Finagle `P2CPick`; Mitzenmacher 2001. Cost: O(1).
 * Not for unequal servers, as least connections; among few servers looking at all is better.
 */
export const powerOfTwoChoices: PinnedPolicy = {
  queue: "pinned",
  name: "p2c",
  chooser: ({ inFlight }, chance) => {
    const pick = twoChoices((server) => inFlight[server] ?? 0, chance)
    return { choose: (taskClass, _work, now) => pick(taskClass, now) }
  }
}
