/** A point and its owner in one number that sorts as they do: 32 bits of hash, 21 of owner. */
const owners = 2 ** 21
/** Copying less than this by hand is quicker than to have it copied. */
const shortCopy = 32
/** Points of a stretch of the circle, on average at most. */
const perStretch = 64

/**
 * Points on a circle of 32 bits, in order, each with the number of its owner. Of equal points the one of the first owner
 * by name comes first, so that nothing hangs on who came when.
 */
export class Points {
  #hashes = new Uint32Array(0)
  #owners = new Uint32Array(0)
  /** Where the points of each stretch of the circle begin, and how to find the stretch. */
  #starts = new Uint32Array(0)
  #shift = 32
  readonly #nameOf: (owner: number) => string

  constructor(nameOf: (owner: number) => string) {
    this.#nameOf = nameOf
  }

  get size(): number {
    return this.#hashes.length
  }

  /** The owners in the order of their points. */
  get owners(): Uint32Array {
    return this.#owners
  }

  /** The place of the first point from the hash on; 0 beyond the last. */
  indexFrom(hash: number): number {
    const stretch = hash >>> this.#shift
    const index = this.#lowerBound(hash, this.#starts[stretch], this.#starts[stretch + 1])
    return index === this.#hashes.length ? 0 : index
  }

  /** Its owner; −1 where there is no point. */
  ownerFrom(hash: number): number {
    return this.#owners[this.indexFrom(hash)] ?? -1
  }

  pointFrom(hash: number): number | undefined {
    return this.#hashes[this.indexFrom(hash)]
  }

  /** Takes points in and out, each given as its hash and its owner, one after the other. */
  change(added: ReadonlyArray<number>, removed: ReadonlyArray<number>): void {
    if (added.length + removed.length === 0) return
    const outgoing = this.#placesOf(removed)
    const incoming = this.#sorted(added)
    const hashes = new Uint32Array(this.size - outgoing.length + incoming.length)
    const owned = new Uint32Array(hashes.length)
    let from = 0
    let to = 0
    let out = 0
    const copyTo = (end: number): void => {
      if (end - from < shortCopy) {
        for (; from < end; from += 1, to += 1) {
          hashes[to] = this.#hashes[from] ?? 0
          owned[to] = this.#owners[from] ?? 0
        }
        return
      }
      hashes.set(this.#hashes.subarray(from, end), to)
      owned.set(this.#owners.subarray(from, end), to)
      to += end - from
      from = end
    }
    const skipTo = (end: number): void => {
      for (let next = outgoing[out]; next !== undefined && next < end; next = outgoing[out]) {
        copyTo(next)
        from += 1
        out += 1
      }
      copyTo(end)
    }
    for (const packed of incoming) {
      const hash = Math.floor(packed / owners)
      const owner = packed % owners
      skipTo(this.#placeFor(hash, owner, from))
      hashes[to] = hash
      owned[to] = owner
      to += 1
    }
    skipTo(this.size)
    this.#hashes = hashes
    this.#owners = owned
    this.#mark()
  }

  /** Notes where each stretch begins: a search in one stays within a few lines of memory. */
  #mark(): void {
    const bits = Math.max(1, Math.ceil(Math.log2((this.size + 1) / perStretch)))
    const stretches = 2 ** bits
    this.#shift = 32 - bits
    this.#starts = new Uint32Array(stretches + 1)
    for (let stretch = 1; stretch < stretches; stretch += 1) {
      const begins = stretch * 2 ** this.#shift
      const from = this.#starts[stretch - 1] ?? 0
      let to = from + 2 * perStretch
      while (to < this.size && (this.#hashes[to] ?? 0) < begins) to += to - from
      this.#starts[stretch] = this.#lowerBound(begins, from, Math.min(to, this.size))
    }
    this.#starts[stretches] = this.size
  }

  #lowerBound(hash: number, from = 0, to = this.#hashes.length): number {
    let low = from
    let high = to
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#hashes[middle] ?? 0) < hash) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Where a new point goes: behind those of equal hash whose owners come first. */
  #placeFor(hash: number, owner: number, from: number): number {
    let place = this.#lowerBound(hash, from)
    if (this.#hashes[place] !== hash) return place
    const name = this.#nameOf(owner)
    while (this.#hashes[place] === hash && this.#nameOf(this.#owners[place] ?? 0) < name) place += 1
    return place
  }

  /** In ascending order. An owner may have several points of one hash. */
  #placesOf(removed: ReadonlyArray<number>): Uint32Array {
    const places = new Uint32Array(removed.length / 2)
    const taken = new Set<number>()
    for (let index = 0; index < places.length; index += 1) {
      const hash = removed[2 * index] ?? 0
      const owner = removed[2 * index + 1] ?? 0
      let place = this.#lowerBound(hash)
      while (this.#owners[place] !== owner || taken.has(place)) place += 1
      if (this.#hashes[place + 1] === hash || this.#hashes[place - 1] === hash) taken.add(place)
      places[index] = place
    }
    return places.sort()
  }

  #sorted(added: ReadonlyArray<number>): Float64Array {
    const packed = new Float64Array(added.length / 2)
    for (let index = 0; index < packed.length; index += 1) {
      packed[index] = (added[2 * index] ?? 0) * owners + (added[2 * index + 1] ?? 0)
    }
    packed.sort()
    for (let start = 0; start < packed.length; ) {
      const hash = Math.floor((packed[start] ?? 0) / owners)
      let end = start + 1
      while (end < packed.length && Math.floor((packed[end] ?? 0) / owners) === hash) end += 1
      if (end - start > 1) this.#sortByName(packed.subarray(start, end))
      start = end
    }
    return packed
  }

  #sortByName(equal: Float64Array): void {
    equal.sort((a, b) => {
      const first = this.#nameOf(a % owners)
      const second = this.#nameOf(b % owners)
      return first < second ? -1 : first > second ? 1 : 0
    })
  }
}
