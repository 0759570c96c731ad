import type {
  DuckDBResultReader,
  DuckDBType,
  DuckDBValue,
  DuckDBValueConverter,
  Json as DuckDbJson
} from "@duckdb/node-api"
import type { QueryRow } from "./metrics-store.ts"

type Driver = typeof import("@duckdb/node-api")

/**
 * A query's result as plain values: integers of any width as numbers where they are safe and as text where not, decimals
 * as numbers, NaN and infinities as null (neither is JSON), times as ISO 8601 in UTC, dates as YYYY-MM-DD.
 */
export const queryRows = (driver: Driver, result: DuckDBResultReader): ReadonlyArray<QueryRow> => {
  const { DuckDBTypeId, DuckDBTimestampValue, DuckDBDecimalValue, JsonDuckDBValueConverter } = driver
  const convert: DuckDBValueConverter<DuckDbJson> = (value: DuckDBValue, type: DuckDBType, self) => {
    if (typeof value === "bigint") return safeInteger(value)
    if (typeof value === "number") return type.typeId === DuckDBTypeId.FLOAT ? shortest(value) : finite(value)
    if (value instanceof DuckDBTimestampValue) return isoTime(value.micros) ?? value.toString()
    if (value instanceof DuckDBDecimalValue) return finite(value.toDouble())
    return JsonDuckDBValueConverter(value, type, self)
  }
  return result.convertRowObjects(convert)
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

const safeInteger = (value: bigint): number | string =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString()

/** The shortest decimal that is the same 32-bit float: 0.85 is to come back as 0.85, not as 0.8500000238418579. */
const shortest = (value: number): number | null => {
  if (!Number.isFinite(value)) return null
  for (let digits = 6; digits <= 9; digits += 1) {
    const decimal = Number(value.toPrecision(digits))
    if (Math.fround(decimal) === value) return decimal
  }
  return value
}

const isoTime = (micros: bigint): string | undefined => {
  const date = new Date(Number(micros / 1_000n))
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}
