/**
 * One way to say how a series goes on, made for one horizon. What it remembers stands in a stretch of numbers that is
 * given to it, all of them 0 before the first value: so a memory is bounded, can be kept beside an actor, and can be
 * worked on by another thread.
 */
export interface Method {
  /** Numbers that its memory takes. */
  readonly size: number
  /** Takes in the next value, one step after the last. Costs the same whatever came before. */
  push(memory: Float64Array, value: number): void
  /** The value it expects at its horizon; NaN while it cannot say. */
  expected(memory: Float64Array): number
}

/** Keeps the latest `length` values in a stretch of memory, each at its count modulo `length`. */
export const keep = (memory: Float64Array, start: number, length: number, count: number, value: number): void => {
  memory[start + (count % length)] = value
}
