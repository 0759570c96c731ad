import { goods } from "./ask.ts"
import type { Counted } from "./census.ts"
import { acceleratedMarket, type Market, plainMarket } from "./market.ts"
import type { Room } from "./room.ts"
import type { WorkerKind } from "./worker-kind.ts"
import { Yardstick } from "./yardstick.ts"

/** Rooms of one kind of workers, and how many of them are alike. */
export interface Rooms {
  readonly kind: WorkerKind
  readonly room: Room
  readonly count: number
}

/** No shape counts more than about this many times what it would if all that is idle suited it. */
const mostScarce = 10

/** By the room there still is for it: what few places are left for counts more there. */
const weighed = (market: Market, rooms: ReadonlyArray<Rooms>): Market => {
  const yardsticks = new Map<WorkerKind, Yardstick>()
  const usable = new Map<string, number>()
  let idle = 0
  for (const { kind, room, count } of rooms) {
    const yardstick = yardsticks.get(kind) ?? new Yardstick(kind, market)
    yardsticks.set(kind, yardstick)
    idle += count * yardstick.idle(room)
    yardstick.addUsable(room, count, usable)
  }
  if (idle === 0) return market
  const scarce = market.popular.map(
    ({ requirements, frequency }) => (frequency * idle) / ((usable.get(requirements.shape) ?? 0) + idle / mostScarce)
  )
  const total = scarce.reduce((sum, each) => sum + each, 0)
  return {
    ...market,
    popular: market.popular.map((each, index) => ({ ...each, weight: (scarce[index] ?? 0) / total }))
  }
}

/** What the workers without devices have of each of `goods`, all together. */
const plainLimits = (rooms: ReadonlyArray<Rooms>): ReadonlyArray<number> => {
  const sums = goods.map(() => 0)
  for (const { kind, count } of rooms) {
    if (kind.isAccelerated) continue
    const { resources, slots } = kind.spec.limits
    goods.forEach((good, index) => {
      sums[index] = (sums[index] ?? 0) + count * (good === "slots" ? slots : resources[good])
    })
  }
  return sums
}

/** How far apart two markets are, 0–1: half the sum by which the weights of shapes differ. */
const distance = (a: Market, b: Market): number => {
  const weights = new Map(a.popular.map(({ requirements, weight }) => [requirements.shape, weight]))
  let sum = 0
  for (const { requirements, weight } of b.popular) {
    sum += Math.abs(weight - (weights.get(requirements.shape) ?? 0))
    weights.delete(requirements.shape)
  }
  for (const weight of weights.values()) sum += weight
  return sum / 2
}

const nobody: Market = { popular: [], companions: [], packed: undefined }

/** What is popular, as it was when it was last looked at. It never changes. */
export class Mix {
  static readonly empty = new Mix(nobody, nobody)

  readonly accelerated: Market
  readonly plain: Market
  readonly #yardsticks = new Map<WorkerKind, Yardstick>()

  constructor(accelerated: Market, plain: Market) {
    this.accelerated = accelerated
    this.plain = plain
  }

  /** Of the shapes counted, weighed by the room there is. */
  static of(shapes: ReadonlyArray<Counted>, rooms: ReadonlyArray<Rooms>): Mix {
    return new Mix(
      weighed(
        acceleratedMarket(shapes),
        rooms.filter(({ kind }) => kind.isAccelerated)
      ),
      weighed(
        plainMarket(shapes, plainLimits(rooms)),
        rooms.filter(({ kind }) => !kind.isAccelerated)
      )
    )
  }

  distanceTo(other: Mix): number {
    return Math.max(distance(this.accelerated, other.accelerated), distance(this.plain, other.plain))
  }

  yardstickFor(kind: WorkerKind): Yardstick {
    const known = this.#yardsticks.get(kind)
    if (known !== undefined) return known
    const yardstick = new Yardstick(kind, kind.isAccelerated ? this.accelerated : this.plain)
    this.#yardsticks.set(kind, yardstick)
    return yardstick
  }
}
