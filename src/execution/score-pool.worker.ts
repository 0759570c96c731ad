import { assign, type BatchSize, ScoreBatch } from "../placement/index.ts"

interface Request {
  readonly size: BatchSize
  readonly buffer: SharedArrayBuffer
  /** Set to 1 once the answer is there, for whoever waits for that. */
  readonly done?: Int32Array
}

/** Runs the kernel over a batch in shared memory, and leaves the answer there. */
export default ({ size, buffer, done }: Request): void => {
  const batch = new ScoreBatch(size, buffer)
  batch.chosen.set(assign(batch))
  if (done === undefined) return
  Atomics.store(done, 0, 1)
  Atomics.notify(done, 0)
}
