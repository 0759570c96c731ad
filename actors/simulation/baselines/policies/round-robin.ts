import type { PinnedPolicy } from "../policy.ts"

/**
 * Round robin: the servers in turn, each as often.
 *
 * Rule: the first able server after the one taken last, cyclically; one turn for all classes of tasks.
 * Source: the classic rule of proxies. Cost: O(1) where every server is able, O(servers) otherwise.
 * Not for unequal servers or unequal tasks: it looks at neither.
 */
export const roundRobin: PinnedPolicy = {
  queue: "pinned",
  name: "round robin",
  chooser: ({ servers }) => {
    let last = servers.length - 1
    return {
      choose: ({ speeds }) => {
        do last = (last + 1) % servers.length
        while (!((speeds[last] ?? 0) > 0))
        return last
      }
    }
  }
}
