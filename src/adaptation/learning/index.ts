/** What is learned of workers and types of tasks from their runs. */
export * from "./batch-size.ts"
export * from "./measured-speeds.ts"
export * from "./performance.ts"
export * from "./run-times.ts"
