import type { Ask } from "./ask.ts"
import type { Market, Popular } from "./market.ts"
import { canGive, hasAmounts, type Room } from "./room.ts"
import type { WorkerKind } from "./worker-kind.ts"

/** What is packed of a room, in thousandths of a device or of an average task. */
const packedIn = ({ levels, left, idle }: Room, { packed }: Market, suits?: ReadonlyArray<boolean>): number => {
  if (packed !== undefined) return (left[packed.good] ?? 0) * packed.scale
  if (suits === undefined) return idle
  let sum = 0
  for (const { type, share, count } of levels) if (suits[type] === true) sum += share * count
  return sum
}

/** Of what is idle, what the next task of this shape could use: devices that have enough left, where it fits at all. */
const usableFor = (ask: Ask, room: Room, idle: number): number => {
  if (!hasAmounts(room, ask)) return 0
  if (ask.devices.length === 0) return idle
  let usable = 0
  for (const asked of ask.devices) {
    let able = 0
    for (const level of room.levels) {
      if (!canGive(level, asked)) continue
      able += level.count
      usable += level.share * level.count
    }
    if (able < asked.count) return 0
  }
  return Math.min(usable, idle)
}

/** What one popular shape asks of workers of the kind. */
export interface PopularAsk {
  readonly ask: Ask
  readonly popular: Popular
}

/** The two ways in which what is idle is lost. */
export interface Waste {
  readonly fragmented: number
  readonly stranded: number
}

/** By what the rooms of one kind of workers are measured: what the popular tasks could do with them. */
export class Yardstick {
  readonly #market: Market
  readonly #asks: ReadonlyArray<PopularAsk>
  readonly #companions: ReadonlyArray<{
    readonly suits: ReadonlyArray<boolean> | undefined
    readonly per: ReadonlyArray<number>
  }>

  constructor(kind: WorkerKind, market: Market) {
    this.#market = market
    this.#asks = market.popular
      .filter(({ requirements }) => kind.suits(requirements))
      .map((popular) => ({ ask: kind.ask(popular.requirements), popular }))
    this.#companions = market.companions.map(({ kind: device, per }) => ({
      suits: device === undefined ? undefined : kind.types.map((type) => type.kind === device),
      per
    }))
  }

  idle(room: Room): number {
    return packedIn(room, this.#market)
  }

  /** The popular shapes that could use some of the room: no others could use what is left of it later. */
  usersOf(room: Room): ReadonlyArray<PopularAsk> {
    const idle = this.idle(room)
    return this.#asks.filter(({ ask }) => usableFor(ask, room, idle) > 0)
  }

  /**
   * Of what is idle, what the next task could not use, whichever it is: FGD's measure. 0 where nothing is popular. `users`:
   * those of the popular shapes that are known to be the only ones to use any of it.
   */
  fragmented(room: Room, users = this.#asks): number {
    if (this.#market.popular.length === 0) return 0
    const idle = this.idle(room)
    if (idle === 0) return 0
    let usable = 0
    for (const { ask, popular } of users) usable += popular.weight * usableFor(ask, room, idle)
    // Weights are quotients: their sum is 1 but for rounding.
    return Math.max(0, idle - usable)
  }

  /** Of what is idle, what would stay so for want of what usually comes with it, however many tasks came. */
  stranded(room: Room): number {
    let sum = 0
    for (const { suits, per } of this.#companions) {
      const idle = packedIn(room, this.#market, suits)
      let useful = idle
      for (let good = 0; good < per.length; good += 1) {
        const each = per[good] ?? 0
        if (each > 0) useful = Math.min(useful, (room.left[good] ?? 0) / each)
      }
      sum += idle - useful
    }
    return sum
  }

  waste(room: Room, users = this.#asks): number {
    return this.fragmented(room, users) + this.stranded(room)
  }

  /** Adds to each popular shape's figure what it could use of so many rooms like this. */
  addUsable(room: Room, rooms: number, into: Map<string, number>): void {
    const idle = this.idle(room)
    if (idle === 0) return
    for (const { ask, popular } of this.#asks) {
      const usable = usableFor(ask, room, idle)
      const { shape } = popular.requirements
      if (usable > 0) into.set(shape, (into.get(shape) ?? 0) + rooms * usable)
    }
  }
}
