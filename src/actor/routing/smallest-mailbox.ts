import { after, type RoutingStrategy } from "./strategy.ts"

/**
 * The routee with the least mail, the message that it is at included; among equals in turn. Looks at all of them.
 *
 * When not: hundreds of routees, or routees on other threads, whose mailboxes are seen late.
 */
export const smallestMailbox = ((routees) =>
  ({ last }) => {
    const loads = routees.map(({ load }) => load)
    const least = Math.min(...loads)
    return after(
      routees.filter((_, index) => loads[index] === least),
      last
    )
  }) satisfies RoutingStrategy
