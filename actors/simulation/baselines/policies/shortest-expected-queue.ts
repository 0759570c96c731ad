import type { PinnedPolicy } from "../policy.ts"
import { fullScan, type Ties } from "./picking.ts"

/**
 * Shortest expected queue: the server where a task of mean size is expected to end first, going by the true speeds and
 * the number of tasks, not by their sizes.
 *
 * Formula: the least max(1, (in flight + 1) ÷ slots) ÷ speed; a free slot serves at its full speed, so below that nothing
 * is gained by more of them. Ties: the lowest index, or at random. Slow phases are not known to it.
 * Source: shortest expected delay (Banawan & Zahorjan 1989). Cost: O(servers).
 * Not for tasks of very unequal size: one long task looks like a short one.
 */
export const shortestExpectedQueue = ({ ties = "lowest index" }: { readonly ties?: Ties } = {}): PinnedPolicy => ({
  queue: "pinned",
  name: ties === "random" ? "shortest expected queue, random ties" : "shortest expected queue",
  chooser: ({ inFlight, servers }, chance) => {
    const slots = Float64Array.from(servers, (server) => server.slots)
    const pick = fullScan(
      (server, { speeds }) => Math.max(1, ((inFlight[server] ?? 0) + 1) / (slots[server] ?? 1)) / (speeds[server] ?? 0),
      ties,
      chance
    )
    return { choose: (taskClass, _work, now) => pick(taskClass, now) }
  }
})
