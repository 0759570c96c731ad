import type { RingMember } from "../../src/hashing/index.ts"

export const member = (name: string, weight = 1): RingMember<string> => ({ name, weight, value: name })

export const members = (count: number, weight = 1): ReadonlyArray<RingMember<string>> =>
  Array.from({ length: count }, (_, index) => member(`worker-${index}`, weight))

/** Keys spread over the whole circle. */
export const manyKeys = (count: number): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `key ${index}`)

/** Keys whose home is not the same before and after. */
export const moved = <K>(
  keys: ReadonlyArray<K>,
  before: (key: K) => unknown,
  after: (key: K) => unknown
): ReadonlyArray<K> => keys.filter((key) => before(key) !== after(key))
