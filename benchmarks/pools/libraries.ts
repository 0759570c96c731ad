import { Piscina } from "piscina"
import { FixedThreadPool } from "poolifier"
import { Tinypool } from "tinypool"
import workerpool from "workerpool"
import { type Contender, concurrent, threadPath } from "./pool.ts"

const ignore = (): void => {}

interface PiscinaSettings {
  readonly name: string
  readonly concurrentTasksPerWorker: number
}

const tasksAt = (concurrentTasksPerWorker: number): string =>
  concurrentTasksPerWorker === 1 ? "one task a worker (its default)" : `${concurrentTasksPerWorker} tasks a worker`

export const piscina = ({ name, concurrentTasksPerWorker }: PiscinaSettings): Contender => ({
  name,
  note: `${tasksAt(concurrentTasksPerWorker)}; unbounded queue`,
  start: async ({ handler, threads }) => {
    const pool = new Piscina({
      filename: threadPath("handlers"),
      name: handler,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker
    })
    // What befalls a task is told by its promise.
    pool.on("error", ignore)
    return { run: (payload) => pool.run(payload), stop: () => pool.destroy() }
  }
})

export const tinypool = ({ name, concurrentTasksPerWorker }: PiscinaSettings): Contender => ({
  name,
  note: `${tasksAt(concurrentTasksPerWorker)}; unbounded queue, an array that is shifted`,
  start: async ({ handler, threads }) => {
    const pool = new Tinypool({
      filename: threadPath("handlers"),
      name: handler,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker
    })
    pool.on("error", ignore)
    return { run: (payload) => pool.run(payload), stop: () => pool.destroy() }
  }
})

export const workerpoolPool: Contender = {
  name: "workerpool",
  note: "threads, all started at once; one task a worker, it knows no more; unbounded queue, an array that is shifted",
  start: async ({ handler, threads }) => {
    const pool = workerpool.pool(threadPath("workerpool"), {
      minWorkers: "max",
      maxWorkers: threads,
      workerType: "thread"
    })
    return { run: (payload) => pool.exec(handler, [payload]), stop: async () => pool.terminate(true) }
  }
}

interface PoolifierSettings {
  readonly name: string
  /** Tasks a worker may have at once; all others wait, and may be stolen. Absent: each is sent at once. */
  readonly concurrency?: number
}

export const poolifier = ({ name, concurrency }: PoolifierSettings): Contender => ({
  name,
  note:
    concurrency === undefined
      ? "no events; no queue (its default): each task is sent to the least used thread at once"
      : `no events; queues with stealing, tasks at a worker: ${concurrency}`,
  start: async ({ handler, threads, queue }) => {
    const pool = new FixedThreadPool(threads, threadPath("poolifier"), {
      enableEvents: false,
      workerOptions: { workerData: { handler } },
      ...(concurrency !== undefined && {
        enableTasksQueue: true,
        tasksQueueOptions: { concurrency, size: queue }
      })
    })
    return { run: (payload) => pool.execute(payload), stop: () => pool.destroy() }
  }
})

/** The libraries as they are used where tasks are long. Poolifier's queues with stealing take twice as long as none. */
export const forLongTasks: ReadonlyArray<Contender> = [
  piscina({ name: "piscina", concurrentTasksPerWorker: 1 }),
  tinypool({ name: "tinypool", concurrentTasksPerWorker: 1 }),
  workerpoolPool,
  poolifier({ name: "poolifier" })
]

/** The libraries as they are used for throughput. */
export const manyAtOnce: ReadonlyArray<Contender> = [
  piscina({ name: "piscina", concurrentTasksPerWorker: 1 }),
  piscina({ name: `piscina ${concurrent} a worker`, concurrentTasksPerWorker: concurrent }),
  tinypool({ name: "tinypool", concurrentTasksPerWorker: 1 }),
  tinypool({ name: `tinypool ${concurrent} a worker`, concurrentTasksPerWorker: concurrent }),
  workerpoolPool,
  poolifier({ name: "poolifier" }),
  poolifier({ name: `poolifier ${concurrent} a worker`, concurrency: concurrent })
]
