import type { LedgerEvent } from "../../model/index.ts"
import { type Compaction, compactBeside } from "./compaction.ts"
import { EventBatch, isWritable } from "./event-batch.ts"
import type { JournalFile, JournalFiles } from "./files.ts"
import { frameOf, openingOf } from "./format.ts"
import type { SegmentHeader } from "./headers.ts"
import { segmentPath } from "./layout.ts"
import type { SetAside } from "./load.ts"
import { isKept } from "./task-images.ts"

/** What went wrong. `write`: nothing becomes durable until it works again. */
export interface JournalProblem {
  readonly kind: "write" | "unwritable" | "compaction" | "damage"
  readonly message: string
}

export interface JournalOptions {
  readonly directory: string
  readonly files: JournalFiles
  /** Wall clock minus the monotonic clock of this run's events, in milliseconds. */
  readonly skew: number
  /** Ended tasks that are remembered. */
  readonly retain: number
  /** Bytes from which a segment is closed and the next one begun. */
  readonly segmentBytes: number
  readonly onProblem: (problem: JournalProblem) => void
  /** Writing works again, after so many attempts that failed. */
  readonly onResumed: (failures: number) => void
  /** Milliseconds before an attempt to write that follows `failures` failed ones. */
  readonly retryDelay: (failures: number) => number
}

/** Where the files stand as a run begins. */
export interface JournalStart {
  readonly run: number
  readonly seq: number
  readonly epoch: number
  readonly nextSegment: number
  readonly closedBytes: number
  readonly snapshotBytes: number
}

/** How a journal does, for whoever looks. */
export interface JournalStats {
  readonly events: number
  /** Writes that were made durable. */
  readonly commits: number
  readonly bytes: number
  readonly failures: number
  readonly compactions: number
  /** Events that are not durable yet. */
  readonly pending: number
}

/** A segment that is being written. */
interface Segment {
  readonly number: number
  readonly file: JournalFile
  /** Up to the end of the last frame that is durable. */
  bytes: number
  /** Durable frames after the header. */
  frames: number
}

/** How long the end of a journal waits for a compaction that is under way, in milliseconds. */
const compactionLimit = 1_000

/** Bytes of large parts from which a batch is full. */
const batchBytes = 8 * 1024 * 1024

/**
 * The write-ahead journal of a run. Events are serialised as they come; one write with its sync is under way at a time,
 * and what comes meanwhile makes the next one. What cannot be written is tried again, in a new segment, for as long as
 * it takes: `durableSeq` does not advance meanwhile, and nothing else happens.
 */
export class Journal {
  readonly #options: JournalOptions
  readonly #start: JournalStart
  readonly #listeners = new Set<() => void>()
  /** Batches to be written, in order; events join the last one. */
  readonly #batches: Array<EventBatch> = []
  /** Events of the batch that is being written. */
  #underWay = 0
  #segment: Segment | undefined
  #nextSegment: number
  #durableSeq: number
  #lastSeq: number
  #writing: Promise<void> | undefined
  /** Ends the wait before the next attempt. */
  #hurry: (() => void) | undefined
  #closing = false
  #failures = 0
  #closedBytes: number
  #snapshotBytes: number
  #compaction: Compaction | undefined
  #compacting: Promise<void> | undefined
  readonly #stats = { events: 0, commits: 0, bytes: 0, failures: 0, compactions: 0 }

  constructor(options: JournalOptions, start: JournalStart) {
    this.#options = options
    this.#start = start
    this.#nextSegment = start.nextSegment
    this.#durableSeq = start.seq
    this.#lastSeq = start.seq
    this.#closedBytes = start.closedBytes
    this.#snapshotBytes = start.snapshotBytes
  }

  /** Every event up to this one that is kept at all survives whatever may come. */
  get durableSeq(): number {
    return this.#durableSeq
  }

  /** The latest event that was appended: durable once `durableSeq` has reached it. */
  get lastSeq(): number {
    return this.#lastSeq
  }

  get stats(): JournalStats {
    return { ...this.#stats, pending: this.#batches.reduce((sum, { size }) => sum + size, this.#underWay) }
  }

  /** Whether a value can be part of an event: functions, symbols and shared memory cannot. */
  isWritable(value: unknown): boolean {
    return isWritable(value)
  }

  /** Takes an event of a task; those of workers are not kept. Never throws. */
  append(event: LedgerEvent): void {
    if (this.#closing || !isKept(event)) return
    let batch = this.#batches.at(-1)
    if (batch === undefined || batch.packedBytes >= batchBytes) {
      batch = new EventBatch()
      this.#batches.push(batch)
    }
    if (!batch.add(event)) {
      const what = "taskId" in event ? `${event._tag} of task ${event.taskId}` : event._tag
      this.#options.onProblem({ kind: "unwritable", message: `${what} holds what cannot be written, and is not kept` })
      return
    }
    this.#stats.events += 1
    this.#lastSeq = event.seq
    // What else this turn brings joins in.
    if (this.#writing === undefined) this.#writing = Promise.resolve().then(() => this.#writeAll())
  }

  /** Calls the listener whenever `durableSeq` has advanced. Returns what ends that. */
  onDurable(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  /** Resolves once all that was appended is durable, or the journal is closed. */
  async flush(): Promise<void> {
    const goal = this.#lastSeq
    while (this.#durableSeq < goal && this.#writing !== undefined) await this.#writing
  }

  /** Takes no more, makes one last attempt at what is left, and closes the file. */
  async close(): Promise<void> {
    this.#closing = true
    this.#hurry?.()
    await this.#writing
    // The next run makes another.
    const timer = setTimeout(() => this.#compaction?.giveUp(), compactionLimit)
    await this.#compacting
    clearTimeout(timer)
    const segment = this.#segment
    this.#segment = undefined
    await segment?.file.close().catch(() => undefined)
  }

  /** Begins this run's first segment, so that its number and its epochs are taken before anything happens. */
  async begin(): Promise<void> {
    try {
      this.#segment = await this.#newSegment()
    } catch (cause) {
      this.#failed(cause)
    }
    this.#compactWhereWorth()
  }

  async #writeAll(): Promise<void> {
    for (let batch = this.#batches.shift(); batch !== undefined; batch = this.#batches.shift()) {
      const { size, lastSeq } = batch
      this.#underWay = size
      if (!(await this.#write(frameOf(batch.take())))) break
      this.#underWay = 0
      this.#durableSeq = lastSeq
      for (const listener of this.#listeners) listener()
    }
    this.#writing = undefined
  }

  /** Resolves once the frame is durable; with `false` where the journal was closed before it was. */
  async #write(frame: Buffer): Promise<boolean> {
    for (;;) {
      try {
        this.#segment ??= await this.#newSegment()
        const segment = this.#segment
        await segment.file.write(frame, segment.bytes)
        await segment.file.sync()
        segment.bytes += frame.length
        segment.frames += 1
        this.#stats.commits += 1
        this.#stats.bytes += frame.length
        break
      } catch (cause) {
        this.#failed(cause)
        await this.#abandon()
        if (this.#closing) return false
        await this.#pause(this.#options.retryDelay(this.#failures))
      }
    }
    if (this.#failures > 0) this.#options.onResumed(this.#failures)
    this.#failures = 0
    if (this.#segment.bytes >= this.#options.segmentBytes) await this.#closeSegment()
    return true
  }

  async #newSegment(): Promise<Segment> {
    const { directory, files, skew } = this.#options
    const { run, epoch } = this.#start
    const number = this.#nextSegment
    const header: SegmentHeader = { kind: "segment", run, skew, epoch, node: process.versions.node }
    const opening = openingOf(header)
    const file = await files.create(segmentPath(directory, number))
    try {
      await file.write(opening, 0)
      await file.sync()
      await files.syncDirectory(directory)
    } catch (cause) {
      await file.close().catch(() => undefined)
      throw cause
    }
    this.#nextSegment = number + 1
    return { number, file, bytes: opening.length, frames: 0 }
  }

  /**
   * After an error nobody knows what is in the file: after a failed sync the system may have dropped what it had not
   * written, and call the next sync a success. What is sound stays; all else is written again, elsewhere.
   */
  async #abandon(): Promise<void> {
    const segment = this.#segment
    if (segment === undefined) return
    this.#segment = undefined
    try {
      await segment.file.truncate(segment.bytes)
    } catch {
      // Then recovery cuts it.
    }
    await segment.file.close().catch(() => undefined)
    // An empty one is begun again under its number: an outage must not leave a file for each attempt.
    if (segment.frames === 0) this.#nextSegment = segment.number
    else this.#closedBytes += segment.bytes
  }

  async #closeSegment(): Promise<void> {
    const segment = this.#segment
    if (segment === undefined) return
    this.#segment = undefined
    this.#closedBytes += segment.bytes
    // All of it is durable already.
    await segment.file.close().catch(() => undefined)
    this.#compactWhereWorth()
  }

  /** What is written again by compactions is then at most as much as was written by events. */
  #compactWhereWorth(): void {
    const { directory, retain, segmentBytes, onProblem } = this.#options
    const worth = this.#closedBytes >= Math.max(2 * segmentBytes, this.#snapshotBytes)
    if (!worth || this.#compacting !== undefined || this.#closing) return
    const folded = this.#closedBytes
    const through = (this.#segment?.number ?? this.#nextSegment) - 1
    const compaction = compactBeside({ directory, through, retain, wallClock: Date.now() })
    this.#compaction = compaction
    this.#compacting = compaction.result.then(
      ({ bytes, setAside }) => {
        this.#compacting = undefined
        this.#closedBytes -= folded
        this.#snapshotBytes = bytes
        this.#stats.compactions += 1
        for (const file of setAside) onProblem({ kind: "damage", message: describeSetAside(file) })
      },
      (cause: unknown) => {
        this.#compacting = undefined
        if (this.#closing) return
        onProblem({ kind: "compaction", message: `the journal could not be compacted: ${messageOf(cause)}` })
      }
    )
  }

  #failed(cause: unknown): void {
    this.#stats.failures += 1
    this.#failures += 1
    if (this.#failures > 1) return
    const message = `the journal cannot be written, and nothing becomes durable until it can: ${messageOf(cause)}`
    this.#options.onProblem({ kind: "write", message })
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#hurry = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** In words, for a log. */
export const describeSetAside = ({ file, keptAs, reason }: SetAside): string =>
  `${file} is damaged (${reason}); the whole of it is kept as ${keptAs}`
