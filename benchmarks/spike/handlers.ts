/** What the threads of the spike run: a handler for each home, all the same. */
import type { TaskContext } from "../../src/execution/worker/index.ts"
import { Account, workerIds } from "./account.ts"

export interface Piece {
  readonly number: number
  readonly slices: number
  /** Milliseconds of a slice on a worker that is not slowed down. */
  readonly ms: number
  readonly cells: Int32Array
}

const sleeping = new Int32Array(new SharedArrayBuffer(4))

/**
 * Works slice by slice, each saved: where it is moved it goes on there. A slice takes up its thread as computing would,
 * without taking up a core: asleep.
 */
const work = async ({ number, slices, ms, cells }: Piece, task: TaskContext<{ readonly done: number }>) => {
  const account = new Account(cells)
  const worker = workerIds.find((id) => id === task.workerId)
  if (worker === undefined) throw new Error(`there is no worker ${task.workerId}`)
  let done = task.state?.done ?? 0
  while (done < slices) {
    Atomics.wait(sleeping, 0, 0, ms * account.slowness(worker))
    done += 1
    account.did(number, task.epoch, done)
    task.progress(done / slices)
    await task.checkpoint({ done })
  }
  return { number, done }
}

export { work as a, work as b, work as c, work as d }

/** Takes its thread down. */
export const die = (): never => process.exit(1)
