import type { Priority, TaskEnd, TaskId, WorkerId } from "../model/index.ts"

/**
 * How a column is kept: `time` a TIMESTAMP, given as milliseconds since 1970 UTC; `integer` 32 bits, `long` 53 bits;
 * `float` 32 bits, `double` 64; `json` whatever `JSON.stringify` takes. A value that does not fit is kept as NULL.
 */
export type ColumnKind = "time" | "integer" | "long" | "float" | "double" | "text" | "json"

/** One line per balancing interval, in the names of the original program (I1). */
export interface LoadBalancerMetricsRow {
  readonly timestamp: number
  /** Mean utilisation of the system, 0–1. */
  readonly system_load: number
  readonly threshold_high: number
  readonly threshold_low: number
  /** Max − min utilisation, 0–1. */
  readonly imbalance_score: number
  /** In this interval. */
  readonly migrations_initiated: number
  readonly migrations_successful: number
  /** 0–1; null while no forecast came due. */
  readonly prediction_accuracy: number | null
  readonly metrics: LoadBalancerDetail
}

/** The JSON beside the columns of `load_balancer_metrics`. */
export interface LoadBalancerDetail {
  readonly worker_count: number
  readonly active_migrations: number
  /** max − min of the workers, 0–1, of each dimension that two of them have. */
  readonly imbalance: Readonly<Partial<Record<"cpu" | "memory" | "io" | "accelerator", number>>>
  readonly thresholds: {
    readonly high: number
    readonly low: number
    readonly initial_high: number
    readonly initial_low: number
  }
  readonly migrations: {
    readonly initiated: number
    readonly successful: number
    /** null where none was initiated. */
    readonly success_rate: number | null
  }
  readonly features: {
    readonly dynamic_thresholds: boolean
    readonly predictive_balancing: boolean
    readonly cost_benefit_analysis: boolean
    readonly hardware_specific: boolean
    readonly resource_efficiency: boolean
  }
  /** null while there is too little history for a forecast. */
  readonly prediction: {
    readonly current_load: number
    readonly predicted_load: number
    readonly confidence: number
    readonly window_minutes: number
  } | null
}

/** One line per task, at its end. Times in milliseconds. */
export interface TaskRow {
  readonly timestamp: number
  readonly task_id: TaskId
  readonly type: string
  readonly priority: Priority
  readonly outcome: TaskEnd
  /** Where it last ran; null where it never did. */
  readonly worker_id: WorkerId | null
  readonly attempts: number
  /** From acceptance to its last start, or to its end where it never ran. */
  readonly waited_ms: number
  /** Of its last run. */
  readonly ran_ms: number | null
  readonly error: string | null
}

/** One line per placement. */
export interface PlacementRow {
  readonly timestamp: number
  readonly task_id: TaskId
  readonly epoch: number
  readonly worker_id: WorkerId
  readonly strategy: string
  readonly score: number | null
  readonly explanation: unknown
}

/** One line per migration, at its end. */
export interface MigrationRow {
  readonly timestamp: number
  readonly migration_id: number
  readonly task_id: TaskId
  readonly source: WorkerId
  readonly target: WorkerId
  /** `completed`, or why it was aborted. */
  readonly outcome: string
  readonly reason: string
  readonly cost_score: number | null
  readonly net_seconds: number | null
  readonly took_ms: number | null
  readonly explanation: unknown
}

/** One line per worker and health check. */
export interface HealthRow {
  readonly timestamp: number
  readonly worker_id: WorkerId
  readonly verdict: string
  /** 0–1 */
  readonly score: number
  readonly reasons: unknown
}

/** The rows of each table, by its name. */
export interface Rows {
  readonly load_balancer_metrics: LoadBalancerMetricsRow
  readonly tasks: TaskRow
  readonly placements: PlacementRow
  readonly migrations: MigrationRow
  readonly health: HealthRow
}

export type TableName = keyof Rows

/** The columns of each table, in order. `load_balancer_metrics` has an `id` before them, counted on by the store. */
export const tables = {
  load_balancer_metrics: {
    timestamp: "time",
    system_load: "float",
    threshold_high: "float",
    threshold_low: "float",
    imbalance_score: "float",
    migrations_initiated: "integer",
    migrations_successful: "integer",
    prediction_accuracy: "float",
    metrics: "json"
  },
  tasks: {
    timestamp: "time",
    task_id: "text",
    type: "text",
    priority: "text",
    outcome: "text",
    worker_id: "text",
    attempts: "integer",
    waited_ms: "double",
    ran_ms: "double",
    error: "text"
  },
  placements: {
    timestamp: "time",
    task_id: "text",
    epoch: "long",
    worker_id: "text",
    strategy: "text",
    score: "double",
    explanation: "json"
  },
  migrations: {
    timestamp: "time",
    migration_id: "long",
    task_id: "text",
    source: "text",
    target: "text",
    outcome: "text",
    reason: "text",
    cost_score: "double",
    net_seconds: "double",
    took_ms: "double",
    explanation: "json"
  },
  health: { timestamp: "time", worker_id: "text", verdict: "text", score: "double", reasons: "json" }
} as const satisfies { readonly [T in TableName]: { readonly [C in keyof Rows[T]]: ColumnKind } }

export const tableNames: ReadonlyArray<TableName> = [
  "load_balancer_metrics",
  "tasks",
  "placements",
  "migrations",
  "health"
]

/** The one table whose rows are numbered. */
export const numberedTable: TableName = "load_balancer_metrics"

const sqlTypes: Readonly<Record<ColumnKind, string>> = {
  time: "TIMESTAMP",
  integer: "INTEGER",
  long: "BIGINT",
  float: "FLOAT",
  double: "DOUBLE",
  text: "VARCHAR",
  json: "JSON"
}

export const columnsOf = (table: TableName): ReadonlyArray<readonly [string, ColumnKind]> =>
  Object.entries(tables[table])

/** Makes the table where it is not there yet. */
export const createTable = (table: TableName): string => {
  const columns = columnsOf(table).map(([name, kind]) => `"${name}" ${sqlTypes[kind]}`)
  const all = table === numberedTable ? ["id INTEGER PRIMARY KEY", ...columns] : columns
  return `CREATE TABLE IF NOT EXISTS "${table}" (${all.join(", ")})`
}
