/**
 * A hash of 32 bits: FNV-1a with the finaliser of MurmurHash3, without which names that differ in their last letter lie
 * side by side.
 */
export const hash32 = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return finish(hash)
}

/** Two hashes made into one: each bit of either changes about half the bits of the outcome. */
export const mix32 = (a: number, b: number): number =>
  finish(Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ finish(b + 0x7f4a7c15))

const finish = (bits: number): number => {
  let hash = bits
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
