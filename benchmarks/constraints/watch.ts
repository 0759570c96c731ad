import { supply, type Task } from "./trace.ts"

/** Threads that may be numbered in one process, over a whole run of the benchmark. */
const threads = 4_096
const keys = 16

/** Broken limits, by kind. */
export interface Violations {
  readonly memory: number
  readonly accelerators: number
  readonly keys: number
}

/**
 * What is in use on each thread and of each key, in memory that all threads share: each task counts itself in as it begins
 * and out as it ends, so what is found broken was broken, whoever believed otherwise.
 */
export class Watch {
  readonly cells = new Int32Array(new SharedArrayBuffer(4 * (2 * threads + keys + 3)))

  get violations(): Violations {
    const [memory = 0, accelerators = 0, broken = 0] = this.cells.slice(0, 3)
    return { memory, accelerators, keys: broken }
  }
}

export interface Held extends Task {
  readonly cells: Int32Array
}

const memoryCell = (thread: number): number => 3 + keys + thread
const acceleratorCell = (thread: number): number => 3 + keys + threads + thread

/** Counts a task in. */
export const enter = ({ cells, memory, accelerators, key }: Held, thread: number): void => {
  if (Atomics.add(cells, memoryCell(thread), memory) + memory > supply.memory) Atomics.add(cells, 0, 1)
  if (
    accelerators > 0 &&
    Atomics.add(cells, acceleratorCell(thread), accelerators) + accelerators > supply.accelerators
  ) {
    Atomics.add(cells, 1, 1)
  }
  if (key >= 0 && Atomics.add(cells, 3 + key, 1) > 0) Atomics.add(cells, 2, 1)
}

/** Counts it out. */
export const leave = ({ cells, memory, accelerators, key }: Held, thread: number): void => {
  Atomics.sub(cells, memoryCell(thread), memory)
  Atomics.sub(cells, acceleratorCell(thread), accelerators)
  if (key >= 0) Atomics.sub(cells, 3 + key, 1)
}
