const multiplier = 2862933555777941757n
const steps = 2 ** 31

/**
 * The bucket, 0 … buckets − 1, of a key of 64 bits. From n buckets to n + 1, only 1 of n + 1 keys moves, and only to
 * the new bucket; no memory is needed. Fewer than one bucket count as one. For buckets that come and go at the end alone,
 * such as partitions; a pool whose members leave in any order needs `HashRing`, `rendezvous` or `MaglevTable`.
 *
 * Source: Lamping and Veach, A Fast, Minimal Memory, Consistent Hash Algorithm, 2014. Cost: O(log buckets).
 */
export const jumpHash = (key: bigint, buckets: number): number => {
  let state = BigInt.asUintN(64, key)
  let bucket = 0
  for (let next = 0; next < buckets; ) {
    bucket = next
    state = BigInt.asUintN(64, state * multiplier + 1n)
    next = Math.floor((bucket + 1) * (steps / (Number(state >> 33n) + 1)))
  }
  return bucket
}
