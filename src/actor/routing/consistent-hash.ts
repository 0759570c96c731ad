import { HashRing, hash32 } from "../../hashing/index.ts"
import type { RoutingStrategy } from "./strategy.ts"

/** What of a message decides where it goes: those of one key go to one routee. */
export type Hash = (tag: string, payload: unknown) => string | number

/**
 * Places of each routee on the ring. The share of the keys that one of n routees gets spreads around 1/n with a relative
 * deviation of about 1/√places.
 */
const places = 160

/**
 * Messages of one key go to one routee. Where one of n routees comes or goes, about 1/n of the keys move, and only
 * between it and the others (Karger et al., Consistent Hashing and Random Trees, 1997).
 *
 * When not: few keys, or one that most messages have; what it balances is the number of keys.
 */
export const consistentHash = (hash: Hash) =>
  ((routees) => {
    // Of several of one name the first gets the keys, until it has gone.
    const members = routees.toReversed().map((value) => ({ name: value.name, weight: 1, value: [value] }))
    const ring = new HashRing({ virtualNodes: places }, members)
    return ({ tag, payload }) => ring.at(hash32(String(hash(tag, payload)))) ?? []
  }) satisfies RoutingStrategy
