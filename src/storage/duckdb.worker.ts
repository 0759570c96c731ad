/**
 * The thread that owns the metrics database. DuckDB locks a file for a process, not for a thread, and a second instance
 * of one file silently loses rows; and a flush may block for a tenth of a second. So this thread alone opens it.
 */
import { renameSync } from "node:fs"
import { parentPort, workerData } from "node:worker_threads"
import type { DuckDBAppender, DuckDBConnection, DuckDBInstance, DuckDBType, DuckDBValue } from "@duckdb/node-api"
import type { Cell, ColumnBatch } from "./columns.ts"
import type { DuckDbCommand, DuckDbReport, DuckDbThreadData } from "./duckdb-protocol.ts"
import type { StorageProblem } from "./metrics-store.ts"
import { queryRows } from "./query-rows.ts"
import { type ColumnKind, columnsOf, createTable, numberedTable, type TableName, tableNames } from "./tables.ts"

type Driver = typeof import("@duckdb/node-api")

/** Rows DuckDB takes in one piece. */
const chunkSize = 2_048
/** Rows after which they are committed even if nobody asks: what waits for a commit waits in memory. */
const commitEvery = 20_000

if (parentPort === null) throw new Error("this file is started as a worker thread")
const port = parentPort
const data: DuckDbThreadData = workerData
const report = (message: DuckDbReport): void => port.postMessage(message)
const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

class Database {
  readonly #driver: Driver
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection
  readonly #types: Readonly<Record<ColumnKind, DuckDBType>>
  readonly #appenders = new Map<TableName, { readonly appender: DuckDBAppender; rows: number }>()
  #nextId: number
  written = 0

  private constructor(driver: Driver, instance: DuckDBInstance, connection: DuckDBConnection, nextId: number) {
    this.#driver = driver
    this.#instance = instance
    this.#connection = connection
    this.#nextId = nextId
    const { TIMESTAMP, INTEGER, BIGINT, FLOAT, DOUBLE, VARCHAR } = driver
    this.#types = {
      time: TIMESTAMP,
      integer: INTEGER,
      long: BIGINT,
      float: FLOAT,
      double: DOUBLE,
      text: VARCHAR,
      json: VARCHAR
    }
  }

  static async open(driver: Driver, { path, config }: DuckDbThreadData): Promise<Database> {
    const instance = await driver.DuckDBInstance.fromCache(path, { ...config })
    try {
      const connection = await instance.connect()
      for (const table of tableNames) await connection.run(createTable(table))
      const last = await connection.runAndReadAll(`SELECT coalesce(max(id), 0) AS id FROM ${numberedTable}`)
      return new Database(driver, instance, connection, Number(last.getRows()[0]?.[0] ?? 0) + 1)
    } catch (cause) {
      instance.closeSync()
      throw cause
    }
  }

  async append(batch: ColumnBatch): Promise<void> {
    const { table, count } = batch
    const known = this.#appenders.get(table)
    const entry = known ?? { appender: await this.#connection.createAppender(table), rows: 0 }
    if (known === undefined) this.#appenders.set(table, entry)
    for (let start = 0; start < count; start += chunkSize) {
      const size = Math.min(chunkSize, count - start)
      entry.appender.appendDataChunk(this.#chunk(batch, start, size))
      entry.rows += size
    }
    if (entry.rows >= commitEvery) this.commit()
  }

  /** Puts everything appended into the file; what could not be put there is reported as lost. */
  commit(): void {
    for (const [table, entry] of this.#appenders) {
      if (entry.rows === 0) continue
      try {
        entry.appender.flushSync()
        this.written += entry.rows
        entry.rows = 0
      } catch (cause) {
        this.discard(table, 0, cause)
      }
    }
  }

  /** Gives up a table's appender, which is of no use after a failure, with the rows in it and `more`. */
  discard(table: TableName, more: number, cause: unknown): void {
    const entry = this.#appenders.get(table)
    this.#appenders.delete(table)
    try {
      entry?.appender.closeSync()
    } catch {
      // Closing tries to write once more, and fails as before.
    }
    const problem: StorageProblem = {
      kind: "write-failed",
      message: `rows for ${table} could not be written to ${data.path}: ${reasonOf(cause)}`,
      hint: "is the disk full? later rows are tried again"
    }
    report({ _tag: "Lost", count: (entry?.rows ?? 0) + more, problem })
  }

  async query(sql: string): Promise<ReturnType<typeof queryRows>> {
    this.commit()
    return queryRows(this.#driver, await this.#connection.runAndReadAll(sql))
  }

  close(): void {
    this.commit()
    for (const { appender } of this.#appenders.values()) appender.closeSync()
    this.#connection.closeSync()
    this.#instance.closeSync()
  }

  #chunk({ table, columns }: ColumnBatch, start: number, size: number) {
    const kinds = columnsOf(table).map(([, kind]) => kind)
    const types = kinds.map((kind) => this.#types[kind])
    const values = columns.map((cells, index) =>
      cells.slice(start, start + size).map((cell) => this.#value(cell, kinds[index] ?? "text"))
    )
    const numbered = table === numberedTable
    if (numbered) values.unshift(Array.from({ length: size }, () => this.#nextId++))
    const chunk = this.#driver.DuckDBDataChunk.create(numbered ? [this.#driver.INTEGER, ...types] : types, size)
    chunk.setColumns(values)
    return chunk
  }

  #value(cell: Cell, kind: ColumnKind): DuckDBValue {
    if (typeof cell !== "number") return cell
    if (kind === "time") return new this.#driver.DuckDBTimestampValue(BigInt(Math.round(cell * 1_000)))
    return kind === "long" ? BigInt(cell) : cell
  }
}

/** How DuckDB says that a file is no database, or no longer a whole one. */
const damage = /not a valid DuckDB database|Corrupt database|Could not read enough bytes|Serialization Error/

const open = async (driver: Driver): Promise<Database> => {
  try {
    return await Database.open(driver, data)
  } catch (cause) {
    const reason = reasonOf(cause)
    if (!damage.test(reason)) throw cause
    const aside = `${data.path}.corrupt-${Date.now()}`
    renameSync(data.path, aside)
    try {
      renameSync(`${data.path}.wal`, `${aside}.wal`)
    } catch {
      // There is not always one.
    }
    const hint = `it was set aside as ${aside}, and a new one begun`
    report({ _tag: "Warned", problem: { kind: "damaged", message: `${data.path} is damaged: ${reason}`, hint } })
    return Database.open(driver, data)
  }
}

const start = async (): Promise<Database | StorageProblem> => {
  let driver: Driver
  try {
    driver = await import(data.driver)
  } catch (cause) {
    const message = `${data.driver} could not be loaded: ${reasonOf(cause)}`
    return { kind: "driver-missing", message, hint: "npm install @duckdb/node-api; until then metrics stay in memory" }
  }
  try {
    return await open(driver)
  } catch (cause) {
    const message = `${data.path} could not be opened: ${reasonOf(cause)}`
    return /lock/i.test(message)
      ? { kind: "locked", message, hint: "close it in the other process, or name another file" }
      : { kind: "unavailable", message, hint: "is the path right, and may it be written?" }
  }
}

const handle = async (database: Database, command: DuckDbCommand): Promise<void> => {
  switch (command._tag) {
    case "Append": {
      const { table, count } = command.batch
      try {
        await database.append(command.batch)
        report({ _tag: "Taken", count })
      } catch (cause) {
        report({ _tag: "Taken", count })
        database.discard(table, count, cause)
      }
      return
    }
    case "Flush":
      database.commit()
      return report({ _tag: "Flushed", id: command.id, written: database.written })
    case "Query":
      try {
        return report({ _tag: "Rows", id: command.id, rows: await database.query(command.sql) })
      } catch (cause) {
        return report({ _tag: "QueryFailed", id: command.id, reason: reasonOf(cause) })
      }
    case "Close":
      try {
        database.close()
      } finally {
        report({ _tag: "Closed", written: database.written })
        port.close()
      }
  }
}

const database = await start()
if (database instanceof Database) {
  report({ _tag: "Opened" })
  // One after the other: a query must see what was appended before it, and nothing of what came after.
  let turn = Promise.resolve()
  port.on("message", (command: DuckDbCommand) => {
    turn = turn.then(() => handle(database, command))
  })
} else {
  report({ _tag: "NotOpened", problem: database })
  port.close()
}
