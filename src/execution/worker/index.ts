/** The handler's side of the contract (`ballast/worker`): what a module of handlers may import. */
export { defineHandler } from "./define-handler.ts"
export type { InferInput, InferOutput, SchemaIssue, SchemaResult, StandardSchemaV1 } from "./standard-schema.ts"
export type { Handler, TaskContext, TaskLog } from "./task-context.ts"
export { TaskCancelled, TaskMoved } from "./task-context.ts"
