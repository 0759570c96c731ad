/** Which running tasks to move, and where. */
export * from "./migration.ts"
export * from "./migration-economics.ts"
export * from "./migration-memory.ts"
