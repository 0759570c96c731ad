/** How loaded each worker is, and whether that is out of balance. */
export * from "./imbalance.ts"
export * from "./thresholds.ts"
export * from "./worker-load.ts"
