import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import {
  MetricsInMemoryOnly,
  type MetricsOptions,
  MetricsQueryFailed,
  type MetricsStore,
  openMetrics,
  type StorageProblem
} from "../../src/storage/index.ts"
import { metricsRow, newYear, taskRow } from "./rows.ts"

let folder = ""
let path = ""
let problems: Array<StorageProblem> = []
const opened: Array<MetricsStore> = []

const open = (more: MetricsOptions = {}): MetricsStore => {
  const store = openMetrics({ path, onProblem: (problem) => problems.push(problem), ...more })
  opened.push(store)
  return store
}
const driver = (name: string) => new URL(`./drivers/${name}.ts`, import.meta.url).href

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ballast-metrics-"))
  path = join(folder, "metrics.duckdb")
  problems = []
})
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close()
  rmSync(folder, { recursive: true, force: true })
})

describe("metrics in DuckDB (I1)", () => {
  it("keeps load_balancer_metrics with the names and types of the original program", async () => {
    const columns = await open().query("DESCRIBE load_balancer_metrics")
    expect(columns.map(({ column_name, column_type, key }) => [column_name, column_type, key])).toEqual([
      ["id", "INTEGER", "PRI"],
      ["timestamp", "TIMESTAMP", null],
      ["system_load", "FLOAT", null],
      ["threshold_high", "FLOAT", null],
      ["threshold_low", "FLOAT", null],
      ["imbalance_score", "FLOAT", null],
      ["migrations_initiated", "INTEGER", null],
      ["migrations_successful", "INTEGER", null],
      ["prediction_accuracy", "FLOAT", null],
      ["metrics", "JSON", null]
    ])
  })

  it("gives back what was appended, and counts ids on after the file was closed and opened again", async () => {
    const first = open()
    first.append("load_balancer_metrics", [metricsRow(), metricsRow({ prediction_accuracy: null })])
    await first.close()
    expect(first.stats()).toEqual({ mode: "closed", appended: 2, written: 2, dropped: 0 })

    const second = open()
    second.append("load_balancer_metrics", [metricsRow({ timestamp: newYear + 30_000 })])
    const rows = await second.query("SELECT * FROM load_balancer_metrics ORDER BY id")
    expect(rows.map(({ id }) => id)).toEqual([1, 2, 3])
    expect(rows[0]).toMatchObject({
      timestamp: "2025-01-01T00:00:00.000Z",
      system_load: 0.68,
      threshold_high: 0.85,
      migrations_initiated: 3,
      prediction_accuracy: 0.9
    })
    expect(JSON.parse(String(rows[0]?.metrics))).toEqual(metricsRow().metrics)
    expect(rows[1]?.prediction_accuracy).toBeNull()
  })

  it("answers paths into the JSON", async () => {
    const store = open()
    store.append("load_balancer_metrics", [metricsRow()])
    const rows = await store.query(
      "SELECT metrics->'prediction'->>'confidence' AS confidence FROM load_balancer_metrics"
    )
    expect(rows).toEqual([{ confidence: "0.85" }])
  })

  it("keeps ended tasks, placements, migrations and health beside them", async () => {
    const store = open()
    store.append("tasks", [taskRow(1), taskRow(2, { outcome: "failed", worker_id: null, ran_ms: null, error: "no" })])
    const placement = { timestamp: newYear, task_id: "t1", epoch: 2 ** 40, worker_id: "w1", strategy: "adaptive" }
    store.append("placements", [{ ...placement, score: 81.5, explanation: { chosen: "w1" } }])
    const migration = { timestamp: newYear, migration_id: 1, task_id: "t1", source: "w1", target: "w2" }
    const figures = { cost_score: 2.5, net_seconds: 12, took_ms: 80, explanation: "because" }
    store.append("migrations", [{ ...migration, outcome: "completed", reason: "balance", ...figures }])
    store.append("health", [{ timestamp: newYear, worker_id: "w1", verdict: "up", score: 1, reasons: [] }])
    expect(await store.query("SELECT task_id, outcome, ran_ms FROM tasks ORDER BY task_id")).toEqual([
      { task_id: "t1", outcome: "completed", ran_ms: 20.25 },
      { task_id: "t2", outcome: "failed", ran_ms: null }
    ])
    expect(await store.query("SELECT epoch, explanation->>'chosen' AS chosen FROM placements")).toEqual([
      { epoch: 2 ** 40, chosen: "w1" }
    ])
    expect(await store.query("SELECT net_seconds, explanation FROM migrations")).toEqual([
      { net_seconds: 12, explanation: '"because"' }
    ])
    expect(await store.query("SELECT verdict, reasons FROM health")).toEqual([{ verdict: "up", reasons: "[]" }])
  })

  it("writes many batches whole and in order", async () => {
    const store = open({ batch: 700 })
    for (let from = 0; from < 10_000; from += 100) {
      store.append(
        "tasks",
        Array.from({ length: 100 }, (_, n) => taskRow(from + n))
      )
    }
    await store.flush()
    expect(store.stats()).toEqual({ mode: "duckdb", appended: 10_000, written: 10_000, dropped: 0 })
    const [found] = await store.query(
      "SELECT count(*) AS n, count(DISTINCT task_id) AS ids, min(timestamp) AS first, max(timestamp) AS last FROM tasks"
    )
    expect(found).toEqual({
      ...{ n: 10_000, ids: 10_000 },
      ...{ first: "2025-01-01T00:00:00.000Z", last: "2025-01-01T00:00:09.999Z" }
    })
  })
})

describe("the three queries of S4, as written", () => {
  const day = 86_400_000

  it("lists recent threshold adjustments, the latest first", async () => {
    const store = open()
    store.append(
      "load_balancer_metrics",
      Array.from({ length: 60 }, (_, n) => metricsRow({ timestamp: newYear + n * 30_000, system_load: n / 100 }))
    )
    const rows = await store.query(`
      SELECT timestamp, threshold_high, threshold_low, system_load
      FROM load_balancer_metrics
      ORDER BY timestamp DESC
      LIMIT 50;`)
    expect(rows).toHaveLength(50)
    expect(rows[0]).toEqual({
      timestamp: "2025-01-01T00:29:30.000Z",
      threshold_high: 0.85,
      threshold_low: 0.2,
      system_load: 0.59
    })
  })

  it("analyses migration success by day; a day without migrations is null, not NaN or infinite", async () => {
    const store = open()
    store.append("load_balancer_metrics", [
      metricsRow({ migrations_initiated: 3, migrations_successful: 2 }),
      metricsRow({ migrations_initiated: 4, migrations_successful: 3 }),
      metricsRow({ timestamp: newYear + day, migrations_initiated: 0, migrations_successful: 0 }),
      metricsRow({ timestamp: newYear + 2 * day, migrations_initiated: 0, migrations_successful: 1 })
    ])
    const rows = await store.query(`
      SELECT
          DATE(timestamp) as date,
          SUM(migrations_initiated) as total_migrations,
          SUM(migrations_successful) as successful_migrations,
          ROUND(SUM(migrations_successful) * 100.0 / SUM(migrations_initiated), 1) as success_rate
      FROM load_balancer_metrics
      GROUP BY DATE(timestamp)
      ORDER BY date DESC;`)
    expect(rows).toEqual([
      { date: "2025-01-03", total_migrations: 0, successful_migrations: 1, success_rate: null },
      { date: "2025-01-02", total_migrations: 0, successful_migrations: 0, success_rate: null },
      { date: "2025-01-01", total_migrations: 7, successful_migrations: 5, success_rate: 71.4 }
    ])
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows)
  })

  it("shows prediction accuracy over time where there is one", async () => {
    const store = open()
    store.append("load_balancer_metrics", [
      metricsRow({ prediction_accuracy: null }),
      metricsRow({ timestamp: newYear + 1, prediction_accuracy: Number.NaN }),
      metricsRow({ timestamp: newYear + 2, prediction_accuracy: 0.97 })
    ])
    const rows = await store.query(`
      SELECT
          timestamp,
          prediction_accuracy,
          system_load,
          imbalance_score
      FROM load_balancer_metrics
      WHERE prediction_accuracy IS NOT NULL
      ORDER BY timestamp DESC
      LIMIT 100;`)
    expect(rows).toEqual([
      { timestamp: "2025-01-01T00:00:00.002Z", prediction_accuracy: 0.97, system_load: 0.68, imbalance_score: 0.31 }
    ])
  })
})

describe("queries", () => {
  it("return plain values: whole numbers where they are safe, text where not, null for what is no JSON", async () => {
    const [row] = await open().query(`
      SELECT 7::BIGINT AS small, 9007199254740993::BIGINT AS large, 12.34::DECIMAL(9, 2) AS price, 'NaN'::DOUBLE AS nan,
        '-Infinity'::FLOAT AS infinite, [1::BIGINT, 2] AS list, {'at': TIMESTAMP '2025-01-01', 'f': 0.1::FLOAT} AS nested,
        TIMESTAMP 'infinity' AS never, true AS yes`)
    expect(row).toEqual({
      ...{ small: 7, large: "9007199254740993", price: 12.34, nan: null, infinite: null, list: [1, 2] },
      ...{ nested: { at: "2025-01-01T00:00:00.000Z", f: 0.1 }, never: "infinity", yes: true }
    })
  })

  it("reject with what DuckDB says, and harm nothing", async () => {
    const store = open()
    store.append("tasks", [taskRow(1)])
    const failed = await store.query("SELECT nothing FROM nowhere").catch((cause: unknown) => cause)
    expect(failed).toBeInstanceOf(MetricsQueryFailed)
    expect(failed).toMatchObject({ code: "BALLAST_METRICS_QUERY_FAILED", message: expect.stringContaining("nowhere") })
    expect(await store.query("SELECT count(*) AS n FROM tasks")).toEqual([{ n: 1 }])
  })
})

describe("values that cannot be kept", () => {
  it("are null, and the row is kept (property 34)", async () => {
    const cyclic: Record<string, unknown> = {}
    cyclic.self = cyclic
    const store = open()
    store.append("placements", [
      {
        ...{ timestamp: Number.NaN, task_id: "t1", epoch: 1.5e300, worker_id: "w1", strategy: "s" },
        ...{ score: Number.POSITIVE_INFINITY, explanation: cyclic }
      }
    ])
    expect(await store.query("SELECT * FROM placements")).toEqual([
      {
        ...{ timestamp: null, task_id: "t1", epoch: null, worker_id: "w1", strategy: "s", score: null },
        explanation: '"[not serialisable]"'
      }
    ])
  })
})

describe("where rows come faster than they are written (property 36)", () => {
  it("drops and counts what is beyond the bound, and writes the rest", async () => {
    const store = open({ maxBuffered: 100, batch: 30 })
    // The thread can take nothing before this turn of the event loop ends.
    for (let n = 0; n < 250; n += 1) store.append("tasks", [taskRow(n)])
    expect(store.stats()).toMatchObject({ appended: 250, dropped: 150 })
    await store.flush()
    expect(store.stats()).toMatchObject({ written: 100, dropped: 150 })
    store.append("tasks", [taskRow(250)])
    expect(await store.query("SELECT count(*) AS n FROM tasks")).toEqual([{ n: 101 }])
    expect(store.recent("tasks", 2).map(({ task_id }) => task_id)).toEqual(["t249", "t250"])
  })
})

describe("where the database is not to be had", () => {
  const fallsBack = async (store: MetricsStore, kind: StorageProblem["kind"]) => {
    store.append("tasks", [taskRow(1), taskRow(2)])
    await store.flush()
    expect(problems.map((problem) => problem.kind)).toEqual([kind])
    expect(store.stats()).toEqual({ mode: "memory", appended: 2, written: 0, dropped: 2 })
    expect(store.recent("tasks").map(({ task_id }) => task_id)).toEqual(["t1", "t2"])
    const failed = await store.query("SELECT 1").catch((cause: unknown) => cause)
    expect(failed).toBeInstanceOf(MetricsInMemoryOnly)
    await store.close()
    expect(problems).toHaveLength(1)
  }

  it("goes on in memory without the driver, and says so once", async () => {
    await fallsBack(open({ driver: "a-driver-that-is-not-installed" }), "driver-missing")
    expect(problems[0]?.hint).toContain("npm install @duckdb/node-api")
  })

  it("goes on in memory where another process has the file open, and leaves the file alone", async () => {
    await open().close()
    const holder = spawn(
      process.execPath,
      [
        ...["--input-type=module", "-e"],
        `import { DuckDBInstance } from ${JSON.stringify(import.meta.resolve("@duckdb/node-api"))}
         const instance = await DuckDBInstance.create(process.argv[1]); await instance.connect()
         console.log("open"); process.stdin.resume()`,
        path
      ],
      { stdio: ["pipe", "pipe", "inherit"] }
    )
    await once(holder.stdout, "data")
    await fallsBack(open(), "locked")
    holder.stdin.end()
    holder.kill()
    await once(holder, "exit")
    const store = open()
    expect(await store.query("SELECT count(*) AS n FROM tasks")).toEqual([{ n: 0 }])
  })

  it("refuses a second opener in the same process, where DuckDB itself would lose rows in silence", async () => {
    const first = open()
    await fallsBack(open(), "locked")
    expect(problems[0]?.message).toContain(String(process.pid))
    first.append("tasks", [taskRow(9)])
    expect(await first.query("SELECT task_id FROM tasks")).toEqual([{ task_id: "t9" }])
    await first.close()
    expect(await open().query("SELECT task_id FROM tasks")).toEqual([{ task_id: "t9" }])
  })

  it("goes on in memory where the path cannot be written", async () => {
    writeFileSync(join(folder, "file"), "")
    await fallsBack(open({ path: join(folder, "file", "metrics.duckdb") }), "unavailable")
  })

  it("goes on in memory where its thread dies, and settles whoever waits", async () => {
    const store = open({ driver: driver("dying") })
    store.append("tasks", [taskRow(1)])
    const [flushed, query] = await Promise.allSettled([store.flush(), store.query("SELECT 1")])
    expect(flushed.status).toBe("fulfilled")
    expect(query).toMatchObject({ status: "rejected", reason: expect.any(MetricsInMemoryOnly) })
    expect(problems.map(({ kind }) => kind)).toEqual(["unavailable"])
    expect(store.stats()).toEqual({ mode: "memory", appended: 1, written: 0, dropped: 1 })
  })

  it("counts what a full disk refused, says so once, and writes again when there is room", async () => {
    const store = open({ driver: driver("full-disk") })
    store.append("tasks", [taskRow(1), taskRow(2)])
    await store.flush()
    expect(store.stats()).toEqual({ mode: "duckdb", appended: 2, written: 0, dropped: 2 })
    expect(problems).toMatchObject([{ kind: "write-failed", message: expect.stringContaining("No space left") }])
    store.append("tasks", [taskRow(3)])
    expect(await store.query("SELECT task_id FROM tasks")).toEqual([{ task_id: "t3" }])
    expect(problems).toHaveLength(1)
  })

  it("sets a damaged file aside and begins a new one", async () => {
    writeFileSync(path, "this is no database ".repeat(1_000))
    const store = open()
    store.append("tasks", [taskRow(1)])
    expect(await store.query("SELECT count(*) AS n FROM tasks")).toEqual([{ n: 1 }])
    expect(problems).toMatchObject([{ kind: "damaged", hint: expect.stringContaining(".corrupt-") }])
    expect(readdirSync(folder).filter((name) => name.includes(".corrupt-"))).toHaveLength(1)
  })
})

describe("a store that is closed", () => {
  it("writes what it had, leaves no lock behind, and takes nothing more", async () => {
    const store = open()
    store.append("tasks", [taskRow(1)])
    await Promise.all([store.close(), store.close()])
    store.append("tasks", [taskRow(2)])
    await store.flush()
    expect(store.stats()).toEqual({ mode: "closed", appended: 2, written: 1, dropped: 1 })
    expect(await store.query("SELECT 1").catch((cause: unknown) => cause)).toBeInstanceOf(MetricsQueryFailed)
    expect(existsSync(`${path}.lock`)).toBe(false)
  })
})

describe("metrics in memory only", () => {
  it("keeps the newest rows of each table, and counts those it let go", async () => {
    const store = openMetrics({ recent: 10 })
    for (let n = 0; n < 35; n += 1) store.append("tasks", [taskRow(n)])
    store.append("health", [{ timestamp: newYear, worker_id: "w1", verdict: "up", score: 1, reasons: [] }])
    expect(store.recent("tasks").map(({ task_id }) => task_id)).toEqual(
      Array.from({ length: 10 }, (_, n) => `t${25 + n}`)
    )
    expect(store.recent("tasks", 1)).toEqual([taskRow(34)])
    expect(store.recent("health")).toHaveLength(1)
    expect(store.stats()).toEqual({ mode: "memory", appended: 36, written: 0, dropped: 25 })
    expect(await store.query("SELECT 1").catch((cause: unknown) => cause)).toBeInstanceOf(MetricsInMemoryOnly)
    await store.close()
    expect(store.stats().mode).toBe("closed")
  })

  it("takes more rows at once than it keeps", () => {
    const store = openMetrics({ recent: 3 })
    store.append(
      "tasks",
      [1, 2, 3, 4, 5, 6, 7].map((n) => taskRow(n))
    )
    expect(store.recent("tasks").map(({ task_id }) => task_id)).toEqual(["t5", "t6", "t7"])
    expect(store.stats().dropped).toBe(4)
  })
})
