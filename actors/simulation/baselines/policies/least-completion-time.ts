import type { PinnedPolicy } from "../policy.ts"

/**
 * Least completion time: the server on which this task would end first, all sizes, speeds and slow phases known.
 *
 * Formula: the least end, exact for the tasks that came before. Ties: the lowest index.
 * Source: list scheduling on uniform machines (Graham 1969; Gonzalez, Ibarra & Sahni 1977), "known sizes" in the
 * tables. Cost: O(servers).
 * Not attainable where sizes are unknown: what knowing them is worth. Greedy, so not an optimum either.
 */
export const leastCompletionTime: PinnedPolicy = {
  queue: "pinned",
  name: "known sizes",
  chooser: ({ endOn }) => ({
    choose: (taskClass, work, now) => {
      let best = -1
      let earliest = Number.POSITIVE_INFINITY
      for (let index = 0; index < taskClass.able.length; index += 1) {
        const server = taskClass.able[index] ?? -1
        const end = endOn(server, taskClass, work, now)
        if (end < earliest || best < 0) {
          best = server
          earliest = end
        }
      }
      return best
    }
  })
}
