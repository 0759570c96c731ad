/** What to change: pure decisions over loads, history and outcomes; time is an argument. */
export * from "./balance/index.ts"
export * from "./energy/index.ts"
export * from "./health/index.ts"
export * from "./learning/index.ts"
export * from "./migration/index.ts"
export * from "./prediction/index.ts"
export * from "./scaling/index.ts"
