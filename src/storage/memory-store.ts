import { MetricsInMemoryOnly, type MetricsStats, type MetricsStore, type QueryRow } from "./metrics-store.ts"
import type { Rows, TableName } from "./tables.ts"

/** The newest rows of each table; the whole store where there is no database, and its window on the present where there is. */
export class MemoryStore implements MetricsStore {
  readonly #capacity: number
  readonly #rows: { readonly [T in TableName]: Array<Rows[T]> } = {
    load_balancer_metrics: [],
    tasks: [],
    placements: [],
    migrations: [],
    health: []
  }
  #appended = 0
  #dropped = 0
  #closed = false

  /** `capacity`: rows kept of each table. */
  constructor(capacity = 1_000) {
    this.#capacity = Math.max(1, capacity)
  }

  append<T extends TableName>(table: T, rows: ReadonlyArray<Rows[T]>): void {
    this.#appended += rows.length
    if (this.#closed) {
      this.#dropped += rows.length
      return
    }
    const kept: Array<Rows[T]> = this.#rows[table]
    for (const row of rows) kept.push(row)
    const held = Math.min(kept.length - rows.length, this.#capacity)
    this.#dropped += Math.max(0, held + rows.length - this.#capacity)
    // Up to twice the capacity before it is cut back: one copy per thousand rows, not one per row.
    if (kept.length >= 2 * this.#capacity) kept.splice(0, kept.length - this.#capacity)
  }

  query(_sql: string): Promise<ReadonlyArray<QueryRow>> {
    return Promise.reject(new MetricsInMemoryOnly({ reason: "metrics are kept in memory" }))
  }

  recent<T extends TableName>(table: T, limit = this.#capacity): ReadonlyArray<Rows[T]> {
    const kept: ReadonlyArray<Rows[T]> = this.#rows[table]
    return kept.slice(Math.max(0, kept.length - Math.min(limit, this.#capacity)))
  }

  flush(): Promise<void> {
    return Promise.resolve()
  }

  stats(): MetricsStats {
    return { mode: this.#closed ? "closed" : "memory", appended: this.#appended, written: 0, dropped: this.#dropped }
  }

  close(): Promise<void> {
    this.#closed = true
    return Promise.resolve()
  }
}
