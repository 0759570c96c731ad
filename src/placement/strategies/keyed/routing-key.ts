import type { TaskSpec } from "../../../model/index.ts"
import type { Wish } from "../../pipeline/wishes.ts"

/** Parts of a key stand between characters that hardly occur in them. */
const between = "\u0000"

/** Affinity hints in one text, whatever the order in which they were given. */
export const hintsOf = ({ affinity }: TaskSpec): string => {
  if (affinity === undefined) return ""
  return Object.entries(affinity)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join(between)
}

/**
 * What of a task decides where it goes, where nothing else is said: its sticky key; else its concurrency key; else its
 * model and affinity hints together; else its id. What the submitter said most clearly comes first, and a task that says
 * nothing goes to a worker of its own, so that such tasks spread evenly.
 */
export const routingKeyOf = (task: TaskSpec): string => {
  if (task.stickyKey !== undefined) return task.stickyKey
  if (task.concurrencyKey !== undefined) return task.concurrencyKey
  const { model, affinity } = task
  if (model !== undefined || affinity !== undefined) return `${model ?? ""}${between}${hintsOf(task)}`
  return task.id
}

/** The wishes that a strategy heeds which goes by this key. */
export const heedsOf = (keyOf: (task: TaskSpec) => string): ReadonlyArray<Wish> =>
  keyOf === routingKeyOf ? ["stickyKey"] : []
