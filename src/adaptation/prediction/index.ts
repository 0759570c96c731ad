/** What load is to be expected. */
export * from "./forecast.ts"
export * from "./history.ts"
export type { Accuracy } from "./scoreboard.ts"
export * from "./trend.ts"
