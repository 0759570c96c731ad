import type { PinnedPolicy } from "../policy.ts"

/**
 * Random: any able server, each as likely.
 *
 * Source: the floor that every rule with knowledge must beat; with Poisson arrivals each server is an M/G/1 queue of its
 * own, so it has a closed form. Cost: O(1).
 */
export const random: PinnedPolicy = {
  queue: "pinned",
  name: "random",
  chooser: (_fleet, chance) => ({ choose: ({ able }) => able[Math.floor(chance() * able.length)] ?? -1 })
}
