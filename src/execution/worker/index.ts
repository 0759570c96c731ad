/** The handler's side of the contract (`ballast/worker`): what a module of handlers may import. */
export { type BenchmarkResult, measureSpeed } from "./benchmark-speed.ts"
export { defineHandler } from "./define-handler.ts"
export type { GivenDevice } from "./protocol.ts"
export type { InferInput, InferOutput, SchemaIssue, SchemaResult, StandardSchemaV1 } from "./standard-schema.ts"
export type { Handler, TaskContext, TaskLog } from "./task-context.ts"
export { TaskCancelled, TaskMoved } from "./task-context.ts"
