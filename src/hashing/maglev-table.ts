import { hashWith, identityOf } from "./identity.ts"

/** Primes: at least a hundred places for each of 655, 6,553, 65,537 and 100,000 members. */
export const maglevSizes = [65_537, 655_373, 6_553_733, 10_000_019] as const

/** Places a member should have at least, so that the shares of equal ones differ by about a hundredth. */
const placesEach = 100

/** How a member goes through the places: from `offset` on in steps of `skip`, which meets each place once. */
export interface Preference {
  readonly offset: number
  /** 1 … size − 1. */
  readonly skip: number
  /** Above 0. */
  readonly weight: number
}

/** The least of the sizes that is large enough for so many members; beyond the last one, the last. */
export const maglevSizeFor = (members: number): number =>
  maglevSizes.find((size) => members * placesEach <= size) ?? maglevSizes[maglevSizes.length - 1] ?? 0

/** What a member of this name prefers in a table of this size, which is a prime. */
export const preferenceOf = (name: string, weight: number, size: number): Preference => {
  const identity = identityOf(name)
  return { offset: hashWith(identity, 0) % size, skip: (hashWith(identity, 1) % (size - 1)) + 1, weight }
}

/**
 * Fills a table of places, each with the index of its member: in turn, as often as its weight says, each takes the next
 * place it prefers that is free. `size` is a prime. Without members all places are −1.
 *
 * Source: Eisenbud et al., Maglev, NSDI 2016; weights as in Envoy's table. Cost: O(size · log size) expected.
 */
export const populate = (preferences: ReadonlyArray<Preference>, size: number): Int32Array => {
  const table = new Int32Array(size).fill(-1)
  if (preferences.length === 0) return table
  const heaviest = preferences.reduce((most, { weight }) => Math.max(most, weight), 0)
  const cursors = Uint32Array.from(preferences, ({ offset }) => offset % size)
  const skips = Uint32Array.from(preferences, ({ skip }) => skip)
  const gains = Float64Array.from(preferences, ({ weight }) => weight / heaviest)
  const due = Float64Array.from(gains)
  for (let filled = 0; ; ) {
    for (let index = 0; index < cursors.length; index += 1) {
      const turns = due[index] ?? 0
      if (turns < 1) {
        due[index] = turns + (gains[index] ?? 0)
        continue
      }
      due[index] = turns - 1 + (gains[index] ?? 0)
      const skip = skips[index] ?? 1
      let place = cursors[index] ?? 0
      while (table[place] !== -1) place = (place + skip) % size
      table[place] = index
      cursors[index] = (place + skip) % size
      filled += 1
      if (filled === size) return table
    }
  }
}

export interface MaglevMember<M> {
  readonly name: string
  /** Above 0; the share of the keys follows it. */
  readonly weight: number
  readonly value: M
}

/**
 * A table of places for members: a look-up is one step, however many there are, and shares are as even as can be. A change
 * of members fills the table anew; besides the keys that must move, about as many again move between others.
 *
 * What it answers rests on the members as they are, never on the order in which they came.
 */
export class MaglevTable<M> {
  readonly #members: ReadonlyArray<MaglevMember<M>>
  readonly #table: Int32Array
  /** By member: the walk in which it was met last. */
  readonly #met: Uint32Array
  #walk = 0

  /** `size`: a prime; left out, the least of `maglevSizes` that is large enough. */
  constructor(members: Iterable<MaglevMember<M>>, size?: number) {
    this.#members = [...members].sort((a, b) => (a.name < b.name ? -1 : 1))
    const places = size ?? maglevSizeFor(this.#members.length)
    const preferences = this.#members.map(({ name, weight }) => preferenceOf(name, weight, places))
    this.#table = populate(preferences, places)
    this.#met = new Uint32Array(this.#members.length)
  }

  /** Places. */
  get size(): number {
    return this.#table.length
  }

  /** The member a key with this hash belongs to; `undefined` where there is none. */
  at(hash: number): M | undefined {
    return this.#members[this.#table[hash % this.#table.length] ?? -1]?.value
  }

  /** As `HashRing.walk`: from the key's place on to each member as its first place comes, until one is accepted. */
  walk(hash: number, accept: (member: M) => boolean): M | undefined {
    const size = this.#table.length
    this.#beginWalk()
    let left = this.#members.length
    for (let step = 0, place = hash % size; step < size && left > 0; step += 1) {
      const index = this.#table[place] ?? -1
      place = place + 1 === size ? 0 : place + 1
      if (this.#met[index] === this.#walk) continue
      this.#met[index] = this.#walk
      left -= 1
      const member = this.#members[index]
      if (member !== undefined && accept(member.value)) return member.value
    }
    return undefined
  }

  #beginWalk(): void {
    this.#walk += 1
    if (this.#walk < 2 ** 32) return
    this.#met.fill(0)
    this.#walk = 1
  }
}
