import { hash32 } from "../../hashing/index.ts"
import type { Routee, RoutingStrategy } from "./strategy.ts"

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
    const ring = new HashRing(routees)
    return ({ tag, payload }) => ring.at(String(hash(tag, payload)))
  }) satisfies RoutingStrategy

/** Routees at their places on a circle of 32 bits; a key belongs to the first place from its own hash on. */
class HashRing<R extends Routee> {
  readonly #points: Uint32Array
  readonly #owners: ReadonlyArray<R>

  constructor(routees: ReadonlyArray<R>) {
    const all = routees.flatMap((routee) =>
      Array.from({ length: places }, (_, place) => ({ point: hash32(`${routee.name}#${place}`), routee }))
    )
    all.sort((a, b) => a.point - b.point || a.routee.serial - b.routee.serial)
    this.#points = Uint32Array.from(all, ({ point }) => point)
    this.#owners = all.map(({ routee }) => routee)
  }

  at(key: string): ReadonlyArray<R> {
    const point = hash32(key)
    let low = 0
    let high = this.#points.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#points[middle] ?? 0) < point) low = middle + 1
      else high = middle
    }
    const index = low === this.#owners.length ? 0 : low
    return this.#owners.slice(index, index + 1)
  }
}
