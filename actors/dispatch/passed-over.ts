import { fitsNow, goesBefore, type Ledger, type TaskRecord, type WorkerRecord } from "../../src/ledger/index.ts"
import type { Millis, WorkerId } from "../../src/model/index.ts"

const never = Number.POSITIVE_INFINITY

/**
 * What the tasks of a shape wait for.
 *
 * - `room`: no worker can take them. Whoever changes so that it can, wakes them.
 * - `anything`: whatever happens may make a difference, such as the end of a run behind which they could be sent ahead.
 * - `patience`: whoever is free is not worth it. As before; and more work, and time.
 * - `scores`: their batch is being scored.
 * - `somebody`: no worker of the pool could ever take them.
 */
export type Cause = "room" | "anything" | "patience" | "scores" | "somebody"

/** One that is to run alone has waited long enough at once: a busy worker with several slots is never empty by chance. */
const waitsSince = ({ suspect, acceptedAt }: TaskRecord): Millis => (suspect ? Number.NEGATIVE_INFINITY : acceptedAt)

interface Sleeper {
  /** The first of them as they were passed over. */
  readonly first: TaskRecord
  readonly cause: Cause
}

/**
 * The shapes that wait, each with what would wake it. Nobody polls: a worker on which something has changed wakes those
 * whose first task it can take now, and nobody else need look at them. Their lanes sleep in the ledger.
 *
 * What rests on is this: a shape sleeps for `room` only while no worker could take its first task. It has been tried in
 * vain on all; since then each worker that changed was asked for, and the others can only have got fuller.
 */
export class PassedOver {
  readonly #ledger: Ledger
  readonly #sleepers = new Map<string, Sleeper>()
  /** Workers on which something has ended since shapes were last woken. */
  readonly #changed = new Set<WorkerRecord>()
  #hasStirred = false
  /** Within a pass: those workers, and the shapes that they have woken. */
  readonly #fresh = new Set<WorkerRecord>()
  readonly #woken = new Set<string>()
  /** Workers that are kept free for a task. */
  #kept = 0
  #reconsiderAt = never
  /** No first task that sleeps for room has waited since before this. */
  #earliest = never

  constructor(ledger: Ledger) {
    this.#ledger = ledger
  }

  /** When a task that waits for a faster worker should be looked at again, whatever happens until then. */
  get reconsiderAt(): Millis {
    return this.#reconsiderAt
  }

  causeOf(shape: string): Cause | undefined {
    return this.#sleepers.get(shape)?.cause
  }

  /** The first of its shape has to wait, and all behind it. */
  add(first: TaskRecord, cause: Cause): void {
    const { shape } = first.spec.requirements
    this.#sleepers.set(shape, { first, cause })
    this.#noteAge(first)
    this.#woken.delete(shape)
    this.#ledger.sleep(shape)
  }

  /** The task has begun to wait. It may go first of its shape now, and where the one before it might not. */
  arrived(task: TaskRecord): void {
    this.#noteAge(task)
    if (this.#kept === 0) return
    const { concurrencyKey, requirements } = task.spec
    // It may have taken the turn of another of its key, which was the first elsewhere.
    if (concurrencyKey !== undefined) this.stir()
    const sleeper = this.#sleepers.get(requirements.shape)
    if (sleeper?.cause === "room" || sleeper?.cause === "anything") {
      if (this.#ledger.firstOf(requirements.shape) === task) this.wake(requirements.shape)
    }
  }

  #noteAge(task: TaskRecord): void {
    const since = waitsSince(task)
    if (since < this.#earliest && this.#sleepers.has(task.spec.requirements.shape)) this.#earliest = since
  }

  /** The first in order of those that sleep for room and have waited since then or before. */
  overdue(since: Millis): TaskRecord | undefined {
    if (this.#earliest > since) return undefined
    this.#earliest = never
    let overdue: TaskRecord | undefined
    for (const [shape, { cause }] of this.#sleepers) {
      const first = cause === "room" || cause === "anything" ? this.#ledger.firstOf(shape) : undefined
      if (first === undefined) continue
      const before = waitsSince(first)
      this.#earliest = Math.min(this.#earliest, before)
      if (before <= since && (overdue === undefined || goesBefore(first, overdue))) overdue = first
    }
    return overdue
  }

  /** Whoever is free for it is not worth it until then. */
  addPatient(first: TaskRecord, reconsiderAt: Millis): void {
    this.add(first, "patience")
    this.#reconsiderAt = Math.min(this.#reconsiderAt, reconsiderAt)
  }

  wake(shape: string): void {
    if (this.#sleepers.delete(shape)) this.#ledger.wake(shape)
  }

  /** One that was not there as the shape was passed over goes before it: it is to be tried, be it whom it may for. */
  wakeWholly(shape: string): void {
    this.wake(shape)
    this.#woken.delete(shape)
  }

  /** The worker may take now what it could not take before. */
  changed(workerId: WorkerId): void {
    // Those that were woken within the pass are tried on the workers that have changed alone: this is one of them.
    if (this.#sleepers.size === 0 && this.#woken.size === 0) return
    this.#hasStirred = true
    const worker = this.#ledger.worker(workerId)
    if (worker !== undefined) this.#changed.add(worker)
  }

  /** Whether a worker may take more since shapes were last woken. */
  get hasChanged(): boolean {
    return this.#changed.size > 0
  }

  /** Something has happened. */
  stir(): void {
    this.#hasStirred = true
  }

  /** As many workers are kept free for a task. */
  kept(workers: number): void {
    this.#kept = workers
  }

  /** Looks at all again, but for those that are being scored, and those that nobody could ever take. */
  wakeAll(): void {
    for (const [shape, { cause }] of this.#sleepers) if (cause !== "scores" && cause !== "somebody") this.wake(shape)
    this.#woken.clear()
  }

  /** Looks again at those that wait for a faster worker. */
  reconsider(): void {
    if (this.#reconsiderAt === never) return
    this.#reconsiderAt = never
    for (const [shape, { cause }] of this.#sleepers) if (cause === "patience") this.wake(shape)
  }

  /** Wakes those for whom something has changed. */
  wakeChanged(): void {
    if (!this.#hasStirred) return
    this.#hasStirred = false
    this.#reconsiderAt = never
    for (const [shape, sleeper] of this.#sleepers) {
      const first = this.#ledger.firstOf(shape)
      // With the lane its sleep has ended.
      if (first === undefined) this.#sleepers.delete(shape)
      else if (this.#isWoken(sleeper, first)) this.wake(shape)
    }
    for (const worker of this.#changed) this.#fresh.add(worker)
    this.#changed.clear()
  }

  #isWoken({ cause, first: before }: Sleeper, first: TaskRecord): boolean {
    if (cause === "anything" || cause === "patience") return true
    if (cause !== "room") return false
    // Who is first now may go where the other might not.
    if (this.#kept > 0 && first !== before) return true
    const { shape } = first.spec.requirements
    if (!this.#fitsOneOf(this.#changed, first)) return false
    this.#woken.add(shape)
    return true
  }

  /**
   * Whether it is worth trying the first task of its shape: of those that were woken by a worker, the first in order may
   * have taken all its room by now.
   */
  isWorthTrying(first: TaskRecord): boolean {
    return !this.#woken.has(first.spec.requirements.shape) || this.#fitsOneOf(this.#fresh, first)
  }

  /** The only workers that can have room for the first of its shape; `undefined`: all may. */
  roomyFor(first: TaskRecord): Iterable<WorkerRecord> | undefined {
    return this.#woken.has(first.spec.requirements.shape) ? this.#fresh : undefined
  }

  /** All that are awake have been tried. */
  endPass(): void {
    this.#fresh.clear()
    this.#woken.clear()
  }

  #fitsOneOf(workers: ReadonlySet<WorkerRecord>, task: TaskRecord): boolean {
    for (const worker of workers) if (this.#canTake(worker, task)) return true
    return false
  }

  #canTake(worker: WorkerRecord, { spec }: TaskRecord): boolean {
    if (!fitsNow(spec.requirements, worker)) return false
    if (worker.heldFor === undefined) return true
    return this.#ledger.refusalToPlace(spec.id, worker.spec.id) === undefined
  }
}
