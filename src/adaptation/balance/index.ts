/** How loaded each worker is, and whether that is out of balance. */
export * from "./dimensions.ts"
export * from "./imbalance.ts"
export * from "./progress-meter.ts"
export * from "./session.ts"
export * from "./thread-shares.ts"
export * from "./thresholds.ts"
export * from "./work-left.ts"
export * from "./worker-load.ts"
