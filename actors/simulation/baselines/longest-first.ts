import type { Outcome } from "./outcome.ts"
import { leastCompletionTime } from "./policies/least-completion-time.ts"
import type { Server } from "./server.ts"
import { simulateBaseline } from "./simulate-baseline.ts"
import type { BaselineTask } from "./task-class.ts"

/**
 * Longest first (LPT) as one closed batch: all tasks at 0, the longest placed first, each where it ends first.
 * Its makespan is an upper bound of the optimum; by task in the order given.
 *
 * Source: Graham 1969; where every server may run everything, at most 4/3 of the optimum on equal servers and 19/12 on
 * unequal ones (Dobson 1984).
 * Cost: O(tasks · servers).
 */
export const longestFirst = (tasks: ReadonlyArray<BaselineTask>, servers: ReadonlyArray<Server>): Outcome => {
  const order = tasks.map((task, index) => ({ task: { ...task, at: 0 }, index }))
  order.sort((a, b) => b.task.work - a.task.work || a.index - b.index)
  const sorted = simulateBaseline(
    leastCompletionTime,
    servers,
    order.map(({ task }) => task),
    () => 0
  )
  const starts = sorted.starts.slice()
  const ends = sorted.ends.slice()
  const chosen = sorted.servers.slice()
  order.forEach(({ index }, place) => {
    starts[index] = sorted.starts[place] ?? 0
    ends[index] = sorted.ends[place] ?? 0
    chosen[index] = sorted.servers[place] ?? -1
  })
  return { ...sorted, starts, ends, servers: chosen }
}
