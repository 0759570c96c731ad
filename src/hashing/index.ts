/** Hashes of names, chance that follows from numbers alone, and who of many a key belongs to. */
export { drawAt } from "./draw.ts"
export { hash32, mix32 } from "./hash.ts"
export { HashRing, type HashRingOptions, hashRingDefaults, type RingMember } from "./hash-ring.ts"
export { hashWith, type Identity, identityOf } from "./identity.ts"
export {
  type MaglevMember,
  MaglevTable,
  maglevSizeFor,
  maglevSizes,
  type Preference,
  populate,
  preferenceOf
} from "./maglev-table.ts"
export { rendezvousDraw, rendezvousScore } from "./rendezvous.ts"
