/** The five priorities, the most urgent first. */
export const priorities = ["critical", "high", "normal", "low", "minimal"] as const

export type Priority = (typeof priorities)[number]

/** A priority as a rank: critical 1 … minimal 5; the smaller goes first. */
export const priorityRank: Readonly<Record<Priority, number>> = { critical: 1, high: 2, normal: 3, low: 4, minimal: 5 }
