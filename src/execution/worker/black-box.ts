/**
 * What survives a thread: shared memory that says who was running and who brought it down. The thread writes, its
 * owner reads once the thread has ended; the end orders the two, so that no atomics are needed on the hot path.
 */

/**
 * 0: runs in progress. 1: the sum of their epochs, which is the epoch itself where there is one. 2: the culprit's
 * epoch + 1. 3: whether the handlers were loaded.
 */
const fields = 4
const nobody = 0

/** The thread's side. */
export class BlackBox {
  readonly #cells: Float64Array

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Float64Array(memory)
  }

  loaded(): void {
    this.#cells[3] = 1
  }

  started(epoch: number): void {
    this.#add(1, epoch)
  }

  settled(epoch: number): void {
    this.#add(-1, -epoch)
  }

  /** The run whose code is about to end the thread. */
  blame(epoch: number): void {
    this.#cells[2] = epoch + 1
  }

  /** The thread lives on after all. */
  absolve(): void {
    this.#cells[2] = nobody
  }

  #add(runs: number, epochs: number): void {
    this.#cells[0] = (this.#cells[0] ?? 0) + runs
    this.#cells[1] = (this.#cells[1] ?? 0) + epochs
  }
}

export const makeBlackBox = (): SharedArrayBuffer => new SharedArrayBuffer(fields * Float64Array.BYTES_PER_ELEMENT)

/**
 * The epochs to blame for a thread's end: the one whose code ended it, else the only one running, else nobody where
 * nothing ran; `undefined` where several ran and any of them may be guilty.
 */
export const culpritsIn = (memory: SharedArrayBuffer): ReadonlyArray<number> | undefined => {
  const [running = 0, epochs = 0, culprit = nobody] = new Float64Array(memory)
  if (culprit !== nobody) return [culprit - 1]
  if (running === 0) return []
  return running === 1 ? [epochs] : undefined
}

/** Whether the thread had loaded its handlers, though it may have ended before it could say so. */
export const loadedIn = (memory: SharedArrayBuffer): boolean => new Float64Array(memory)[3] === 1
