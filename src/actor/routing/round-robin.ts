import { after, type RoutingStrategy } from "./strategy.ts"

/**
 * Each gets the next message in turn. Who comes or goes moves nobody's turn: the next is whoever came after the last.
 *
 * When not: messages that cost unequally much; the turn comes to a routee that is still busy (smallest-mailbox).
 */
export const roundRobin = ((routees) =>
  ({ last }) =>
    after(routees, last)) satisfies RoutingStrategy
