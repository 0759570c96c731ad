import type { ColumnBatch } from "./columns.ts"
import type { QueryRow, StorageProblem } from "./metrics-store.ts"

/** What the thread that owns the database is started with. */
export interface DuckDbThreadData {
  readonly path: string
  /** Module specifier or URL of the driver. */
  readonly driver: string
  /** DuckDB's own settings. */
  readonly config: Readonly<Record<string, string>>
}

/** To the thread. Answered in order. */
export type DuckDbCommand =
  | { readonly _tag: "Append"; readonly batch: ColumnBatch }
  | { readonly _tag: "Flush"; readonly id: number }
  | { readonly _tag: "Query"; readonly id: number; readonly sql: string }
  | { readonly _tag: "Close" }

/** From the thread. */
export type DuckDbReport =
  | { readonly _tag: "Opened" }
  /** It could not be opened, and the thread ends. */
  | { readonly _tag: "NotOpened"; readonly problem: StorageProblem }
  /** The batch is with the writer; it is in the file after the next `Flushed`. */
  | { readonly _tag: "Taken"; readonly count: number }
  | { readonly _tag: "Lost"; readonly count: number; readonly problem: StorageProblem }
  | { readonly _tag: "Warned"; readonly problem: StorageProblem }
  | { readonly _tag: "Flushed"; readonly id: number; readonly written: number }
  | { readonly _tag: "Rows"; readonly id: number; readonly rows: ReadonlyArray<QueryRow> }
  | { readonly _tag: "QueryFailed"; readonly id: number; readonly reason: string }
  | { readonly _tag: "Closed"; readonly written: number }
