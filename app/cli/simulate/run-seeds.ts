import { Ballast, TaskFailed } from "../../../actors/index.ts"
import type * as handlers from "./handlers.ts"
import { failureOf, SeedFailed } from "./seed-failed.ts"
import { measureJob, type SeedFigures, type SeedJob } from "./seed-job.ts"

export interface RunSeedsOptions {
  /** Seeds at once. One is measured on this thread, more on worker threads. */
  readonly jobs: number
  readonly onProgress: (done: number) => void
}

const handlersModule = new URL(`./handlers${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url)

/** Milliseconds that the threads are given to close. */
const shutdownTimeout = 1_000

const runHere = async (
  jobs: ReadonlyArray<SeedJob>,
  onProgress: RunSeedsOptions["onProgress"]
): Promise<ReadonlyArray<SeedFigures>> => {
  const all: Array<SeedFigures> = []
  for (const job of jobs) {
    try {
      all.push(await measureJob(job))
    } catch (error) {
      throw failureOf(job.seed, error)
    }
    onProgress(all.length)
  }
  return all
}

/** A seed that ends its thread is tried once more before it is given up. */
const runOnThreads = async (
  jobs: ReadonlyArray<SeedJob>,
  workers: number,
  onProgress: RunSeedsOptions["onProgress"]
): Promise<ReadonlyArray<SeedFigures>> => {
  const ballast = await Ballast.start<typeof handlers>({ handlers: handlersModule, workers, shedding: false })
  let done = 0
  const measure = async (job: SeedJob): Promise<SeedFigures> => {
    try {
      const figures = await ballast.submit("measure", job, { id: `seed-${job.seed}`, maxCrashes: 2 }).result
      done += 1
      onProgress(done)
      return figures
    } catch (error) {
      throw error instanceof TaskFailed ? failureOf(job.seed, error.cause) : new SeedFailed(job.seed, error)
    }
  }
  try {
    return await Promise.all(jobs.map(measure))
  } finally {
    await ballast.shutdown({ timeout: done === jobs.length ? shutdownTimeout : 0 })
  }
}

/** Measures each seed, several at once, on Ballast itself. The figures are in the order of the jobs, whoever did them. */
export const runSeeds = (
  jobs: ReadonlyArray<SeedJob>,
  { jobs: atOnce, onProgress }: RunSeedsOptions
): Promise<ReadonlyArray<SeedFigures>> => {
  const workers = Math.min(atOnce, jobs.length)
  return workers <= 1 ? runHere(jobs, onProgress) : runOnThreads(jobs, workers, onProgress)
}
