import type { WorkerRecord } from "../../../ledger/index.ts"
import type { WorkerId } from "../../../model/index.ts"

/** Whose turn it is: a place in the order of joining, and who stood there when it was noted. */
export interface Turn {
  place: number
  id: WorkerId | undefined
}

const idAt = (workers: ReadonlyArray<WorkerRecord>, place: number): WorkerId | undefined => workers[place]?.spec.id

/**
 * Turns over a pool whose members come and go. A turn stays with its worker, or goes to the next one that stayed
 * where its worker has left; whoever joined since stands at the end of the round.
 */
export class Turns {
  /** One turn for each kind of work, and one for all. */
  readonly #turns = new Map<string, Turn>()
  #members: ReadonlyArray<WorkerId> = []
  /** The list the members were noted from: as long as it is the same one, so are they. */
  #noted: ReadonlyArray<WorkerRecord> | undefined
  readonly shared: Turn = { place: 0, id: undefined }

  /** The turn of one kind of work, where it has one. */
  of(kind: string): Turn | undefined {
    return this.#turns.get(kind)
  }

  /** The turn of one kind of work, begun where it has none. Beyond `limit` kinds all begin again. */
  begin(kind: string, limit: number): Turn {
    const known = this.#turns.get(kind)
    if (known !== undefined) return known
    if (this.#turns.size >= limit) this.#turns.clear()
    const turn: Turn = { place: 0, id: undefined }
    this.#turns.set(kind, turn)
    return turn
  }

  /** Gives the turn to whoever stands after the place. */
  pass(turn: Turn, place: number, workers: ReadonlyArray<WorkerRecord>): void {
    turn.place = (place + 1) % workers.length
    turn.id = idAt(workers, turn.place)
    // One may have left and another joined without the turn's worker moving: the members noted are then stale.
    if (this.#members[turn.place] !== turn.id) this.#members = workers.map(({ spec }) => spec.id)
  }

  /** Brings the turn to the present members: O(1) for the list it was noted for, O(n) to look through another. */
  settle(turn: Turn, workers: ReadonlyArray<WorkerRecord>): void {
    if (turn.id === idAt(workers, turn.place) && this.#areNoted(workers)) return
    const stayed = this.#stayed(workers)
    this.#follow(this.shared, workers, stayed)
    for (const each of this.#turns.values()) this.#follow(each, workers, stayed)
    this.#members = workers.map(({ spec }) => spec.id)
    this.#noted = workers
  }

  /** Members may change places around a turn that stays where it is: only the whole list tells. */
  #areNoted(workers: ReadonlyArray<WorkerRecord>): boolean {
    if (workers.length !== this.#members.length) return false
    if (workers === this.#noted) return true
    if (!workers.every(({ spec }, place) => spec.id === this.#members[place])) return false
    this.#noted = workers
    return true
  }

  /** The places of those who have been members all along; one who left and joined again is new. */
  #stayed(workers: ReadonlyArray<WorkerRecord>): ReadonlyMap<WorkerId, number> {
    const before = new Map(this.#members.map((id, place) => [id, place]))
    const stayed = new Map<WorkerId, number>()
    let last = -1
    workers.forEach(({ spec }, place) => {
      const was = before.get(spec.id)
      if (was === undefined || was < last) return
      last = was
      stayed.set(spec.id, place)
    })
    return stayed
  }

  #follow(turn: Turn, workers: ReadonlyArray<WorkerRecord>, stayed: ReadonlyMap<WorkerId, number>): void {
    let heir: number | undefined
    for (let place = turn.place; heir === undefined && place < this.#members.length; place++) {
      heir = stayed.get(this.#members[place] ?? "")
    }
    // All from the turn to the end have left: next are those who joined since, then the round begins again.
    turn.place = (heir ?? stayed.size) % Math.max(1, workers.length)
    turn.id = idAt(workers, turn.place)
  }
}
