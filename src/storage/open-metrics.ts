import { DuckDbStore, type DuckDbStoreOptions } from "./duckdb-store.ts"
import { MemoryStore } from "./memory-store.ts"
import type { MetricsStore } from "./metrics-store.ts"

export type MetricsOptions = Partial<DuckDbStoreOptions>

export const metricsDefaults = {
  recent: 1_000,
  maxBuffered: 50_000,
  batch: 1_000,
  driver: "@duckdb/node-api",
  config: { threads: "2", memory_limit: "512MB" }
} as const satisfies MetricsOptions

/**
 * Opens the metrics store at once; the file is opened behind it, and rows appended meanwhile are kept. Without a `path`
 * everything stays in memory. Whoever opened it closes it: until then its thread keeps the process alive.
 */
export const openMetrics = (options: MetricsOptions = {}): MetricsStore => {
  const { path, onProblem = () => {}, ...rest } = options
  const settings = { ...metricsDefaults, ...rest }
  return path === undefined ? new MemoryStore(settings.recent) : new DuckDbStore({ ...settings, path, onProblem })
}
