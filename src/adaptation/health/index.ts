/** How each worker is, and whether it gets work. */
export * from "./health.ts"
