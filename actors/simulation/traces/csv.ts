import { closeSync, openSync, readFileSync, readSync } from "node:fs"
import { constants, gunzipSync } from "node:zlib"
import { TraceMalformed } from "./errors.ts"

/** Enough for the header of any trace: the widest has a column for each minute of a day. */
const headerBytes = 2 ** 16

/** One line, cut at its commas. A field may stand in double quotes, a quote within doubled; none spans lines. */
const fieldsOf = (line: string): Array<string> => {
  if (!line.includes('"')) return line.split(",")
  const fields: Array<string> = []
  for (const [, quoted, plain = ""] of `,${line}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^,]*))/g)) {
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
  }
  return fields
}

const withoutReturn = (line: string): string => (line.endsWith("\r") ? line.slice(0, -1) : line)

/** A row of a CSV file, whose columns are asked for by name. Each question throws `TraceMalformed` where it has no answer. */
export class CsvRow {
  readonly #file: string
  readonly #line: number
  readonly #columns: ReadonlyMap<string, number>
  readonly #fields: ReadonlyArray<string>

  constructor(file: string, line: number, columns: ReadonlyMap<string, number>, fields: ReadonlyArray<string>) {
    this.#file = file
    this.#line = line
    this.#columns = columns
    this.#fields = fields
  }

  /** The field as it stands; empty where the file has no such column. */
  text(column: string): string {
    return this.#fields[this.#columns.get(column) ?? -1] ?? ""
  }

  name(column: string): string {
    const text = this.text(column)
    return text === "" ? this.fail(`${column} is empty`, "each row needs one") : text
  }

  number(column: string): number {
    return this.#toNumber(column, this.text(column))
  }

  /** A number that may be left out. */
  optional(column: string): number | undefined {
    const text = this.text(column)
    return text === "" ? undefined : this.#toNumber(column, text)
  }

  /** A whole number, at least 0. */
  count(column: string): number {
    const value = this.number(column)
    if (Number.isInteger(value) && value >= 0) return value
    return this.fail(`${column} is ${value}`, "a whole number, at least 0")
  }

  /** The numbers of these columns, in order. */
  numbers(columns: ReadonlyArray<string>): Float64Array {
    return Float64Array.from(columns, (column) => this.number(column))
  }

  fail(problem: string, hint: string): never {
    throw new TraceMalformed({ path: this.#file, line: this.#line, problem, hint })
  }

  #toNumber(column: string, text: string): number {
    const value = text === "" ? Number.NaN : Number(text)
    return Number.isFinite(value) ? value : this.fail(`${column} is "${text}"`, "a number")
  }
}

/** A CSV file in memory. */
export interface CsvFile {
  readonly columns: ReadonlyArray<string>
  readonly rows: Iterable<CsvRow>
}

const isPacked = (path: string): boolean => path.endsWith(".gz")

/** Reads a whole file, unpacking `.gz`. `rows` is gone through lazily, and may be more than once. */
export const readCsv = (path: string): CsvFile => {
  const bytes = readFileSync(path)
  const lines = unpacked(path, bytes, constants.Z_FINISH).toString("utf8").split("\n")
  const columns = fieldsOf(withoutReturn(lines[0] ?? ""))
  return { columns, rows: { [Symbol.iterator]: () => rowsOf(path, lines, columns) } }
}

function* rowsOf(path: string, lines: ReadonlyArray<string>, columns: ReadonlyArray<string>): Generator<CsvRow> {
  const places = new Map(columns.map((column, place) => [column, place]))
  for (let index = 1; index < lines.length; index += 1) {
    const line = withoutReturn(lines[index] ?? "")
    if (line === "") continue
    const fields = fieldsOf(line)
    const row = new CsvRow(path, index + 1, places, fields)
    if (fields.length !== columns.length) {
      row.fail(`${fields.length} fields for ${columns.length} columns`, "as many fields as the header names")
    }
    yield row
  }
}

/** The columns a file has, without reading the rest of it. */
export const readHeader = (path: string): ReadonlyArray<string> => {
  const buffer = Buffer.alloc(headerBytes)
  const file = openSync(path, "r")
  try {
    const length = readSync(file, buffer)
    const text = unpacked(path, buffer.subarray(0, length), constants.Z_SYNC_FLUSH).toString("utf8")
    return fieldsOf(withoutReturn(text.split("\n", 1)[0] ?? ""))
  } finally {
    closeSync(file)
  }
}

const unpacked = (path: string, bytes: Buffer, finishFlush: number): Buffer => {
  if (!isPacked(path)) return bytes
  try {
    return gunzipSync(bytes, { finishFlush })
  } catch (cause) {
    const problem = `cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new TraceMalformed({ path, line: 1, problem, hint: "a gzip file, whole" })
  }
}
