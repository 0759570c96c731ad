/** How each worker is, and whether it gets work. */
export * from "./anomalies.ts"
export * from "./ejection.ts"
export * from "./health.ts"
export * from "./outliers.ts"
export * from "./recovery.ts"
export * from "./run-outcomes.ts"
export * from "./service-times.ts"
export * from "./slow-start.ts"
