/** A power of two. */
const mostKept = 1 << 15

/** Spreads successive numbers over all slots: 2³² divided by the golden ratio. */
const spread = 0x9e3779b1

/**
 * What was found out of standings and asks, both told by numbers above 0, each at a slot of its own: whatever comes to the
 * same slot takes it over. Plain figures, so that there is nothing to collect when they are let go of.
 */
export class Verdicts {
  readonly #standings = new Float64Array(mostKept)
  readonly #asks = new Float64Array(mostKept)
  readonly #ranks = new Float64Array(mostKept)
  readonly #levels = new Int32Array(mostKept)

  /** The slot where it is to be found, if it is known. */
  slotOf(standing: number, ask: number): number {
    return Math.imul(standing * 31 + ask, spread) >>> 17
  }

  has(slot: number, standing: number, ask: number): boolean {
    return this.#standings[slot] === standing && this.#asks[slot] === ask
  }

  rankAt(slot: number): number {
    return this.#ranks[slot] ?? 0
  }

  /** By its index in the room, the level that the device should come from; −1: any will do. */
  levelAt(slot: number): number {
    return this.#levels[slot] ?? -1
  }

  keep(slot: number, standing: number, ask: number, rank: number, level: number): void {
    this.#standings[slot] = standing
    this.#asks[slot] = ask
    this.#ranks[slot] = rank
    this.#levels[slot] = level
  }

  clear(): void {
    this.#standings.fill(0)
  }
}
