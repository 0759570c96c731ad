import type { Millis } from "../../../src/model/index.ts"
import { timeHeap } from "./time-heap.ts"

/**
 * When the last task ends on equal servers with one slot each, all of which take the next of the list as soon as they are
 * free.
 *
 * @param durations of the tasks, in the order of the list
 * Source: list scheduling (Graham, 1966). Cost: O(tasks · log servers).
 */
export const listMakespan = (durations: ReadonlyArray<Millis>, servers: number): Millis => {
  const free = new Float64Array(servers)
  const heap = timeHeap(free)
  for (let server = 0; server < servers; server += 1) heap.push(server)
  let last = 0
  for (const duration of durations) {
    const server = heap.pop()
    const end = (free[server] ?? 0) + duration
    free[server] = end
    last = Math.max(last, end)
    heap.push(server)
  }
  return last
}
