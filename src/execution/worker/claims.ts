/**
 * Who has a run that was sent ahead: the worker, which begins it, or the owner, which takes it back to give it to
 * another. Shared memory decides, so that the owner need not wait for a worker that is busy with something longer than
 * was expected. Each such run has a cell with a token of its epoch; whoever sets it to nothing first has the run.
 */

/** More than can be sent ahead to one worker at once, so that a cell is free again when its turn comes. */
const cells = 256
const nothing = 0

/** Not nothing, and another for each of a billion epochs. */
const tokenOf = (epoch: number): number => (epoch % 0x3fffffff) + 1

export const makeClaims = (): SharedArrayBuffer => new SharedArrayBuffer(cells * Int32Array.BYTES_PER_ELEMENT)

/** Either side's view of the claims of one worker. */
export class Claims {
  readonly #cells: Int32Array
  #next = 0

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Int32Array(memory)
  }

  /** The owner's: the cell for a run about to be sent ahead; `undefined` where none is free: then it cannot be recalled. */
  offer(epoch: number): number | undefined {
    const cell = this.#next
    this.#next = (cell + 1) % cells
    if (Atomics.load(this.#cells, cell) !== nothing) return undefined
    Atomics.store(this.#cells, cell, tokenOf(epoch))
    return cell
  }

  /** The worker's: whether it may begin the run. */
  take(cell: number, epoch: number): boolean {
    return Atomics.compareExchange(this.#cells, cell, tokenOf(epoch), nothing) === tokenOf(epoch)
  }

  /** The owner's: whether the run has been taken back; `false` where it has begun, or was never offered. */
  recall(epoch: number): boolean {
    const cell = this.#cells.indexOf(tokenOf(epoch))
    return cell >= 0 && this.take(cell, epoch)
  }
}
