import type { TaskRecord, WorkerRecord } from "../src/ledger/index.ts"
import { takesWork, unmetEver } from "../src/ledger/index.ts"
import type { Millis } from "../src/model/index.ts"
import type { Judgement, PlacementView } from "../src/placement/index.ts"
import type { Aheads } from "./aheads.ts"

/** Runs sent ahead to the same worker before the next worker is considered. */
const atOnce = 8
/** Pools up to this size are looked at as a whole; of a larger one at most so many workers, twice: see below. */
const wholeUpTo = 64
const seen = 32
/** Types remembered for which nobody was found. */
const kept = 512

/** A busy worker, and how many runs may be sent ahead to it now. */
export interface AheadTarget {
  readonly worker: WorkerRecord
  readonly room: number
}

/** What else there is to do. */
export interface AheadState {
  /** See `Aheads`. */
  readonly plenty: boolean
  /** The first tasks of other lanes that come first. */
  readonly before: () => ReadonlyArray<TaskRecord>
  /** Whether a task that could go elsewhere waits for the worker. */
  readonly isAwaited?: (worker: WorkerRecord) => boolean
}

/**
 * Where runs are sent ahead: to the busy worker with the shortest line of its own. In a large pool to the shortest of
 * those where a run has ended lately and of a few more, others each time; and where none of them takes runs of a type,
 * nobody is asked again until as many runs have ended. So what it costs does not grow with the pool.
 */
export class AheadTargets {
  readonly #aheads: Aheads
  /** Where a run has ended since they were looked at. */
  readonly #lately = new Set<WorkerRecord>()
  #next = 0
  #ended = 0
  /** For types that nobody takes: the ended runs from which on they are asked again. */
  readonly #hopeless = new Map<string, number>()

  constructor(aheads: Aheads) {
    this.#aheads = aheads
  }

  /** A run has ended there. */
  ended(worker: WorkerRecord): void {
    this.#ended += 1
    if (this.#lately.size < seen) this.#lately.add(worker)
  }

  choose(
    { spec }: TaskRecord,
    view: PlacementView,
    { plenty, before, isAwaited }: AheadState,
    now: Millis
  ): AheadTarget | undefined {
    const { workers, performance, patience } = view
    if ((this.#hopeless.get(spec.type) ?? 0) > this.#ended) return undefined
    let judgement: Judgement | undefined
    let first: ReadonlyArray<TaskRecord> | undefined
    let shortest = Number.POSITIVE_INFINITY
    let target: AheadTarget | undefined
    let someTakes = false
    for (const worker of this.#toLookAt(workers)) {
      const { length } = worker.ahead
      const depth = this.#aheads.depth(spec.type, worker, performance, plenty)
      if (depth > 0) someTakes = true
      const room = depth - length
      if (room <= 0 || length >= shortest) continue
      if (worker.heldFor !== undefined || worker.alone || !takesWork(worker.phase)) continue
      if (isAwaited?.(worker)) continue
      judgement ??= patience?.judge(spec, workers, now)
      if (judgement?.declines(worker) !== undefined) continue
      first ??= before()
      // A slot that becomes free there is theirs: what was sent ahead would take it.
      if (first.some((other) => unmetEver(other.spec.requirements, worker.spec).length === 0)) continue
      shortest = length
      target = { worker, room: Math.min(atOnce, room) }
    }
    if (!someTakes && workers.length > wholeUpTo) this.#giveUpOn(spec.type)
    return target
  }

  #toLookAt(workers: ReadonlyArray<WorkerRecord>): Iterable<WorkerRecord> {
    if (workers.length <= wholeUpTo) return workers
    const few: Array<WorkerRecord> = []
    // One that has left since takes no work.
    for (const worker of this.#lately) few.push(worker)
    this.#lately.clear()
    for (let step = 0; step < seen; step += 1) {
      const worker = workers[(this.#next + step) % workers.length]
      if (worker !== undefined) few.push(worker)
    }
    this.#next = (this.#next + seen) % workers.length
    return few
  }

  #giveUpOn(type: string): void {
    if (this.#hopeless.size >= kept) this.#hopeless.clear()
    this.#hopeless.set(type, this.#ended + seen)
  }
}
