import type { TaskSpec } from "../../model/index.ts"
import { byAge } from "./by-age.ts"
import type { Order, OrderMaker } from "./order.ts"

/** What an order did that it may not do: `task` where it was about one. */
export interface OrderFault {
  readonly order: string
  readonly task: TaskSpec | undefined
  readonly cause: unknown
}

/**
 * The same order, of somebody who may be wrong: once it throws or gives a rank that is no number, the fault is reported, and
 * from then on tasks go by priority and age. No task is lost by it, and those that wait keep their places.
 */
export const guarded =
  (make: OrderMaker, onFault: (fault: OrderFault) => void): OrderMaker =>
  (ageing) => {
    const usual = byAge(ageing)
    let order: Order = usual
    const fail = (cause: unknown, task?: TaskSpec): void => {
      const { id } = order
      order = usual
      onFault({ order: id, task, cause })
    }
    const attempt = (tell: () => void, task?: TaskSpec): void => {
      try {
        tell()
      } catch (cause) {
        fail(cause, task)
      }
    }
    attempt(() => {
      order = make(ageing)
    })
    const watchesPool = order.poolChanged !== undefined
    return {
      id: order.id,
      rank: (task, acceptedAt, othersWait) => {
        try {
          const rank = order.rank(task, acceptedAt, othersWait)
          if (Number.isFinite(rank)) return rank
          fail(new Error(`ranked ${task.id} as ${String(rank)}`), task)
        } catch (cause) {
          fail(cause, task)
        }
        return usual.rank(task, acceptedAt, othersWait)
      },
      lowered: (rank) => {
        let lowered = rank
        attempt(() => {
          lowered = order.lowered?.(rank) ?? rank
        })
        return Number.isFinite(lowered) ? lowered : rank
      },
      ...(watchesPool && {
        poolChanged: (workers) => attempt(() => order.poolChanged?.(workers))
      }),
      entered: (task) => attempt(() => order.entered?.(task), task),
      left: (task) => attempt(() => order.left?.(task), task),
      placed: (task, rank) => attempt(() => order.placed?.(task, rank), task),
      withdrawn: (task) => attempt(() => order.withdrawn?.(task), task),
      completed: (task, ms) => attempt(() => order.completed?.(task, ms), task)
    }
  }
