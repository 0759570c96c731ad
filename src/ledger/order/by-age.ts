import { type Millis, priorityRank, type TaskSpec } from "../../model/index.ts"
import type { Order } from "./order.ts"

/** The share of its expected duration by which a task goes ahead of others: enough to order what comes in one burst. */
const headStart = 1 / 8
/** Times that which a quarter of an ageing span is a head start for: longer tasks are all equal. */
const longestTold = 1_000

/** Above a quarter of an ageing span it grows with the logarithm, up to half of it, so that hours go before minutes. */
const headStartOf = (expectedDuration: Millis, ageing: Millis): Millis => {
  const start = expectedDuration * headStart
  const quarter = ageing / 4
  if (start <= quarter || quarter === 0) return Math.min(start, quarter)
  return quarter * (1 + Math.min(1, Math.log(start / quarter) / Math.log(longestTold)))
}

/**
 * The place in the order of waiting work. A task that declares how long it takes goes ahead of those accepted up to an
 * eighth of that before it, since a long one begun last is what everybody waits for at the end. The head start is at
 * most half an ageing span: it takes no task past one of higher priority accepted at the same time, and what is
 * accepted later than that goes behind.
 *
 * The bound on waiting (A2) follows: of two tasks that fit the same workers, one that could run is passed only by one
 * accepted at most (steps by which that is more urgent) × the ageing span after it, and as much later as its head start
 * is larger: 4.5 spans at most, and among equals not at all.
 */
const rankOf = ({ priority, expectedDuration = 0 }: TaskSpec, acceptedAt: Millis, ageing: Millis): number =>
  priorityRank[priority] * ageing + acceptedAt - headStartOf(expectedDuration, ageing)

/**
 * First come, first served within a priority, and priorities age: the default.
 *
 * Formula: priority × ageing + time of acceptance − h; h = duration ÷ 8, and above q = ageing ÷ 4 it is
 * q · (1 + ln(h ÷ q) ÷ ln 1,000), at most 2 q.
 * Cost: O(1). Not for queues in which short tasks should not wait behind long ones: see `shortest`.
 */
export const byAge = (ageing: Millis): Order => ({
  id: "age",
  rank: (task, acceptedAt) => rankOf(task, acceptedAt, ageing),
  lowered: (rank) => rank + ageing
})
