import { Ballast, type BallastEvent, type Statistics, type WorkerStatistics } from "../../../actors/index.ts"
import { Fault } from "./fault.ts"
import type * as handlers from "./handlers.ts"
import { Moves } from "./moves.ts"
import type { Plan, PlannedTask } from "./plan.ts"
import type { Policy } from "./policy.ts"
import { groupLimit, pool, requirements } from "./pool.ts"
import { ResultsFile, type Verdict, verify } from "./results.ts"

export interface PassSettings {
  readonly plan: Plan
  readonly policy: Policy
  /** The file that results go to, and that is read again. */
  readonly results: string
  /** The DuckDB file that metrics go to. */
  readonly metrics?: string
  readonly onProgress: (completed: number) => void
}

export interface WorkerOutcome {
  readonly worker: WorkerStatistics
  readonly migrationsIn: number
  readonly migrationsOut: number
}

/** What one pass over the input came to. */
export interface Pass {
  /** From the first submit to the last end. */
  readonly seconds: number
  readonly verdict: Verdict
  readonly workers: ReadonlyArray<WorkerOutcome>
  readonly restarts: number
  readonly migrations: number
  readonly failedOver: number
}

const crashId = "crash"
/** Milliseconds that the workers are given to close. */
const shutdownTimeout = 5_000

const handlersModule = new URL(`./handlers${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

/**
 * Of the largest files nobody says how long they take: it shows while they run, and those that a slow worker has begun
 * by then are the ones to move. They come last, with no other group to leave room for.
 */
const submit = (
  ballast: Ballast<typeof handlers>,
  { type, file, quality, passes, expectedSeconds }: PlannedTask,
  limit: number
) =>
  ballast.submit(
    type,
    { path: file.path, quality, passes },
    {
      id: file.name,
      requires: requirements,
      ...(type === "compress" && {
        concurrencyKey: file.group,
        concurrencyLimit: limit,
        expectedDuration: expectedSeconds * 1000
      })
    }
  )

const outcomeOf = (
  seconds: number,
  verdict: Verdict,
  { workers, restarts, failedOver }: Statistics,
  moves: Moves
): Pass => ({
  seconds,
  verdict,
  workers: workers.map((worker) => ({
    worker,
    migrationsIn: moves.into(worker.id),
    migrationsOut: moves.outOf(worker.id)
  })),
  restarts,
  failedOver,
  migrations: moves.count
})

/** Does the whole plan once on a fresh runtime, one thread of which is taken down in the middle. */
export const runPass = async ({ plan, policy, results, metrics, onProgress }: PassSettings): Promise<Pass> => {
  const files = plan.tasks.map(({ file }) => file)
  const limit = groupLimit(new Set(files.map(({ group }) => group)).size)
  const written = new ResultsFile(results)
  const moves = new Moves()
  const runsOn = new Map<string, string>()
  const ballast = await Ballast.start<typeof handlers>({
    handlers: handlersModule,
    workers: pool,
    retain: files.length + 1,
    // Every file is wanted, however urgent what else comes.
    shedding: false,
    ...policy.options,
    ...(metrics !== undefined && { metrics: { path: metrics } })
  })
  const fault = new Fault(
    {
      running: (workerId) => ballast.stats().workers.find(({ id }) => id === workerId)?.running ?? 0,
      crash: (name) =>
        ballast.submit("crash", undefined, {
          id: crashId,
          priority: "critical",
          requires: { labels: { name } },
          maxCrashes: 1
        })
    },
    files.length
  )
  let completed = 0
  ballast.on((event: BallastEvent) => {
    moves.onEvent(event)
    if (event._tag === "TaskPlaced") runsOn.set(event.taskId, event.reservation.workerId)
    if (event._tag !== "TaskCompleted" || event.taskId === crashId) return
    written.completed(event.taskId, event.result, runsOn.get(event.taskId), event.epoch)
    completed += 1
    onProgress(completed)
    // Not from within the event: the runtime is still at it.
    setImmediate(() => fault.onProgress(completed))
  })
  const started = performance.now()
  const tasks = plan.tasks.map((task) => submit(ballast, task, limit))
  await Promise.all(tasks.map(({ id, result }) => result.catch((error: unknown) => written.failed(id, error))))
  const seconds = (performance.now() - started) / 1000
  fault.end()
  const statistics = ballast.stats()
  await ballast.shutdown({ timeout: shutdownTimeout })
  await written.close()
  return outcomeOf(seconds, await verify(results, files), statistics, moves)
}
