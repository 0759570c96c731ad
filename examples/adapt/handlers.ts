import { setTimeout as wait } from "node:timers/promises"
import type { TaskContext } from "ballast/worker"

const steps = 5

export interface Work {
  readonly ms: number
  /** Number of the worker that is slow, or 0: in memory that all threads share. */
  readonly slow: SharedArrayBuffer
}

/** Takes `ms` in five steps, eight times as long where its worker is the slow one; goes on where it was if it is moved. */
export const work = async ({ ms, slow }: Work, task: TaskContext<{ readonly step: number }>): Promise<string> => {
  const slowNumber = new Int32Array(slow)
  for (let step = task.state?.step ?? 0; step < steps; step++) {
    const pace = task.workerId === `w${Atomics.load(slowNumber, 0)}` ? 8 : 1
    await wait((ms * pace) / steps)
    await task.checkpoint({ step: step + 1 })
  }
  return task.workerId
}
