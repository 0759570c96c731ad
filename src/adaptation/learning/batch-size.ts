import { RecentMap } from "../../collections/index.ts"
import type { Millis } from "../../model/index.ts"

export interface BatchSizeSettings {
  /** How long a batch is to take at most. */
  readonly targetMs: Millis
  /** The share of a batch's time that may go into what it costs beside its items. */
  readonly overheadShare: number
  readonly most: number
}

export const batchSizeDefaults: BatchSizeSettings = { targetMs: 100, overheadShare: 0.05, most: 4_096 }

/** What one message to a worker and back costs at least, until more is seen. */
const messageMs: Millis = 0.1
/** How much of what was seen counts on when a batch has ended. */
const memory = 0.9
/** From one batch to the next it grows at most so many times: what is not known to be safe is approached. */
const growth = 2
const kept = 1_024
/** What lies ahead is dealt out in so many rounds, so that nobody holds much when the others have none. */
const rounds = 2

/** Sums of what was seen of one kind, the latest counting most: enough for a straight line. */
interface Seen {
  weight: number
  items: number
  squares: number
  ms: number
  products: number
  largest: number
  /** The latest line that batches of different sizes have given. */
  line: { readonly overheadMs: Millis; readonly itemMs: Millis } | undefined
}

/** What was seen of one kind of work, as data. */
export type SeenBatches = Readonly<Omit<Seen, "line">> & { readonly kind: string; readonly line?: Seen["line"] }

/** Batches whose sizes differ by less than this share of their mean tell no line. */
const leastSpread = 0.05
/** How far one batch moves a line that no others of different size are there to draw anew. */
const gain = 0.1
/** A batch that takes so many times as long, or as short, as its line says is of other work. */
const change = 3
/** What takes longer than a month is no time that was measured. */
const longest: Millis = 2.6e9

/**
 * How many items to send at once (A9), for each kind of work: enough that what a batch costs beside its items is a small
 * share, and no more than are done in the target time. Of what lies ahead, at most half of what each slot would get.
 *
 *     size = min(⌈overhead / (share · item time)⌉, ⌈target / item time⌉, ⌈left / (2 · slots)⌉), at least 1
 *
 * Overhead and time for each item are a straight line through what the latest batches took, by their sizes. Source: the
 * amortising of a fixed cost, bounded by guided self-scheduling (Polychronopoulos and Kuck, 1987).
 */
export class BatchSizes {
  readonly #seen = new RecentMap<string, Seen>(kept)

  /** A batch of this kind has ended; `ms`: what it took on its worker. */
  observe(kind: string, items: number, ms: Millis): void {
    if (!(items >= 1 && ms >= 0 && ms <= longest)) return
    const known = this.#seen.use(kind, unseen)
    const seen = isAnother(known.line, items, ms) ? unseen() : known
    this.#seen.set(kind, seen)
    seen.weight = seen.weight * memory + 1
    seen.items = seen.items * memory + items
    seen.squares = seen.squares * memory + items * items
    seen.ms = seen.ms * memory + ms
    seen.products = seen.products * memory + items * ms
    seen.largest = Math.max(items, seen.largest * memory)
    seen.line = lineThrough(seen) ?? scaled(seen.line, items, ms)
  }

  /** What a batch costs beside its items, and what each item takes; `undefined`: batches of one size cannot tell. */
  costs(kind: string): { readonly overheadMs: Millis; readonly itemMs: Millis } | undefined {
    return this.#seen.get(kind)?.line
  }

  /** What was seen, as data. */
  get state(): ReadonlyArray<SeenBatches> {
    return [...this.#seen.entries()].map(([kind, seen]) => ({ kind, ...seen }))
  }

  /** Goes on from what another has seen. */
  restore(kinds: ReadonlyArray<SeenBatches>): void {
    for (const { kind, ...seen } of kinds) this.#seen.set(kind, { ...seen, line: seen.line })
  }

  /** How many to send next. `left`: how many there are to send still, infinite where nobody knows. */
  next(kind: string, left: number, slots: number, settings: Partial<BatchSizeSettings> = {}): number {
    const { targetMs, overheadShare, most } = { ...batchSizeDefaults, ...settings }
    const share = Math.max(1, Math.ceil(left / (rounds * Math.max(1, slots))))
    const seen = this.#seen.get(kind)
    if (seen === undefined) return 1
    const safe = Math.max(1, Math.floor(growth * seen.largest))
    return Math.max(1, Math.min(idealFor(seen, targetMs, overheadShare), safe, share, most))
  }
}

const unseen = (): Seen => ({ weight: 0, items: 0, squares: 0, ms: 0, products: 0, largest: 0, line: undefined })

/** Where nobody can tell what a batch costs beside its items, as many as the target allows: larger ones will tell. */
const idealFor = ({ line, ms, items }: Seen, targetMs: Millis, overheadShare: number): number => {
  const byTarget = Math.ceil(targetMs / (line?.itemMs ?? ms / items))
  return line === undefined ? byTarget : Math.min(Math.ceil(line.overheadMs / (overheadShare * line.itemMs)), byTarget)
}

/** Whether the work has changed so much that what was seen before says nothing of it. */
const isAnother = (line: Seen["line"], items: number, ms: Millis): boolean => {
  if (line === undefined) return false
  const expected = line.overheadMs + line.itemMs * items
  return ms > change * expected || ms + messageMs < expected / change
}

/** Least squares; no item takes less than nothing, nor more than its part of the whole. */
const lineThrough = ({ weight, items, squares, ms, products }: Seen): Seen["line"] => {
  const spread = squares - (items * items) / weight
  if (!(spread > leastSpread ** 2 * squares)) return undefined
  const itemMs = Math.min(ms / items, Math.max(0, (products - (items * ms) / weight) / spread))
  return { itemMs, overheadMs: messageMs + Math.max(0, (ms - itemMs * items) / weight) }
}

/** The same line, moved toward what one more batch took. */
const scaled = (line: Seen["line"], items: number, ms: Millis): Seen["line"] => {
  if (line === undefined) return undefined
  const factor = 1 + gain * (ms / (line.overheadMs + line.itemMs * items) - 1)
  return Number.isFinite(factor) ? { overheadMs: line.overheadMs * factor, itemMs: line.itemMs * factor } : line
}
