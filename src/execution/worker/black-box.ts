/**
 * What survives a worker: memory that says who was running and who brought it down. The worker writes, its owner reads
 * once the worker has ended; the end orders the two, so that no atomics are needed on the hot path. A thread's is
 * shared memory. A process's is a file without a name, written through at each change: what the kernel holds of it
 * outlives any kind of death.
 */

/**
 * 0: runs in progress. 1: the sum of their epochs, which is the epoch itself where there is one. 2: the culprit's
 * epoch + 1. 3: whether the handlers were loaded.
 */
const fields = 4
const nobody = 0

/** The worker's side. */
export class BlackBox {
  readonly #cells: Float64Array
  readonly #write: ((cells: Float64Array) => void) | undefined
  #owed = false

  /** `write` writes the cells through, where their memory dies with the worker. */
  constructor(memory: ArrayBufferLike, write?: (cells: Float64Array) => void) {
    this.#cells = new Float64Array(memory)
    this.#write = write
  }

  loaded(): void {
    this.#cells[3] = 1
    this.save()
  }

  started(epoch: number): void {
    this.#add(1, epoch)
    this.save()
  }

  settled(epoch: number): void {
    this.#add(-1, -epoch)
    if (this.#write === undefined || this.#owed) return
    // Mostly the next run starts first, and one write does for both.
    this.#owed = true
    setImmediate(() => {
      if (this.#owed) this.save()
    })
  }

  /** The run whose code is about to end the worker. */
  blame(epoch: number): void {
    this.#cells[2] = epoch + 1
    this.save()
  }

  /** The worker lives on after all. */
  absolve(): void {
    this.#cells[2] = nobody
    this.save()
  }

  /** Writes through what is not yet. */
  save(): void {
    this.#owed = false
    this.#write?.(this.#cells)
  }

  #add(runs: number, epochs: number): void {
    this.#cells[0] = (this.#cells[0] ?? 0) + runs
    this.#cells[1] = (this.#cells[1] ?? 0) + epochs
  }
}

/** Bytes of a black box. */
export const blackBoxSize = fields * Float64Array.BYTES_PER_ELEMENT

export const makeBlackBox = (): SharedArrayBuffer => new SharedArrayBuffer(blackBoxSize)

/**
 * The epochs to blame for a worker's end: the one whose code ended it, else the only one running, else nobody where
 * nothing ran; `undefined` where several ran and any of them may be guilty.
 */
export const culpritsIn = (memory: ArrayBufferLike): ReadonlyArray<number> | undefined => {
  const [running = 0, epochs = 0, culprit = nobody] = new Float64Array(memory)
  if (culprit !== nobody) return [culprit - 1]
  if (running === 0) return []
  return running === 1 ? [epochs] : undefined
}

/** Whether the worker had loaded its handlers, though it may have ended before it could say so. */
export const loadedIn = (memory: ArrayBufferLike): boolean => new Float64Array(memory)[3] === 1
