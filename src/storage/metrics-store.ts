import * as Data from "effect/Data"
import type { Rows, TableName } from "./tables.ts"

/** What a query returns: values that survive `JSON.stringify` whole. */
export type Json = null | boolean | number | string | ReadonlyArray<Json> | { readonly [key: string]: Json }

/** One line of a query's result, by column. */
export type QueryRow = { readonly [column: string]: Json }

/** What the store could not do. Reported, never thrown: metrics are no reason for work to stop. */
export interface StorageProblem {
  readonly kind: "driver-missing" | "locked" | "damaged" | "unavailable" | "write-failed"
  readonly message: string
  readonly hint: string
}

export interface MetricsStats {
  /** `opening` keeps rows until the file is open; `memory` keeps the newest rows only. */
  readonly mode: "opening" | "duckdb" | "memory" | "closed"
  /** Rows taken in. */
  readonly appended: number
  /** Rows written to the file. */
  readonly written: number
  /** Rows taken in and lost to the file: the writer was behind, failed, or there is none. */
  readonly dropped: number
}

/** The query failed: it is wrong, or the store went away. */
export class MetricsQueryFailed extends Data.TaggedError("MetricsQueryFailed")<{
  readonly sql: string
  readonly reason: string
}> {
  readonly code = "BALLAST_METRICS_QUERY_FAILED"
  readonly hint =
    "see the reason DuckDB gives; the tables are load_balancer_metrics, tasks, placements, migrations, health"
  override get message(): string {
    return `the metrics query failed: ${this.reason}`
  }
}

/** There is no database to ask: the store keeps its rows in memory only. */
export class MetricsInMemoryOnly extends Data.TaggedError("MetricsInMemoryOnly")<{ readonly reason: string }> {
  readonly code = "BALLAST_METRICS_IN_MEMORY_ONLY"
  readonly hint = "install @duckdb/node-api and name a file; recent() answers from memory"
  override get message(): string {
    return `SQL needs a database: ${this.reason} (${this.hint})`
  }
}

/** Where metrics are kept (I1). */
export interface MetricsStore {
  /** Takes rows in, at once. Never throws and never waits; what cannot be kept is counted as dropped. */
  append<T extends TableName>(table: T, rows: ReadonlyArray<Rows[T]>): void
  /** Rows appended before are seen. Rejects with `MetricsQueryFailed` or `MetricsInMemoryOnly`. */
  query(sql: string): Promise<ReadonlyArray<QueryRow>>
  /** The newest rows of a table, oldest first, from memory. */
  recent<T extends TableName>(table: T, limit?: number): ReadonlyArray<Rows[T]>
  /** Fulfilled once what was appended before is in the file, or counted as dropped. Never rejects. */
  flush(): Promise<void>
  stats(): MetricsStats
  /** Flushes, lets go of the file and ends the thread. Rows appended afterwards are dropped. */
  close(): Promise<void>
}
