/** What every contender runs on its threads, from this one module. */
import { threadId } from "node:worker_threads"
import { enter, type Held, leave } from "../../constraints/watch.ts"

/** Does nothing, and gives back what it is given: so that a result proves a run. */
export const echo = (payload: number): number => payload

export interface Spin {
  readonly number: number
  readonly steps: number
}

/** Computes for so many steps, the same work each time; `number` goes into the result, so that it proves this run. */
export const spin = ({ number, steps }: Spin): number => {
  let state = 1
  for (let step = 0; step < steps; step += 1) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
  return state ^ number
}

/** Nanoseconds a step of `spin` takes on this thread, over `steps` of them. */
export const timeOfStep = (steps: number): number => {
  const begun = process.hrtime.bigint()
  spin({ number: 0, steps })
  return Number(process.hrtime.bigint() - begun) / steps
}

export interface Wait {
  readonly number: number
  /** Milliseconds on an ordinary thread. */
  readonly ms: number
  /** Which thread is slow, if any, and by how much. */
  readonly slowThread: number | undefined
  readonly slowdown: number
}

export interface Waited {
  readonly number: number
  readonly thread: number
  /** Milliseconds it took here. */
  readonly took: number
}

const sleeping = new Int32Array(new SharedArrayBuffer(4))

/**
 * Takes up the thread for a time, as computing would, without taking up a core: asleep. A timer would fire on whole
 * milliseconds, and two waits could share a thread.
 */
const pause = (ms: number): void => {
  Atomics.wait(sleeping, 0, 0, ms)
}

/** Waits; longer on the slow thread. */
export const wait = ({ number, ms, slowThread, slowdown }: Wait): Waited => {
  const begun = performance.now()
  pause(threadId === slowThread ? ms * slowdown : ms)
  return { number, thread: threadId, took: performance.now() - begun }
}

export interface Crash {
  readonly number: number
  readonly ms: number
  /** Whether it takes its thread down, the first time it is started. */
  readonly kills: boolean
  /** How often each task was started, in shared memory: what a thread knew dies with it. */
  readonly starts: Int32Array
}

/** Waits, or ends its thread. */
export const crash = ({ number, ms, kills, starts }: Crash): number => {
  const earlier = Atomics.add(starts, number, 1)
  if (kills && earlier === 0) process.exit(1)
  pause(ms)
  return number
}

/** Waits, without taking up the thread, and holds meanwhile what it asks for. */
export const hold = async (task: Held): Promise<Waited> => {
  const begun = performance.now()
  enter(task, threadId)
  await new Promise((resolve) => setTimeout(resolve, task.ms))
  leave(task, threadId)
  return { number: task.number, thread: threadId, took: performance.now() - begun }
}
