/** How much a batch holds: the length of its columns and rows. */
export interface BatchSize {
  readonly tasks: number
  readonly workers: number
  /** Tasks of one class share the columns that strategies fill. */
  readonly classes: number
  /** Tasks of one shape fit the same workers. */
  readonly shapes: number
}

const floatsOf = ({ tasks, workers, classes }: BatchSize): number =>
  workers * (3 + 4 + 4) + classes * (3 * workers + 2) + 4 * tasks

const bytesOf = (size: BatchSize): number =>
  8 * floatsOf(size) + 4 * 3 * size.tasks + 2 * size.tasks + size.shapes * size.workers

/**
 * Tasks to place and workers to choose from, as columns and rows of numbers in one buffer: it goes to another
 * thread without being copied where the buffer is shared. Quantities are integers in thousandths.
 */
export class ScoreBatch {
  readonly size: BatchSize
  readonly buffer: ArrayBufferLike

  // Per worker
  readonly slotLimit: Float64Array
  readonly slotsUsed: Float64Array
  /** For urgent tasks the score is multiplied by this. */
  readonly multiplier: Float64Array
  /** Resources, four per worker. */
  readonly limit: Float64Array
  readonly used: Float64Array

  // Per class and worker: `class · workers + worker`
  /** The part of the score that placing does not change. */
  readonly base: Float64Array
  /** Score points for each free slot. */
  readonly rate: Float64Array
  /** Below this many slots in use the worker is owed a trial. */
  readonly trials: Float64Array

  // Per class
  /** The weight of the free share of slots, 0–1. */
  readonly slotsWeight: Float64Array
  /** The weight of the free share of whatever is scarcest, 0–1. */
  readonly headroomWeight: Float64Array

  // Per task
  /** Resources, four per task; each task takes one slot besides, or all. */
  readonly demand: Float64Array
  readonly taskClass: Int32Array
  readonly taskShape: Int32Array
  readonly urgent: Uint8Array
  /** 1 where the task has a worker to itself: it needs all its slots, and takes them. */
  readonly whole: Uint8Array
  /** Where a runner on another thread leaves its answer. */
  readonly chosen: Int32Array

  // Per shape and worker: `shape · workers + worker`
  /** 1 where the shape fits the worker as the batch begins; devices and constraints are in here alone. */
  readonly eligible: Uint8Array

  constructor(size: BatchSize, buffer: ArrayBufferLike = new ArrayBuffer(bytesOf(size))) {
    const { tasks, workers, classes, shapes } = size
    let at = 0
    const floats = (length: number): Float64Array => {
      at += 8 * length
      return new Float64Array(buffer, at - 8 * length, length)
    }
    const integers = (length: number): Int32Array => {
      at += 4 * length
      return new Int32Array(buffer, at - 4 * length, length)
    }
    const bytes = (length: number): Uint8Array => {
      at += length
      return new Uint8Array(buffer, at - length, length)
    }
    this.size = size
    this.buffer = buffer
    this.slotLimit = floats(workers)
    this.slotsUsed = floats(workers)
    this.multiplier = floats(workers)
    this.limit = floats(4 * workers)
    this.used = floats(4 * workers)
    this.base = floats(classes * workers)
    this.rate = floats(classes * workers)
    this.trials = floats(classes * workers)
    this.slotsWeight = floats(classes)
    this.headroomWeight = floats(classes)
    this.demand = floats(4 * tasks)
    this.taskClass = integers(tasks)
    this.taskShape = integers(tasks)
    this.chosen = integers(tasks)
    this.urgent = bytes(tasks)
    this.whole = bytes(tasks)
    this.eligible = bytes(shapes * workers)
  }

  /** The same batch in memory that threads share. */
  shared(): ScoreBatch {
    if (this.buffer instanceof SharedArrayBuffer) return this
    const buffer = new SharedArrayBuffer(this.buffer.byteLength)
    new Uint8Array(buffer).set(new Uint8Array(this.buffer))
    return new ScoreBatch(this.size, buffer)
  }
}
