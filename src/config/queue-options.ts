import * as Schema from "effect/Schema"
import { byAge, fair, longest, type OrderMaker, shortest } from "../ledger/index.ts"
import type { Millis } from "../model/index.ts"
import { DurationInput, toMillis } from "./validate.ts"

const Above0 = Schema.Finite.check(Schema.isGreaterThan(0))
const UpTo1 = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0), Schema.isLessThanOrEqualTo(1))

const Shortest = Schema.Struct({
  type: Schema.Literal("shortest"),
  /** How many times its own duration a task that takes the whole pool gives way. Default 200. */
  stretch: Schema.optional(Above0),
  /** How much the share of the pool counts: 0 shortest first, 1 smallest area first. Default 0.5. */
  width: Schema.optional(UpTo1),
  /** How many times the longest backlog a task gives way at most, beside the ageing span. Default: it is not asked. */
  patience: Schema.optional(Above0)
})

/** How waiting tasks are ordered, and when room is kept for one. */
export const QueueOptions = Schema.Struct({
  /**
   * Which of the waiting tasks goes first, within a priority. `age`: the first accepted; `shortest`: short and narrow
   * ones, within the patience that `ageing` says; `longest`: long ones and those that do not say how long they take, so
   * that a burst is over soonest; `fair`: shared out between tenants. Default `age`; with weights of
   * tenants `fair`; with a strategy that has an order of its own, that.
   */
  order: Schema.optional(Schema.Union([Schema.Literals(["age", "shortest", "longest", "fair"]), Shortest])),
  /** How much each tenant gets against the others; those not named have 1. */
  tenants: Schema.optional(Schema.Struct({ weights: Schema.Record(Schema.String, Above0) })),
  /**
   * How long the first task in order has to have waited until a worker is kept free for it where it fits nowhere. `0`: at
   * once, as batch systems do. Default: the ageing span.
   */
  reserveAfter: Schema.optional(DurationInput),
  /** Whether tasks behind it may begin on that worker where they do not delay it. Default true. */
  backfill: Schema.optional(Schema.Boolean)
})

export interface QueueSettings {
  /** Absent: that of the strategy where it has one, otherwise by age. */
  readonly order?: OrderMaker
  readonly reserveAfter: Millis
  readonly backfill: boolean
}

export const queueHints = {
  order: '"age", "shortest", "longest", "fair", or { type: "shortest", patience: 2.5 }',
  weights: "a number above 0 for each tenant, such as { gold: 3 }",
  tenants: "{ weights: { gold: 3 } }",
  stretch: "above 0",
  patience: "above 0",
  width: "0 to 1",
  reserveAfter: 'such as "30 seconds", or 0'
}

const orderOf = ({ order, tenants }: typeof QueueOptions.Type): OrderMaker | undefined => {
  if (order === "age") return byAge
  if (order === "longest") return longest
  if (order === "fair" || (order === undefined && tenants !== undefined)) return fair(tenants)
  if (order === undefined) return undefined
  if (order === "shortest") return shortest()
  const { stretch, width, patience } = order
  return shortest({
    ...(stretch !== undefined && { stretch }),
    ...(width !== undefined && { width }),
    ...(patience !== undefined && { patience })
  })
}

export const toQueueSettings = (options: typeof QueueOptions.Type, ageing: Millis): QueueSettings => {
  const order = orderOf(options)
  return {
    ...(order !== undefined && { order }),
    reserveAfter: options.reserveAfter === undefined ? ageing : toMillis(options.reserveAfter),
    backfill: options.backfill ?? true
  }
}
