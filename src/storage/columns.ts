import { type ColumnKind, columnsOf, type Rows, type TableName } from "./tables.ts"

/** A value as it goes to the store's thread. */
export type Cell = string | number | null

/** Rows of one table, column by column: cheap to fill, cheap to send. */
export interface ColumnBatch {
  readonly table: TableName
  readonly count: number
  readonly columns: ReadonlyArray<ReadonlyArray<Cell>>
}

const largestInteger = 2 ** 31 - 1
/** What a Date can hold; in microseconds it still fits a TIMESTAMP. */
const furthestTime = 8.64e15

/** The value as the column keeps it; null for whatever it cannot keep, so that one bad figure never stops a batch. */
export const toCell = (value: unknown, kind: ColumnKind): Cell => {
  switch (kind) {
    case "time":
      return typeof value === "number" && Math.abs(value) <= furthestTime ? value : null
    case "float":
    case "double":
      return typeof value === "number" && Number.isFinite(value) ? value : null
    case "integer":
      return whole(value, largestInteger)
    case "long":
      return whole(value, Number.MAX_SAFE_INTEGER)
    case "text":
      return typeof value === "string" ? value : value === undefined || value === null ? null : toJson(value)
    case "json":
      return toJson(value)
  }
}

const whole = (value: unknown, largest: number): number | null =>
  typeof value === "number" && Math.abs(value) <= largest ? Math.round(value) : null

const toJson = (value: unknown): string | null => {
  try {
    return JSON.stringify(value) ?? null
  } catch {
    return '"[not serialisable]"'
  }
}

/** Gathers the rows of one table until they are sent. */
export class ColumnBuffer<T extends TableName> {
  readonly table: T
  readonly #kinds: ReadonlyArray<readonly [string, ColumnKind]>
  #columns: ReadonlyArray<Array<Cell>>
  #count = 0

  constructor(table: T) {
    this.table = table
    this.#kinds = columnsOf(table)
    this.#columns = this.#kinds.map(() => [])
  }

  get count(): number {
    return this.#count
  }

  push(row: Rows[T]): void {
    const values: Readonly<Record<string, unknown>> = { ...row }
    this.#kinds.forEach(([name, kind], index) => {
      this.#columns[index]?.push(toCell(values[name], kind))
    })
    this.#count += 1
  }

  /** Takes everything out. */
  drain(): ColumnBatch {
    const batch = { table: this.table, count: this.#count, columns: this.#columns }
    this.#columns = this.#kinds.map(() => [])
    this.#count = 0
    return batch
  }
}
