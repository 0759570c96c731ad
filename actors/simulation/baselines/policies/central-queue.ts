import type { CentralPolicy } from "../policy.ts"

/** Which of several free servers takes a task. */
export type Preference = "fastest" | "lowest index"

/**
 * Central queue: tasks wait in one queue, and a server takes the oldest it can run as soon as it has a free slot.
 *
 * Rule: work-conserving and first come, first served. Of several free servers the one fastest for the task takes it
 * (ties: the lowest index), or the one with the lowest index, however slow. Slow phases are not known to it.
 * Source: the M/G/k queue. Cost: O(log tasks), and O(servers) when not all are taken.
 * The real upper baseline for tasks of unknown size. Not an optimum: being work-conserving, it lets a slow server begin the
 * last task of a batch rather than wait for a fast one.
 */
export const centralQueue = ({ prefers = "fastest" }: { readonly prefers?: Preference } = {}): CentralPolicy => ({
  queue: "central",
  name: prefers === "fastest" ? "central queue" : "central queue, lowest index",
  preference: ({ able, speeds }) =>
    prefers === "fastest" ? able.toSorted((a, b) => (speeds[b] ?? 0) - (speeds[a] ?? 0) || a - b) : able
})
