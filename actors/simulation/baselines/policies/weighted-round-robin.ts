import type { PinnedPolicy } from "../policy.ts"

/**
 * Smooth weighted round robin with the true speeds: the servers in turn, each as often as it is fast, without runs of
 * the fastest.
 *
 * Formula: a server's weight is its speed for the task × slots (slots left out where they are unlimited). For each task
 * every able server's credit grows by its weight; the greatest credit is taken (ties: the lowest index) and pays the sum
 * of the weights. Slow phases are not known to it.
 * Source: nginx, `ngx_http_upstream_round_robin`. Cost: O(servers).
 * Not for tasks of very unequal size: it counts tasks, not work.
 */
export const weightedRoundRobin: PinnedPolicy = {
  queue: "pinned",
  name: "weighted round robin",
  chooser: ({ servers }) => {
    const credits = new Float64Array(servers.length)
    const slots = Float64Array.from(servers, (server) => (server.slots < Number.POSITIVE_INFINITY ? server.slots : 1))
    return {
      choose: ({ able, speeds }) => {
        let best = -1
        let greatest = Number.NEGATIVE_INFINITY
        let sum = 0
        for (let index = 0; index < able.length; index += 1) {
          const server = able[index] ?? -1
          const weight = (speeds[server] ?? 0) * (slots[server] ?? 0)
          const credit = (credits[server] ?? 0) + weight
          credits[server] = credit
          sum += weight
          if (credit > greatest) {
            best = server
            greatest = credit
          }
        }
        credits[best] = greatest - sum
        return best
      }
    }
  }
}
