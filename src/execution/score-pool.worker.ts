import { assign, type BatchSize, ScoreBatch } from "../placement/index.ts"

/** Runs the kernel over a batch in shared memory, and leaves the answer there. */
export default ({ size, buffer }: { readonly size: BatchSize; readonly buffer: SharedArrayBuffer }): void => {
  const batch = new ScoreBatch(size, buffer)
  batch.chosen.set(assign(batch))
}
