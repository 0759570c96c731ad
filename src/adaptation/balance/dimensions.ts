import type { WorkerId } from "../../model/index.ts"
import type { Thresholds } from "./thresholds.ts"

/** What may be out of balance by itself (G14). I/O is the network. */
export const dimensions = ["cpu", "memory", "io", "accelerator"] as const

export type Dimension = (typeof dimensions)[number]

/** Shares of what there is of each, 0–1, reserved or measured; left out where there is nothing of it. */
export type DimensionUse = Readonly<Partial<Record<Dimension, number>>>

export interface DimensionedWorker {
  readonly workerId: WorkerId
  readonly use: DimensionUse
}

/** max − min of the workers that have any of it, 0–1; left out where fewer than two have. */
export type DimensionGaps = Readonly<Partial<Record<Dimension, number>>>

/** One that cannot be used takes the worker out of the comparison in that dimension. */
const shareOf = ({ use }: Pick<DimensionedWorker, "use">, dimension: Dimension): number | undefined => {
  const share = use[dimension]
  return share === undefined || !Number.isFinite(share) || share < 0 ? undefined : Math.min(1, share)
}

const gapOf = (workers: ReadonlyArray<Pick<DimensionedWorker, "use">>, dimension: Dimension): number | undefined => {
  let [least, most, count] = [1, 0, 0]
  for (const worker of workers) {
    const share = shareOf(worker, dimension)
    if (share === undefined) continue
    count += 1
    least = Math.min(least, share)
    most = Math.max(most, share)
  }
  return count < 2 ? undefined : most - least
}

/** How far the workers lie apart in each dimension. The order of the workers does not matter. */
export const dimensionGaps = (workers: ReadonlyArray<Pick<DimensionedWorker, "use">>): DimensionGaps =>
  Object.fromEntries(
    dimensions.flatMap((dimension) => {
      const gap = gapOf(workers, dimension)
      return gap === undefined ? [] : [[dimension, gap] as const]
    })
  )

/** A dimension that asks for moves, and between which workers. */
export interface DimensionRequest {
  readonly dimension: Dimension
  readonly gap: number
  /** Those above the high threshold, the fullest first; and those below the low one, the emptiest first. */
  readonly over: ReadonlyArray<WorkerId>
  readonly under: ReadonlyArray<WorkerId>
}

/**
 * The dimensions that ask for moves, those furthest apart first, each by the rule of the thresholds (G2): one worker is
 * above the high one, another below the low one, and the gap exceeds `imbalanceThreshold`. What nobody uses never asks.
 */
export const dimensionRequests = (
  workers: ReadonlyArray<DimensionedWorker>,
  { high, low }: Thresholds,
  imbalanceThreshold: number
): ReadonlyArray<DimensionRequest> =>
  dimensions
    .flatMap((dimension): ReadonlyArray<DimensionRequest> => {
      const known = workers
        .flatMap(({ workerId, use }) => {
          const share = shareOf({ use }, dimension)
          return share === undefined ? [] : [{ workerId, share }]
        })
        .sort((a, b) => b.share - a.share)
      const [fullest, emptiest] = [known[0], known.at(-1)]
      if (fullest === undefined || emptiest === undefined) return []
      const gap = fullest.share - emptiest.share
      if (!(fullest.share > high && emptiest.share < low && gap > imbalanceThreshold)) return []
      const over = known.filter(({ share }) => share > high).map(({ workerId }) => workerId)
      const under = known
        .filter(({ share }) => share < low)
        .map(({ workerId }) => workerId)
        .reverse()
      return [{ dimension, gap, over, under }]
    })
    .sort((a, b) => b.gap - a.gap)

/** A move as the dimensions see it: what the task takes of its worker, and would take of the other. */
export interface DimensionMove {
  readonly source: WorkerId
  readonly target: WorkerId
  readonly leaves: DimensionUse
  readonly comes: DimensionUse
}

/** The workers as they are once the move is done. */
export const afterMove = (
  workers: ReadonlyArray<DimensionedWorker>,
  { source, target, leaves, comes }: DimensionMove
): ReadonlyArray<DimensionedWorker> =>
  workers.map((worker) => {
    const change = worker.workerId === source ? leaves : worker.workerId === target ? comes : undefined
    if (change === undefined) return worker
    const sign = worker.workerId === source ? -1 : 1
    const use = Object.fromEntries(
      dimensions.flatMap((dimension) => {
        const share = worker.use[dimension]
        return share === undefined ? [] : [[dimension, Math.max(0, share + sign * (change[dimension] ?? 0))] as const]
      })
    )
    return { workerId: worker.workerId, use }
  })

/** Differences of sums of shares are quotients. */
const rounding = 1e-9

/** A move changes two shares: of three that are furthest out, one at least is of neither. */
const furthest = 3

interface Known {
  readonly workerId: WorkerId
  readonly share: number
}

/** The shares of one dimension, as far as a move of one task can tell: how many there are, and those furthest out. */
interface Spread {
  readonly count: number
  readonly most: ReadonlyArray<Known>
  readonly least: ReadonlyArray<Known>
}

const spreadOf = (workers: ReadonlyArray<DimensionedWorker>, dimension: Dimension): Spread => {
  const known = workers.flatMap(({ workerId, use }): ReadonlyArray<Known> => {
    const share = shareOf({ use }, dimension)
    return share === undefined ? [] : [{ workerId, share }]
  })
  known.sort((a, b) => b.share - a.share)
  return { count: known.length, most: known.slice(0, furthest), least: known.slice(-furthest).reverse() }
}

/**
 * Says of moves which dimensions they would put out of balance, or further out of it: their gap grows, and exceeds the
 * threshold afterwards. A move for one dimension is worth nothing where it only carries the trouble into another.
 *
 * Cost: O(workers · log workers) once, and a look at two workers for each move.
 */
export class DimensionGuard {
  readonly #uses: ReadonlyMap<WorkerId, DimensionedWorker>
  readonly #spreads: ReadonlyMap<Dimension, Spread>
  readonly #threshold: number
  readonly #before: DimensionGaps

  constructor(workers: ReadonlyArray<DimensionedWorker>, imbalanceThreshold: number) {
    this.#uses = new Map(workers.map((worker) => [worker.workerId, worker]))
    this.#spreads = new Map(dimensions.map((dimension) => [dimension, spreadOf(workers, dimension)]))
    this.#threshold = imbalanceThreshold
    this.#before = dimensionGaps(workers)
  }

  worsened(move: DimensionMove): ReadonlyArray<Dimension> {
    const { source, target, leaves, comes } = move
    const touched = dimensions.filter((dimension) => (leaves[dimension] ?? 0) > 0 || (comes[dimension] ?? 0) > 0)
    if (touched.length === 0) return []
    const pair = [this.#uses.get(source), this.#uses.get(target)].filter((worker) => worker !== undefined)
    const moved = afterMove(pair, move)
    return touched.filter((dimension) => {
      const gap = this.#gap(moved, dimension)
      return gap > this.#threshold && gap > (this.#before[dimension] ?? 0) + rounding
    })
  }

  /** How far all lie apart where these are as they are now, and the others as they were. */
  #gap(moved: ReadonlyArray<DimensionedWorker>, dimension: Dimension): number {
    const spread = this.#spreads.get(dimension)
    if (spread === undefined || spread.count < 2) return 0
    const isOther = ({ workerId }: Known): boolean => moved.every((worker) => worker.workerId !== workerId)
    const shares = moved.flatMap((worker) => shareOf(worker, dimension) ?? [])
    for (const other of [spread.most.find(isOther), spread.least.find(isOther)]) {
      if (other !== undefined) shares.push(other.share)
    }
    return Math.max(...shares) - Math.min(...shares)
  }
}
