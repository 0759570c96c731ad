/** Threads that are numbered, tasks of a run at most, and what is counted of all. */
export const workerIds = ["a", "b", "c", "d"] as const
export type WorkerName = (typeof workerIds)[number]

const most = 1_024

/** Where each figure stands. */
const slownessAt = (worker: number): number => worker
const executedAt = workerIds.length
const staleAt = executedAt + 1
const doneAt = (task: number): number => staleAt + 1 + task
const epochAt = (task: number): number => doneAt(most) + task

/**
 * What really runs, in memory that all threads share: each slice of work counts itself, so what is found done twice was
 * done twice, whoever believed otherwise.
 */
export class Account {
  readonly cells: Int32Array

  constructor(cells: Int32Array = new Int32Array(new SharedArrayBuffer(4 * epochAt(most)))) {
    this.cells = cells
  }

  /** How many times longer everything takes on the worker now. */
  slowness(worker: WorkerName): number {
    return 1 + Atomics.load(this.cells, slownessAt(workerIds.indexOf(worker)))
  }

  slow(worker: WorkerName, times: number): void {
    Atomics.store(this.cells, slownessAt(workerIds.indexOf(worker)), times - 1)
  }

  /** A slice of the task has been done by the run of that epoch: so many are, counted from the beginning. */
  did(task: number, epoch: number, done: number): void {
    Atomics.add(this.cells, executedAt, 1)
    const latest = Atomics.load(this.cells, epochAt(task))
    if (latest > epoch) Atomics.add(this.cells, staleAt, 1)
    else Atomics.store(this.cells, epochAt(task), epoch)
    Atomics.store(this.cells, doneAt(task), done)
  }

  /** Slices of the task that are done. */
  done(task: number): number {
    return Atomics.load(this.cells, doneAt(task))
  }

  /** All slices that were done, those done again among them. */
  get executed(): number {
    return Atomics.load(this.cells, executedAt)
  }

  /** Slices done by a run after a later run of the same task had begun: two at once. */
  get stale(): number {
    return Atomics.load(this.cells, staleAt)
  }
}
