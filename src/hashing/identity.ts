import { hash32, mix32 } from "./hash.ts"

/**
 * A name as two hashes of their own: among 100,000 names a pair with the same 32 bits is to be expected, and whoever
 * shares all its places with another has none.
 */
export interface Identity {
  readonly first: number
  readonly second: number
}

export const identityOf = (name: string): Identity => ({ first: hash32(name), second: hash32(`\u0001${name}`) })

/** A hash of 32 bits of the identity and a number. */
export const hashWith = ({ first, second }: Identity, number: number): number => mix32(mix32(first, number), second)
