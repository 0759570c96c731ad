import { Worker } from "node:worker_threads"
import type { Contender, Pool, PoolSettings } from "./pool.ts"
import { threadFile } from "./pool.ts"

interface Waiting {
  readonly resolve: (result: unknown) => void
}

type Answer = readonly [id: number, result: unknown]

const startThreads = async ({ handler, threads }: PoolSettings, batched: boolean): Promise<ReadonlyArray<Worker>> => {
  const workers = Array.from(
    { length: threads },
    () => new Worker(threadFile("bare"), { workerData: { handler, batched } })
  )
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once("online", resolve))))
  return workers
}

const stopThreads = (workers: ReadonlyArray<Worker>): Promise<unknown> =>
  Promise.all(workers.map((worker) => worker.terminate()))

/** Promises by the numbers of their tasks. */
const promises = () => {
  const waiting = new Map<number, Waiting>()
  let id = 0
  return {
    open: (): { readonly id: number; readonly promise: Promise<unknown> } => {
      id += 1
      const own = id
      return { id: own, promise: new Promise((resolve) => waiting.set(own, { resolve })) }
    },
    settle: ([own, result]: Answer): void => {
      waiting.get(own)?.resolve(result)
      waiting.delete(own)
    }
  }
}

/** Threads and `postMessage`: a message a task, threads in turn. */
export const bare: Contender = {
  name: "bare",
  note: "threads and postMessage, a message a task, threads in turn; loses what a crash takes",
  start: async (settings): Promise<Pool> => {
    const workers = await startThreads(settings, false)
    const { open, settle } = promises()
    for (const worker of workers) worker.on("message", settle)
    let turn = 0
    return {
      run: (payload) => {
        const { id, promise } = open()
        turn = (turn + 1) % workers.length
        workers[turn]?.postMessage([id, payload])
        return promise
      },
      stop: () => stopThreads(workers)
    }
  }
}

/**
 * The same, but what is submitted within one turn goes as one message to each thread, and comes back as one. A task goes
 * where the fewest are under way: dealt out in turn, batches would split up until each held a single task.
 */
export const bareBatched: Contender = {
  name: "bare batched",
  note: "threads and postMessage, what is submitted in one turn as one message a thread, answered as one",
  start: async (settings): Promise<Pool> => {
    const workers = await startThreads(settings, true)
    const { open, settle } = promises()
    const lines = workers.map((worker) => ({ worker, batch: [] as Answer[], underWay: 0 }))
    let posted = true
    const post = (): void => {
      posted = true
      for (const line of lines) {
        if (line.batch.length === 0) continue
        line.worker.postMessage(line.batch)
        line.batch = []
      }
    }
    for (const line of lines) {
      line.worker.on("message", (answers: ReadonlyArray<Answer>) => {
        line.underWay -= answers.length
        for (const answer of answers) settle(answer)
      })
    }
    return {
      run: (payload) => {
        const { id, promise } = open()
        const least = lines.reduce((a, b) => (b.underWay < a.underWay ? b : a))
        least.underWay += 1
        least.batch.push([id, payload])
        if (posted) {
          posted = false
          process.nextTick(post)
        }
        return promise
      },
      stop: () => stopThreads(workers)
    }
  }
}

/** One queue before threads that have one task each: no thread idles while a task waits. */
export const centralQueue: Contender = {
  name: "central queue",
  note: "bare threads, one task each, the rest in one queue: first come, first served",
  start: async (settings): Promise<Pool> => {
    const workers = await startThreads(settings, false)
    const { open, settle } = promises()
    const queue: Array<Answer> = []
    let next = 0
    const idle = [...workers]
    const feed = (): void => {
      while (idle.length > 0 && next < queue.length) {
        const task = queue[next]
        next += 1
        idle.shift()?.postMessage(task)
      }
    }
    for (const worker of workers) {
      worker.on("message", (answer: Answer) => {
        idle.push(worker)
        feed()
        settle(answer)
      })
    }
    return {
      run: (payload) => {
        const { id, promise } = open()
        queue.push([id, payload])
        feed()
        return promise
      },
      stop: () => stopThreads(workers)
    }
  }
}
