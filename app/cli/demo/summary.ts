import { type Column, formatTable } from "../../../src/text/index.ts"
import type { Pass, WorkerOutcome } from "./pass.ts"
import type { Plan } from "./plan.ts"
import { pool } from "./pool.ts"

/** All that one run of the demo came to. */
export interface Findings {
  readonly folder: string
  readonly plan: Plan
  /** Alternating: balanced, round robin, balanced, … */
  readonly balanced: ReadonlyArray<Pass>
  readonly roundRobin: ReadonlyArray<Pass>
  readonly results: string
  readonly metrics: string
}

export const median = (values: ReadonlyArray<number>): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const upper = sorted[Math.floor(middle)] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? 0)) / 2
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000

const secondsOf = (passes: ReadonlyArray<Pass>): number => rounded(median(passes.map(({ seconds }) => seconds)))

/** The findings for a program. The figures but the two times are those of the first balanced pass. */
export const reportOf = ({ folder, balanced, roundRobin, results, metrics }: Findings) => {
  const [first] = balanced
  const { tasks = 0, completed = 0, failed = 0, lost = 0, duplicated = 0, wrong = 0 } = first?.verdict ?? {}
  return {
    tasks,
    completed,
    failed,
    lost,
    duplicated,
    wrongDigests: wrong,
    seconds: secondsOf(balanced),
    perWorker: (first?.workers ?? []).map(({ worker, migrationsIn, migrationsOut }) => ({
      id: worker.id,
      tasks: worker.completed,
      utilisation: rounded(worker.utilisation),
      p50Ms: rounded(worker.p50),
      p99Ms: rounded(worker.p99),
      restarts: worker.restarts,
      migrationsIn,
      migrationsOut
    })),
    restarts: first?.restarts ?? 0,
    migrations: first?.migrations ?? 0,
    failedOver: first?.failedOver ?? 0,
    roundRobinSeconds: secondsOf(roundRobin),
    passes: {
      ballast: balanced.map(({ seconds }) => rounded(seconds)),
      roundRobin: roundRobin.map(({ seconds }) => rounded(seconds))
    },
    folder,
    results,
    metrics
  }
}

/** Whether each pass did all that was asked of it, once. */
export const isSound = ({ balanced, roundRobin }: Findings): boolean =>
  [...balanced, ...roundRobin].every(
    ({ verdict: { failed, lost, duplicated, wrong } }) => failed + lost + duplicated + wrong === 0
  )

const columns: ReadonlyArray<Column> = [
  { title: "worker", align: "left" },
  { title: "slots", align: "right" },
  { title: "duty", align: "right" },
  { title: "tasks", align: "right" },
  { title: "utilisation", align: "right" },
  { title: "p50 ms", align: "right" },
  { title: "p99 ms", align: "right" },
  { title: "restarts", align: "right" },
  { title: "moved in", align: "right" },
  { title: "moved out", align: "right" }
]

const percent = (share: number): string => `${Math.round(share * 100)} %`

const rowOf = ({ worker, migrationsIn, migrationsOut }: WorkerOutcome): ReadonlyArray<string> => [
  worker.id,
  String(worker.slots),
  percent(pool.find(({ id }) => id === worker.id)?.dutyCycle ?? 1),
  String(worker.completed),
  percent(worker.utilisation),
  worker.p50.toFixed(0),
  worker.p99.toFixed(0),
  String(worker.restarts),
  String(migrationsIn),
  String(migrationsOut)
]

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`

const listOf = (passes: ReadonlyArray<Pass>): string => passes.map(({ seconds }) => seconds.toFixed(1)).join(", ")

const comparison = ({ balanced, roundRobin }: Findings): string => {
  const [ours, theirs] = [secondsOf(balanced), secondsOf(roundRobin)]
  const difference = Math.round(100 * (1 - ours / theirs))
  const verdict = difference >= 0 ? `${difference} % less` : `${-difference} % more`
  return `${ours.toFixed(1)} s against ${theirs.toFixed(1)} s by round robin: ${verdict} time (passes ${listOf(balanced)}; ${listOf(roundRobin)})`
}

/** The findings for a reader. */
export const summaryOf = (findings: Findings): string => {
  const [first] = findings.balanced
  if (first === undefined) return ""
  const { verdict, workers, restarts, failedOver, migrations } = first
  const { completed, failed, lost, duplicated, wrong, bytes, compressedBytes } = verdict
  return [
    "",
    ...formatTable(columns, workers.map(rowOf)),
    "",
    `${verdict.tasks} files of ${findings.folder}: ${completed} completed, ${failed} failed, ${lost} lost, ${duplicated} done twice, ${wrong} wrong`,
    `${megabytes(bytes)} became ${megabytes(compressedBytes)}; each digest was computed again from its file`,
    `${restarts} worker restarted after its thread was taken down; ${failedOver} running tasks failed over, ${migrations} moved on to other workers`,
    comparison(findings),
    `results  ${findings.results}`,
    `metrics  ${findings.metrics}`,
    ""
  ].join("\n")
}
