import { mkdtempSync, readdirSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { type MetricsStore, openMetrics } from "../../src/storage/index.ts"
import { failureOf } from "../actors/given.ts"
import { startFaulty, startParts } from "./given.ts"
import { nextOf, recordOf } from "./watching.ts"

const folder = (): string => mkdtempSync(join(tmpdir(), "ballast-faults-"))

/** Opens the store with a driver that goes wrong, and counts what it says of that. */
const openWith = (driver: string) => {
  const problems: Array<string> = []
  const store = openMetrics({
    path: join(folder(), "metrics.duckdb"),
    driver: new URL(`../storage/drivers/${driver}.ts`, import.meta.url).href,
    onProblem: ({ kind }) => problems.push(kind)
  })
  return { store, problems }
}

/** 200 tasks go their way, whatever becomes of the metrics. */
const expectWork = async (store: MetricsStore): Promise<void> => {
  await using parts = await startParts({
    workers: [{ id: "w1", capacity: { concurrent: 4 } }],
    options: { adaptation: { checkInterval: 20 } },
    store
  })
  const sums = Array.from({ length: 200 }, (_, a) => parts.submitter.submit("add", { a, b: 0 }, undefined, true).result)
  expect(await Promise.all(sums)).toHaveLength(200)
}

describe("metrics that cannot be written", () => {
  it("a disk that is full: counted, told once, tried again, and no task notices", async () => {
    const { store, problems } = openWith("full-disk")
    await expectWork(store)
    await store.flush()
    expect(store.stats()).toMatchObject({ mode: "duckdb" })
    expect(store.stats().dropped).toBeGreaterThan(0)
    await store.close()
    expect(problems).toEqual(["write-failed"])
  })

  it("a driver that takes its thread down: the runtime goes on with metrics in memory, told once", async () => {
    const { store, problems } = openWith("dying")
    await expectWork(store)
    await store.flush()
    await store.close()
    expect(problems).toHaveLength(1)
  })

  it("a file that another runtime of this process has open: the second goes on in memory, and no row of the first is lost", async () => {
    const path = join(folder(), "metrics.duckdb")
    await using first = await startFaulty({ metrics: { path }, workers: 1, adaptation: { checkInterval: 20 } })
    await first.run("add", { a: 1, b: 1 })
    await using second = await startFaulty({ metrics: { path }, workers: 1, adaptation: { checkInterval: 20 } })
    const degraded = recordOf(second)
    expect(await second.run("add", { a: 2, b: 2 })).toBe(4)
    expect(await failureOf(second.query("SELECT 1"))).toMatchObject({ _tag: "MetricsInMemoryOnly" })
    expect(degraded.filter(({ _tag }) => _tag === "MetricsDegraded").length).toBeLessThanOrEqual(1)
    const written = async (): Promise<unknown> => (await first.query("SELECT count(*) AS n FROM tasks"))[0]?.n
    // Rows are written now and then.
    while ((await written()) === 0) await nextOf(first, "LoadSampled")
    expect(await written()).toBe(1)
  })

  it("a damaged file: set aside under its time, a new one begun, and the runtime starts", async () => {
    const dataDir = folder()
    writeFileSync(join(dataDir, "metrics.duckdb"), "this was a database")
    await using ballast = await startFaulty({ dataDir, workers: 1, adaptation: { checkInterval: 20 } })
    expect(await ballast.run("add", { a: 1, b: 1 })).toBe(2)
    expect(await ballast.query("SELECT count(*) AS n FROM load_balancer_metrics")).toHaveLength(1)
    expect(readdirSync(dataDir).filter((name) => name.includes(".corrupt-"))).toHaveLength(1)
  })
})

describe("a data directory in use", () => {
  it("is refused to a second runtime with who holds it, and free again after the first has stopped", async () => {
    const dataDir = folder()
    const first = await startFaulty({ dataDir, workers: 1 })
    expect(await failureOf(startFaulty({ dataDir, workers: 1 }))).toMatchObject({
      _tag: "DataDirectoryLocked",
      directory: dataDir,
      pid: process.pid
    })
    await first.shutdown()
    await using second = await startFaulty({ dataDir, workers: 1 })
    expect(await second.run("add", { a: 1, b: 1 })).toBe(2)
  })
})
