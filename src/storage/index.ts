/** What is kept: metrics in DuckDB, and the lock on a data directory. */
export { type DirectoryLock, lockDirectory } from "./directory-lock.ts"
export * from "./history/index.ts"
export { type DamagedFile, readLearned, setLearnedAside, writeLearned } from "./learned-file.ts"
export * from "./metrics-store.ts"
export { type MetricsOptions, metricsDefaults, openMetrics } from "./open-metrics.ts"
export type {
  HealthRow,
  LoadBalancerDetail,
  LoadBalancerMetricsRow,
  MigrationRow,
  PlacementRow,
  Rows,
  TableName,
  TaskRow
} from "./tables.ts"
