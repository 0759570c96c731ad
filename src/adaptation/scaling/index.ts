/** How many workers there should be, and how much each may have under way. */

export * from "./concurrency-limit.ts"
export * from "./crowd-curve.ts"
export * from "./gradient.ts"
export * from "./leavers.ts"
export * from "./pool-demand.ts"
export * from "./pool-size.ts"
export * from "./wait-record.ts"
