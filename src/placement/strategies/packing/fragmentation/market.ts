import type { Requirements } from "../../../../model/index.ts"
import { amountsOf, deviceVolume, goods } from "./ask.ts"
import type { Counted } from "./census.ts"

/** A shape that many tasks have. */
export interface Popular {
  readonly requirements: Requirements
  /** Its share of the tasks, 0–1. */
  readonly frequency: number
  /** How much it counts, 0–1, all together 1: the rarer the room for it, the more. */
  readonly weight: number
}

/** What comes with a thousandth of what is packed, on average: of each of `goods`. */
export interface Companions {
  /** The kind of devices; `undefined` where none are packed. */
  readonly kind: string | undefined
  readonly per: ReadonlyArray<number>
}

/** What tasks ask of one half of the pool: of workers with devices, or of those without. */
export interface Market {
  readonly popular: ReadonlyArray<Popular>
  readonly companions: ReadonlyArray<Companions>
  /** Where no devices are packed: which of `goods` is, and how many thousandths of an average task one of it is. */
  readonly packed: { readonly good: number; readonly scale: number } | undefined
}

/** Share of what is asked for that the popular shapes have to make up, and how many they are at most. */
const coverage = 0.95
const mostShapes = 64

interface Sized extends Counted {
  /** What one such task asks for of what is packed. */
  readonly volume: number
}

/** The shapes that ask for most, until they make up nearly all. */
const mostAsked = (shapes: ReadonlyArray<Sized>): ReadonlyArray<Sized> => {
  const total = shapes.reduce((sum, { count, volume }) => sum + count * volume, 0)
  const chosen: Array<Sized> = []
  let covered = 0
  for (const each of shapes.toSorted((a, b) => b.count * b.volume - a.count * a.volume)) {
    if (covered >= coverage * total || chosen.length >= mostShapes) break
    chosen.push(each)
    covered += each.count * each.volume
  }
  return chosen
}

const popularOf = (shapes: ReadonlyArray<Sized>): ReadonlyArray<Popular> => {
  const chosen = mostAsked(shapes)
  const total = chosen.reduce((sum, { count }) => sum + count, 0)
  return chosen.map(({ requirements, count }) => ({
    requirements,
    frequency: count / total,
    weight: count / total
  }))
}

/** Of each of `goods` what the tasks ask for together, each counted as often as it came. */
const totalsOf = (shapes: ReadonlyArray<Counted>): ReadonlyArray<number> => {
  const totals = goods.map(() => 0)
  for (const { requirements, count } of shapes) {
    amountsOf(requirements.demand).forEach((amount, good) => {
      totals[good] = (totals[good] ?? 0) + count * amount
    })
  }
  return totals
}

const companionsOf = (kind: string, shapes: ReadonlyArray<Counted>): Companions => {
  const ofKind = (demand: Requirements["demand"]) => ({
    ...demand,
    devices: demand.devices.filter((asked) => asked.kind === kind)
  })
  const asking = shapes.filter(({ requirements }) => ofKind(requirements.demand).devices.length > 0)
  const volume = asking.reduce(
    (sum, { requirements, count }) => sum + count * deviceVolume(ofKind(requirements.demand)),
    0
  )
  return { kind, per: totalsOf(asking).map((total) => total / volume) }
}

/** What those who ask for devices ask for. */
export const acceleratedMarket = (shapes: ReadonlyArray<Counted>): Market => {
  const asking = shapes
    .map((each) => ({ ...each, volume: deviceVolume(each.requirements.demand) }))
    .filter(({ volume }) => volume > 0)
  const kinds = new Set(asking.flatMap(({ requirements }) => requirements.demand.devices.map(({ kind }) => kind)))
  return {
    popular: popularOf(asking),
    companions: [...kinds].map((kind) => companionsOf(kind, asking)),
    packed: undefined
  }
}

/**
 * What those who ask for no devices ask for. What is packed is the good they would use up first, going by what the workers
 * without devices have of each, all together.
 */
export const plainMarket = (shapes: ReadonlyArray<Counted>, limits: ReadonlyArray<number>): Market => {
  const asking = shapes.filter(({ requirements }) => deviceVolume(requirements.demand) === 0)
  const tasks = asking.reduce((sum, { count }) => sum + count, 0)
  const totals = totalsOf(asking)
  let good = goods.length - 1
  totals.forEach((total, each) => {
    const limit = limits[each] ?? 0
    if (limit > 0 && total / limit > (totals[good] ?? 0) / (limits[good] ?? 1)) good = each
  })
  const total = totals[good] ?? 0
  const scale = total > 0 ? (1_000 * tasks) / total : 0
  const sized = asking.map((each) => ({
    ...each,
    volume: amountsOf(each.requirements.demand)[good] ?? 0
  }))
  return {
    popular: popularOf(sized),
    companions: scale > 0 ? [{ kind: undefined, per: totals.map((each) => each / (total * scale)) }] : [],
    packed: { good, scale }
  }
}
