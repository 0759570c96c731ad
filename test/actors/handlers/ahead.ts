import type { TaskContext } from "../../../src/execution/worker/index.ts"

type Cells = Int32Array<SharedArrayBuffer>

/** Mostly over at once; where it is given cells it counts itself in cell 1, and its thread stands still until cell 0 is not 0. */
export const step = (cells: Cells | undefined): void => {
  if (cells === undefined) return
  Atomics.add(cells, 1, 1)
  Atomics.notify(cells, 1)
  Atomics.wait(cells, 0, 0)
}

/** As `step`, but nobody has seen it before. */
export const stand = (cells: Cells): void => step(cells)

/** Notes how many run at once on this worker: cell 0 now, cell 1 at most. */
export const tick = async (cells: Cells): Promise<void> => {
  const now = Atomics.add(cells, 0, 1) + 1
  if (now > Atomics.load(cells, 1)) Atomics.store(cells, 1, now)
  await Promise.resolve()
  Atomics.sub(cells, 0, 1)
}

export const size = ({ buffer }: { readonly buffer: ArrayBuffer }): number => buffer.byteLength

/** Mostly over at once; with cells it saves its state over and over until cell 0 is not 0, and says so each time. */
export const talk = async (cells: Cells | undefined, task: TaskContext<number>): Promise<void> => {
  if (cells === undefined) return
  Atomics.add(cells, 1, 1)
  for (let at = 0; Atomics.load(cells, 0) === 0; at += 1) {
    task.progress(0, `at ${at}`)
    await task.checkpoint(at)
  }
}

/** Changes what it was given, as a careless handler does. */
export const raise = (payload: { n: number; readonly inner: { n: number } }): number => {
  payload.n += 1
  payload.inner.n += 1
  return payload.n * payload.inner.n
}

const constant = { n: 0 }

/** Gives back the same object every time. */
export const same = (): { n: number } => constant
