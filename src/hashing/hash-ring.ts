import { hashWith, type Identity, identityOf } from "./identity.ts"
import { Points } from "./points.ts"

export interface HashRingOptions {
  /** Points of a member of weight 1. */
  readonly virtualNodes: number
  /** Points of all members together. Where they would be more, each has fewer, but at least one. */
  readonly maxPoints: number
  /** Where point `number` of a member lies, as an integer of 32 bits. Left out: by a hash of its name. */
  readonly pointOf?: (name: string, number: number) => number
}

/**
 * The share of the keys that one of n equal members gets spreads around 1/n by about 1/√virtualNodes. A point takes 8
 * bytes; a million of them leave 100 to each of 10,000 members, and 10 to each of 100,000.
 */
export const hashRingDefaults: HashRingOptions = { virtualNodes: 100, maxPoints: 2 ** 20 }

export interface RingMember<M> {
  /** Tells members apart, and decides where their points lie. */
  readonly name: string
  /** Above 0; the share of the keys follows it. */
  readonly weight: number
  readonly value: M
}

interface Seat<M> extends RingMember<M> {
  readonly place: number
  readonly identity: Identity
  /** Where rounding its points falls, 0–1: so that among many the fractions of points are kept. */
  readonly dither: number
  points: number
}

const range = 2 ** 32
const million = 1_000_000
const millionths = ({ weight }: { readonly weight: number }): number => Math.round(weight * million)

/** Numbers of points of all members come after this one. */
const ditherNumber = -1

/**
 * Members at points of a circle of 32 bits; a key belongs to the member at the first point from its own hash on. Where a
 * member leaves only its keys move, and where one joins keys move to it alone (Karger et al., Consistent Hashing and Random
 * Trees, 1997). Beyond `maxPoints` a change also takes or gives single points of others: about as many keys again move
 * between them.
 *
 * What it answers rests on the members as they are, never on the order in which they came. A look-up is a binary search
 * over typed arrays. A change copies the points once and sorts only those that are new.
 */
export class HashRing<M> {
  readonly #options: HashRingOptions
  readonly #seats = new Map<string, Seat<M>>()
  readonly #byPlace: Array<Seat<M> | undefined> = []
  readonly #free: Array<number> = []
  readonly #points = new Points((place) => this.#byPlace[place]?.name ?? "")
  /** In millionths, as integers: sums of fractions hang on their order. */
  #weight = 0
  #share = 1
  /** By place: the walk in which the member was met last. */
  #met = new Uint32Array(16)
  #walk = 0

  constructor(options: Partial<HashRingOptions> = {}, members: Iterable<RingMember<M>> = []) {
    this.#options = { ...hashRingDefaults, ...options }
    this.change(members, [])
  }

  /** Members. */
  get size(): number {
    return this.#seats.size
  }

  /** Points of all members. */
  get points(): number {
    return this.#points.size
  }

  /** The member of this name. */
  get(name: string): M | undefined {
    return this.#seats.get(name)?.value
  }

  /** Points of the member; 0 where it is none. */
  pointsOf(name: string): number {
    return this.#seats.get(name)?.points ?? 0
  }

  *members(): Iterable<RingMember<M>> {
    yield* this.#seats.values()
  }

  /**
   * Lets members go and takes others in, in one go. Whoever joins under the name of a member takes its place, with the
   * weight and value it brings. Cost: O(points) to copy, O(j log j) to sort the j new ones.
   */
  change(joined: Iterable<RingMember<M>>, left: Iterable<string>): void {
    const added: Array<number> = []
    const removed: Array<number> = []
    const gone: Array<number> = []
    for (const name of left) {
      const seat = this.#seats.get(name)
      if (seat === undefined) continue
      this.#setPoints(seat, 0, added, removed)
      this.#seats.delete(name)
      this.#weight -= millionths(seat)
      gone.push(seat.place)
    }
    const fresh = new Map<string, Seat<M>>()
    for (const member of joined) fresh.set(member.name, this.#seat(member))
    const { maxPoints, virtualNodes } = this.#options
    const share = Math.min(1, (maxPoints * million) / (this.#weight * virtualNodes))
    const concerned = share === this.#share ? fresh.values() : this.#seats.values()
    this.#share = share
    for (const seat of concerned) this.#setPoints(seat, this.#pointsFor(seat), added, removed)
    this.#points.change(added, removed)
    for (const place of gone) {
      this.#byPlace[place] = undefined
      this.#free.push(place)
    }
  }

  /** The member a key with this hash belongs to; `undefined` where there is none. */
  at(hash: number): M | undefined {
    return this.#byPlace[this.#points.ownerFrom(hash)]?.value
  }

  /** The first point from the hash on, as a number of 32 bits; `undefined` where there is none. */
  pointFrom(hash: number): number | undefined {
    return this.#points.pointFrom(hash)
  }

  /**
   * Goes from the hash on once round the ring, to each member as its first point comes, until `accept` says yes. Gives that
   * member, or `undefined` where it was no everywhere. Must not be called from within `accept`.
   */
  walk(hash: number, accept: (member: M) => boolean): M | undefined {
    const { owners, size } = this.#points
    const first = this.#points.indexFrom(hash)
    this.#beginWalk()
    let left = this.#seats.size
    for (let step = 0, index = first; step < size && left > 0; step += 1) {
      const place = owners[index] ?? 0
      index = index + 1 === size ? 0 : index + 1
      if (this.#met[place] === this.#walk) continue
      this.#met[place] = this.#walk
      left -= 1
      const seat = this.#byPlace[place]
      if (seat !== undefined && accept(seat.value)) return seat.value
    }
    return undefined
  }

  #beginWalk(): void {
    if (this.#met.length < this.#byPlace.length) this.#met = new Uint32Array(2 * this.#byPlace.length)
    this.#walk += 1
    if (this.#walk < range) return
    this.#met.fill(0)
    this.#walk = 1
  }

  #seat({ name, weight, value }: RingMember<M>): Seat<M> {
    const known = this.#seats.get(name)
    const place = known?.place ?? this.#free.pop() ?? this.#byPlace.length
    const identity = known?.identity ?? identityOf(name)
    const dither = known?.dither ?? hashWith(identity, ditherNumber) / range
    const seat = { name, weight, value, place, identity, dither, points: known?.points ?? 0 }
    this.#weight += millionths(seat) - (known === undefined ? 0 : millionths(known))
    this.#seats.set(name, seat)
    this.#byPlace[place] = seat
    return seat
  }

  #pointsFor({ weight, dither }: Seat<M>): number {
    return Math.max(1, Math.floor(weight * this.#options.virtualNodes * this.#share + dither))
  }

  /** Notes what comes and goes. Points of a member are numbered, so the last ones are those that go. */
  #setPoints(seat: Seat<M>, points: number, added: Array<number>, removed: Array<number>): void {
    for (let number = seat.points; number < points; number += 1) added.push(this.#pointOf(seat, number), seat.place)
    for (let number = points; number < seat.points; number += 1) removed.push(this.#pointOf(seat, number), seat.place)
    seat.points = points
  }

  #pointOf({ name, identity }: Seat<M>, number: number): number {
    const { pointOf } = this.#options
    return pointOf === undefined ? hashWith(identity, number) : pointOf(name, number)
  }
}
