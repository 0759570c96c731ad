import { takesWork, type WorkerRecord } from "../../ledger/index.ts"
import type { WorkerId } from "../../model/index.ts"

/** Places of a pool that has just been made: a power of two. */
const firstPlaces = 16

const hasRoom = (worker: WorkerRecord): boolean =>
  worker.slots < worker.limit && takesWork(worker.phase) && !(worker.open < 1)

/**
 * The workers in the order of joining, each at a place of its own, and a log of which have changed: what everything that
 * is kept of workers is brought up to date from. Whoever leaves leaves a gap; gaps are closed as the places run out.
 *
 * `changed`, `learned` and `removed` cost O(1), joining O(1) amortised, whatever the size of the pool.
 */
export class Pool {
  #workers: Array<WorkerRecord | undefined> = []
  /** By place, the count of joins up to this one: it only grows, from place to place and over time. */
  #joins = new Float64Array(firstPlaces)
  #roomy = new Uint8Array(firstPlaces)
  #withRoom = 0
  #joined = 0
  #layout = 0
  /** Places by the end of the workers' numbers: a hint, to be checked. */
  #byNumber = new Int32Array(2 * firstPlaces)
  readonly #places = new Map<WorkerId, number>()
  /** A ring: the places that have changed, as far back as is worth following. */
  #log = new Int32Array(firstPlaces)
  /** By place, the version before its last change. */
  #last = new Float64Array(firstPlaces)
  #version = 0

  constructor(workers: Iterable<WorkerRecord> = []) {
    for (const worker of workers) this.changed(worker)
  }

  /** Workers in it. */
  get size(): number {
    return this.#places.size
  }

  /** Places taken up, gaps included: every place is below it. */
  get span(): number {
    return this.#workers.length
  }

  /** Whether some worker that takes work has a slot free. */
  get hasRoom(): boolean {
    return this.#withRoom > 0
  }

  /** Changes so far. */
  get version(): number {
    return this.#version
  }

  /** How often the places were given out anew. What was noted by place before is void. */
  get layout(): number {
    return this.#layout
  }

  /** The worker has joined, or what is reserved on it or its phase has changed. */
  changed(worker: WorkerRecord): void {
    let place = this.#lastPlaceOf(worker)
    if (place === undefined) {
      place = this.#places.get(worker.spec.id) ?? this.#join(worker)
      this.#workers[place] = worker
      this.#noteNumber(worker, place)
    }
    this.#setRoom(place, hasRoom(worker) ? 1 : 0)
    this.#note(place)
  }

  /** Something was learned of the worker that may count in a decision: of its speed, its health. */
  learned(workerId: WorkerId): void {
    const place = this.#places.get(workerId)
    if (place !== undefined) this.#note(place)
  }

  /** The worker has left. Should one of the same id join later, it joins last. */
  removed(workerId: WorkerId): void {
    const place = this.#places.get(workerId)
    if (place === undefined) return
    this.#places.delete(workerId)
    this.#workers[place] = undefined
    this.#setRoom(place, 0)
    this.#note(place)
  }

  /** Who stands at the place; `undefined`: a gap. */
  at(place: number): WorkerRecord | undefined {
    return this.#workers[place]
  }

  placeOf(workerId: WorkerId): number | undefined {
    return this.#places.get(workerId)
  }

  /** How many had joined when this worker had; 0 where it is not here. */
  joinOf(worker: WorkerRecord): number {
    const place = this.#lastPlaceOf(worker) ?? this.#places.get(worker.spec.id)
    return place === undefined ? 0 : (this.#joins[place] ?? 0)
  }

  /** The first place of those that joined after so many had. */
  firstAfter(joins: number): number {
    let low = 0
    let high = this.#workers.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#joins[middle] ?? 0) > joins) high = middle
      else low = middle + 1
    }
    return low
  }

  /** Whether the changes from this version on are still in the log. */
  remembers(version: number): boolean {
    return this.#version - version <= this.#log.length
  }

  /** The place of the change that led from this version to the next. */
  changeAt(version: number): number {
    return this.#log[version & (this.#log.length - 1)] ?? 0
  }

  /** Spares the look-up by id, where a ledger has numbered its workers. */
  #lastPlaceOf(worker: WorkerRecord): number | undefined {
    if (worker.number === undefined) return undefined
    const place = this.#byNumber[worker.number & (this.#byNumber.length - 1)] ?? 0
    return this.#workers[place] === worker ? place : undefined
  }

  #noteNumber({ number }: WorkerRecord, place: number): void {
    if (number !== undefined) this.#byNumber[number & (this.#byNumber.length - 1)] = place
  }

  /** Whether the place of this change has not changed again since: of a place's changes only the last need be followed. */
  isLastOf(place: number, version: number): boolean {
    return this.#last[place] === version
  }

  #note(place: number): void {
    this.#log[this.#version & (this.#log.length - 1)] = place
    this.#last[place] = this.#version
    this.#version += 1
  }

  #setRoom(place: number, roomy: 0 | 1): void {
    this.#withRoom += roomy - (this.#roomy[place] ?? 0)
    this.#roomy[place] = roomy
  }

  #join(worker: WorkerRecord): number {
    if (this.#workers.length === this.#roomy.length) this.#makePlaces()
    const place = this.#workers.length
    this.#workers.push(worker)
    this.#places.set(worker.spec.id, place)
    this.#joined += 1
    this.#joins[place] = this.#joined
    return place
  }

  /** Closes the gaps of those who left, and doubles where that does not free half. */
  #makePlaces(): void {
    const length = this.#places.size * 2 > this.#roomy.length ? this.#roomy.length * 2 : this.#roomy.length
    const workers: Array<WorkerRecord | undefined> = []
    const joins = new Float64Array(length)
    const last = new Float64Array(length)
    const roomy = new Uint8Array(length)
    const gaps = this.#places.size < this.#workers.length
    this.#workers.forEach((worker, place) => {
      if (worker === undefined) return
      if (gaps) this.#places.set(worker.spec.id, workers.length)
      joins[workers.length] = this.#joins[place] ?? 0
      last[workers.length] = this.#last[place] ?? 0
      roomy[workers.length] = this.#roomy[place] ?? 0
      workers.push(worker)
    })
    this.#workers = workers
    this.#joins = joins
    this.#roomy = roomy
    this.#byNumber = new Int32Array(2 * length)
    for (let place = 0; place < workers.length; place += 1) {
      const worker = workers[place]
      if (worker !== undefined) this.#noteNumber(worker, place)
    }
    const log = new Int32Array(length)
    for (let version = Math.max(0, this.#version - this.#log.length); version < this.#version; version += 1) {
      log[version & (length - 1)] = this.changeAt(version)
    }
    this.#log = log
    this.#last = last
    if (gaps) this.#layout += 1
  }
}
