import { takesWork, type WorkerRecord } from "../ledger/index.ts"
import type { WorkerId } from "../model/index.ts"
import type { Filter } from "./filter.ts"

/** Reserved slots as a share of the worker's slots; infinite where none is free or the phase takes no work. */
export const loadOf = (worker: WorkerRecord): number => {
  const { slots } = worker.spec.limits
  return worker.slots < slots && takesWork(worker.phase) ? worker.slots / slots : Number.POSITIVE_INFINITY
}

/** Beyond this many least loaded workers that do not fit, it is cheaper to look at all. */
const maxMisses = 32
const none = -1

/**
 * Workers by load: a tournament over their places in the order of joining, so that of equals the one that joined
 * first wins. `changed` after each change of a worker's reservations or phase costs O(log n), as does each worker
 * looked at by `seek`; joining is O(log n) amortised.
 */
export class LoadIndex {
  /** Leaves a power of two; the root is at 1, leaf `place` at `leaves + place`. Each node holds the winning place. */
  #leaves = 4
  #winners = new Int32Array(8).fill(none)
  #loads = new Float64Array(4).fill(Number.POSITIVE_INFINITY)
  #workers: Array<WorkerRecord | undefined> = []
  readonly #places = new Map<WorkerId, number>()

  constructor(workers: Iterable<WorkerRecord> = []) {
    for (const worker of workers) this.changed(worker)
  }

  get size(): number {
    return this.#places.size
  }

  /** Whether some worker that takes work has a slot free. */
  get hasRoom(): boolean {
    return this.#least() !== undefined
  }

  /** The worker has joined, or what is reserved on it or its phase has changed. */
  changed(worker: WorkerRecord): void {
    const known = this.#places.get(worker.spec.id)
    const place = known ?? this.#join(worker)
    this.#workers[place] = worker
    this.#set(place, loadOf(worker))
  }

  /** The worker has left. Should one of the same id join later, it joins last. */
  removed(workerId: WorkerId): void {
    const place = this.#places.get(workerId)
    if (place === undefined) return
    this.#places.delete(workerId)
    this.#workers[place] = undefined
    this.#set(place, Number.POSITIVE_INFINITY)
  }

  /** The least loaded worker that fits; of equals the one that joined first. */
  seek(filter: Filter): WorkerRecord | undefined {
    const first = this.#least()
    if (first === undefined || filter.fits(first)) return first
    const setAside = [first]
    try {
      while (setAside.length <= maxMisses) {
        this.#hide(setAside.at(-1))
        const next = this.#least()
        if (next === undefined || filter.fits(next)) return next
        setAside.push(next)
      }
      return this.#seekAmongAll(filter)
    } finally {
      for (const worker of setAside) this.changed(worker)
    }
  }

  /** The others, in the order of joining: whoever is no less loaded than the best so far need not fit. */
  #seekAmongAll(filter: Filter): WorkerRecord | undefined {
    filter.passedOver.length = 0
    let least: WorkerRecord | undefined
    let lowest = Number.POSITIVE_INFINITY
    for (let place = 0; place < this.#workers.length; place += 1) {
      const load = this.#loads[place] ?? Number.POSITIVE_INFINITY
      const worker = this.#workers[place]
      if (load >= lowest || worker === undefined || !filter.fits(worker)) continue
      least = worker
      lowest = load
    }
    return least
  }

  *#present(): Iterable<WorkerRecord> {
    for (const worker of this.#workers) if (worker !== undefined) yield worker
  }

  #least(): WorkerRecord | undefined {
    const place = this.#winners[1] ?? none
    return place === none || this.#loads[place] === Number.POSITIVE_INFINITY ? undefined : this.#workers[place]
  }

  #hide(worker: WorkerRecord | undefined): void {
    const place = worker && this.#places.get(worker.spec.id)
    if (place !== undefined) this.#set(place, Number.POSITIVE_INFINITY)
  }

  #join(worker: WorkerRecord): number {
    if (this.#workers.length === this.#leaves) this.#rebuild()
    const place = this.#workers.length
    this.#workers.push(worker)
    this.#places.set(worker.spec.id, place)
    return place
  }

  /** Closes the gaps of those who left, and doubles where that does not free half. */
  #rebuild(): void {
    const present = [...this.#present()]
    this.#leaves = present.length * 2 > this.#leaves ? this.#leaves * 2 : this.#leaves
    this.#winners = new Int32Array(2 * this.#leaves).fill(none)
    this.#loads = new Float64Array(this.#leaves).fill(Number.POSITIVE_INFINITY)
    this.#workers = present
    present.forEach((worker, place) => {
      this.#places.set(worker.spec.id, place)
      this.#loads[place] = loadOf(worker)
      this.#winners[this.#leaves + place] = place
    })
    for (let node = this.#leaves - 1; node >= 1; node--) this.#winners[node] = this.#winnerOf(node)
  }

  #set(place: number, load: number): void {
    this.#loads[place] = load
    let node = this.#leaves + place
    this.#winners[node] = place
    for (node >>= 1; node >= 1; node >>= 1) this.#winners[node] = this.#winnerOf(node)
  }

  #winnerOf(node: number): number {
    const left = this.#winners[2 * node] ?? none
    const right = this.#winners[2 * node + 1] ?? none
    if (right === none) return left
    return (this.#loads[right] ?? 0) < (this.#loads[left] ?? 0) ? right : left
  }
}

/** The least loaded of all that fit, by looking at each; of equals the first. */
export const leastLoaded = (workers: Iterable<WorkerRecord>, filter: Filter): WorkerRecord | undefined => {
  let least: WorkerRecord | undefined
  let lowest = Number.POSITIVE_INFINITY
  for (const worker of workers) {
    if (!filter.fits(worker)) continue
    const load = loadOf(worker)
    if (load < lowest) {
      lowest = load
      least = worker
    }
  }
  return least
}
