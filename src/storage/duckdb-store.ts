import { resolve } from "node:path"
import { Worker } from "node:worker_threads"
import { ColumnBuffer } from "./columns.ts"
import type { DuckDbCommand, DuckDbReport, DuckDbThreadData } from "./duckdb-protocol.ts"
import { type LockFile, takeLock } from "./lock-file.ts"
import { MemoryStore } from "./memory-store.ts"
import {
  MetricsInMemoryOnly,
  MetricsQueryFailed,
  type MetricsStats,
  type MetricsStore,
  type QueryRow,
  type StorageProblem
} from "./metrics-store.ts"
import type { Rows, TableName } from "./tables.ts"

export interface DuckDbStoreOptions {
  /** The database file, or `:memory:`. */
  readonly path: string
  /** Called once for each kind of problem. */
  readonly onProblem: (problem: StorageProblem) => void
  /** Rows of each table kept in memory as well. */
  readonly recent: number
  /** Rows that may wait for the thread; beyond that, new ones are dropped. */
  readonly maxBuffered: number
  /** Rows sent to the thread at once. */
  readonly batch: number
  /** Module specifier or URL of the driver, where it is not installed beside Ballast. */
  readonly driver: string
  /** DuckDB's own settings. */
  readonly config: Readonly<Record<string, string>>
}

interface Query {
  readonly sql: string
  readonly resolve: (rows: ReadonlyArray<QueryRow>) => void
  readonly reject: (cause: MetricsQueryFailed | MetricsInMemoryOnly) => void
}

const inMemory = ":memory:"

/**
 * Keeps metrics in a DuckDB file, which a thread of its own opens and owns; rows reach it in batches. Where there is no
 * driver, the file is locked, or the thread dies, it says so once and goes on with the newest rows in memory.
 */
export class DuckDbStore implements MetricsStore {
  readonly #options: DuckDbStoreOptions
  readonly #path: string
  readonly #memory: MemoryStore
  readonly #buffers: { readonly [T in TableName]: ColumnBuffer<T> } = {
    load_balancer_metrics: new ColumnBuffer("load_balancer_metrics"),
    tasks: new ColumnBuffer("tasks"),
    placements: new ColumnBuffer("placements"),
    migrations: new ColumnBuffer("migrations"),
    health: new ColumnBuffer("health")
  }
  readonly #flushes = new Map<number, () => void>()
  readonly #queries = new Map<number, Query>()
  readonly #reported = new Set<StorageProblem["kind"]>()
  #mode: MetricsStats["mode"] = "opening"
  /** Why there is no database. */
  #reason = ""
  #lock: LockFile | undefined
  #worker: Worker | undefined
  #exited: Promise<void> = Promise.resolve()
  #closing: Promise<void> | undefined
  #lastId = 0
  #appended = 0
  #written = 0
  #dropped = 0
  /** Rows in the buffers, and rows sent that the thread has not taken yet. */
  #buffered = 0
  #inFlight = 0

  constructor(options: DuckDbStoreOptions) {
    this.#options = options
    this.#path = options.path === inMemory ? inMemory : resolve(options.path)
    this.#memory = new MemoryStore(options.recent)
    const problem = this.#takeFile()
    if (problem === undefined) this.#startThread()
    else this.#fallBack(problem)
  }

  append<T extends TableName>(table: T, rows: ReadonlyArray<Rows[T]>): void {
    this.#appended += rows.length
    if (this.#mode === "closed" || this.#closing !== undefined) {
      this.#dropped += rows.length
      return
    }
    this.#memory.append(table, rows)
    if (this.#worker === undefined) {
      this.#dropped += rows.length
      return
    }
    const buffer: ColumnBuffer<T> = this.#buffers[table]
    const room = Math.max(0, this.#options.maxBuffered - this.#buffered - this.#inFlight)
    const taken = room < rows.length ? rows.slice(0, room) : rows
    for (const row of taken) buffer.push(row)
    this.#buffered += taken.length
    this.#dropped += rows.length - taken.length
    if (buffer.count >= this.#options.batch) this.#send(buffer)
  }

  query(sql: string): Promise<ReadonlyArray<QueryRow>> {
    if (this.#closing !== undefined) {
      return Promise.reject(new MetricsQueryFailed({ sql, reason: "the store is closed" }))
    }
    if (this.#worker === undefined) return Promise.reject(new MetricsInMemoryOnly({ reason: this.#reason }))
    this.#sendAll()
    return new Promise((resolve, reject) => {
      const id = this.#nextId()
      this.#queries.set(id, { sql, resolve, reject })
      this.#post({ _tag: "Query", id, sql })
    })
  }

  recent<T extends TableName>(table: T, limit?: number): ReadonlyArray<Rows[T]> {
    return this.#memory.recent(table, limit)
  }

  flush(): Promise<void> {
    if (this.#worker === undefined || this.#closing !== undefined) return this.#closing ?? Promise.resolve()
    this.#sendAll()
    return new Promise((resolve) => {
      const id = this.#nextId()
      this.#flushes.set(id, resolve)
      this.#post({ _tag: "Flush", id })
    })
  }

  stats(): MetricsStats {
    return { mode: this.#mode, appended: this.#appended, written: this.#written, dropped: this.#dropped }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (this.#worker !== undefined) {
      this.#sendAll()
      this.#post({ _tag: "Close" })
    }
    await this.#exited
    this.#mode = "closed"
    this.#lock?.release()
  }

  #takeFile(): StorageProblem | undefined {
    const path = this.#path
    if (path === inMemory) return undefined
    try {
      const lock = takeLock(`${path}.lock`)
      if (!("heldBy" in lock)) {
        this.#lock = lock
        return undefined
      }
      const message = `${path} is in use by process ${lock.heldBy}`
      return { kind: "locked", message, hint: "close it there, or name another file" }
    } catch (cause) {
      const message = `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`
      return { kind: "unavailable", message, hint: "is the path right, and may it be written?" }
    }
  }

  #startThread(): void {
    const { driver, config } = this.#options
    const path = this.#path
    const url = new URL(`./duckdb.worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)
    const workerData: DuckDbThreadData = { path, driver, config }
    const worker = new Worker(url, { workerData, execArgv: [] })
    let failure = "it ended"
    worker.on("message", (message: DuckDbReport) => this.#receive(message))
    worker.on("error", (cause) => {
      failure = cause instanceof Error ? cause.message : String(cause)
    })
    this.#worker = worker
    this.#exited = new Promise((resolve) => {
      worker.once("exit", () => {
        const message = `the thread that writes ${path} is gone: ${failure}`
        this.#fallBack({ kind: "unavailable", message, hint: "metrics stay in memory until the next start" })
        resolve()
      })
    })
  }

  #receive(message: DuckDbReport): void {
    switch (message._tag) {
      case "Opened":
        this.#mode = "duckdb"
        return
      case "NotOpened":
        return this.#fallBack(message.problem)
      case "Taken":
        this.#inFlight -= message.count
        return
      case "Lost":
        this.#dropped += message.count
        return this.#warn(message.problem)
      case "Warned":
        return this.#warn(message.problem)
      case "Flushed":
        this.#written = message.written
        this.#flushes.get(message.id)?.()
        this.#flushes.delete(message.id)
        return
      case "Rows":
        this.#queries.get(message.id)?.resolve(message.rows)
        this.#queries.delete(message.id)
        return
      case "QueryFailed": {
        const query = this.#queries.get(message.id)
        this.#queries.delete(message.id)
        query?.reject(new MetricsQueryFailed({ sql: query.sql, reason: message.reason }))
        return
      }
      case "Closed":
        this.#written = message.written
        // What it owned is closed; nothing is left that could be cut short.
        void this.#worker?.terminate()
    }
  }

  /** From here on without a database, for good. */
  #fallBack(problem: StorageProblem): void {
    if (this.#mode === "memory") return
    this.#mode = "memory"
    this.#reason = problem.message
    this.#worker = undefined
    this.#dropped += this.#buffered + this.#inFlight
    this.#buffered = 0
    this.#inFlight = 0
    for (const buffer of Object.values(this.#buffers)) buffer.drain()
    if (this.#closing === undefined) {
      this.#lock?.release()
      this.#warn(problem)
    }
    for (const done of this.#flushes.values()) done()
    this.#flushes.clear()
    for (const { reject } of this.#queries.values()) reject(new MetricsInMemoryOnly({ reason: problem.message }))
    this.#queries.clear()
  }

  #warn(problem: StorageProblem): void {
    if (this.#reported.has(problem.kind)) return
    this.#reported.add(problem.kind)
    // Not before the caller holds the store it will hear about.
    queueMicrotask(() => this.#options.onProblem(problem))
  }

  #sendAll(): void {
    for (const buffer of Object.values(this.#buffers)) if (buffer.count > 0) this.#send(buffer)
  }

  #send(buffer: ColumnBuffer<TableName>): void {
    const batch = buffer.drain()
    this.#buffered -= batch.count
    this.#inFlight += batch.count
    this.#post({ _tag: "Append", batch })
  }

  #post(command: DuckDbCommand): void {
    this.#worker?.postMessage(command)
  }

  #nextId(): number {
    this.#lastId += 1
    return this.#lastId
  }
}
