/** The orders of waiting work. */
export { byAge } from "./by-age.ts"
export { type FairOptions, fair } from "./fair.ts"
export { guarded, type OrderFault } from "./guarded.ts"
export { longest } from "./longest.ts"
export type { Order, OrderMaker } from "./order.ts"
export { PoolSize } from "./pool-size.ts"
export { RunLengths } from "./run-lengths.ts"
export { type ShortestOptions, shortest, shortestDefaults } from "./shortest.ts"
