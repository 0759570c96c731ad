import { mix32 } from "./hash.ts"

const range = 2 ** 32

/** What a member, by both hashes of its name, draws for a key, 32 bits: another number for each key and each member. */
export const rendezvousDraw = (first: number, second: number, hash: number): number => mix32(first ^ hash, second)

/** How much draw and weight of a member make it stand out for a key: the highest of all is the key's home. */
export const rendezvousScore = (draw: number, weight: number): number => -weight / Math.log((draw + 0.5) / range)
