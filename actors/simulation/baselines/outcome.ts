import type { BaselineTask } from "./task-class.ts"

/** What became of the tasks. Times are in ms and `Infinity` for what never happens; a task no server is able to run never starts. */
export interface Outcome {
  /** By task. */
  readonly starts: Float64Array
  /** By task. */
  readonly ends: Float64Array
  /** By task: the index of the server that ran it; −1 for none. */
  readonly servers: Int32Array
  /** The last end; 0 without tasks. */
  readonly makespan: number
  /** By server: ms of its slots that were taken, slow ones in full. */
  readonly busy: Float64Array
}

export const sojournsOf = (tasks: ReadonlyArray<BaselineTask>, { ends }: Outcome): Float64Array =>
  ends.map((end, index) => end - (tasks[index]?.at ?? 0))

export const waitsOf = (tasks: ReadonlyArray<BaselineTask>, { starts }: Outcome): Float64Array =>
  starts.map((start, index) => start - (tasks[index]?.at ?? 0))

/** The share of tasks that ended at most so many ms after they arrived; `NaN` without tasks. */
export const shareWithin = (tasks: ReadonlyArray<BaselineTask>, outcome: Outcome, ms: number): number =>
  sojournsOf(tasks, outcome).reduce((count, sojourn) => count + (sojourn <= ms ? 1 : 0), 0) / tasks.length

/** The columns of an outcome while they are filled in. */
export interface Columns {
  readonly starts: Float64Array
  readonly ends: Float64Array
  readonly servers: Int32Array
  readonly busy: Float64Array
}

/** Nothing has happened yet, nor ever will where nothing is written. */
export const recordFor = (tasks: number, servers: number): Columns => ({
  starts: new Float64Array(tasks).fill(Number.POSITIVE_INFINITY),
  ends: new Float64Array(tasks).fill(Number.POSITIVE_INFINITY),
  servers: new Int32Array(tasks).fill(-1),
  busy: new Float64Array(servers)
})

export const write = (record: Columns, task: number, server: number, start: number, end: number): void => {
  record.starts[task] = start
  record.ends[task] = end
  record.servers[task] = server
  if (start < Number.POSITIVE_INFINITY) record.busy[server] = (record.busy[server] ?? 0) + end - start
}

export const outcomeOf = (record: Columns): Outcome => ({
  ...record,
  makespan: record.ends.reduce((last, end) => Math.max(last, end), 0)
})
