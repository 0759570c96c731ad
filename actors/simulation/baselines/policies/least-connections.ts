import type { PinnedPolicy } from "../policy.ts"
import { fullScan, type Ties } from "./picking.ts"

/**
 * Least connections: the server with the fewest tasks in flight, queued ones included; the shortest queue of theory.
 *
 * Formula: the least count, neither speed nor slots considered. Ties: the lowest index, or at random; which it is
 * matters at low load, where most are ties.
 * Source: the classic rule of proxies. Cost: O(servers).
 * Not for unequal servers: one task on a slow server counts like one on a fast server.
 */
export const leastConnections = ({ ties = "lowest index" }: { readonly ties?: Ties } = {}): PinnedPolicy => ({
  queue: "pinned",
  name: ties === "random" ? "least connections, random ties" : "least connections",
  chooser: ({ inFlight }, chance) => {
    const pick = fullScan((server) => inFlight[server] ?? 0, ties, chance)
    return { choose: (taskClass, _work, now) => pick(taskClass, now) }
  }
})
