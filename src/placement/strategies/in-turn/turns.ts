import type { WorkerRecord } from "../../../ledger/index.ts"
import type { Pool } from "../../pool/pool.ts"

/**
 * Turns over a pool whose members come and go: the count of joins of the worker whose turn it is. A turn stays with its
 * worker, or goes to the next one that stayed where its worker has left; whoever joins stands at the end of the round.
 */
export class Turns {
  readonly #turns = new Map<string, number>()
  #shared = 0

  /** Where the turn of all stands. */
  shared(pool: Pool): number {
    return placeFrom(pool, this.#shared)
  }

  /** Where the turn of one kind of work stands, where it has one. */
  of(kind: string, pool: Pool): number | undefined {
    const turn = this.#turns.get(kind)
    return turn === undefined ? undefined : placeFrom(pool, turn)
  }

  /** Gives the turn of all to whoever stands after the place. */
  passShared(place: number, pool: Pool): void {
    this.#shared = turnAfter(place, pool)
  }

  /** Gives the turn of one kind of work to whoever stands after the place. Beyond `limit` kinds all begin again. */
  pass(kind: string, place: number, pool: Pool, limit: number): void {
    if (!this.#turns.has(kind) && this.#turns.size >= limit) this.#turns.clear()
    this.#turns.set(kind, turnAfter(place, pool))
  }
}

/** Whoever has it, or follows where that one has left. */
const placeFrom = (pool: Pool, turn: number): number => {
  const place = pool.firstAfter(turn - 1)
  return place === pool.span ? 0 : place
}

const turnAfter = (place: number, pool: Pool): number => {
  for (let next = place + 1; next < pool.span; next += 1) {
    const worker = pool.at(next)
    if (worker !== undefined) return pool.joinOf(worker)
  }
  return 0
}

/** The first at or after the place, round the pool, that `suits`; `undefined` where none does. */
export const placeOfNext = (from: number, pool: Pool, suits: (worker: WorkerRecord) => boolean): number | undefined => {
  let place = from
  for (let step = pool.span; step > 0; step -= 1) {
    const worker = pool.at(place)
    if (worker !== undefined && suits(worker)) return place
    place = place + 1 === pool.span ? 0 : place + 1
  }
  return undefined
}
