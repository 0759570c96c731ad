import { fileURLToPath } from "node:url"
import { Piscina } from "piscina"
import { Ballast } from "../../actors/index.ts"

/** A pool that runs tasks which do nothing but give back their number. */
export interface Pool {
  /** Submits one task; resolves with what it gave back. */
  readonly run: (number: number) => Promise<unknown>
  readonly stop: () => Promise<void>
}

export interface Contender {
  readonly name: string
  readonly start: (workers: number, queue: number) => Promise<Pool>
}

const handlers = new URL("./handlers.mjs", import.meta.url)

/** Tasks a worker may run at once, where the contender is not left at its default. */
const concurrent = 32

const piscina = (name: string, concurrentTasksPerWorker: number): Contender => ({
  name,
  start: async (workers) => {
    const pool = new Piscina({
      filename: fileURLToPath(handlers),
      minThreads: workers,
      maxThreads: workers,
      concurrentTasksPerWorker
    })
    return { run: (number) => pool.run(number), stop: () => pool.destroy() }
  }
})

/** The whole ring: submit, ledger, placement, thread, ledger, promise. */
const ballast: Contender = {
  name: "ballast",
  start: async (workers, queue) => {
    const pool = await Ballast.start({
      handlers,
      workers: Array.from({ length: workers }, () => ({ capacity: { concurrent } })),
      maxQueue: queue
    })
    return { run: (number) => pool.run("echo", number), stop: () => pool.shutdown() }
  }
}

export const contenders: ReadonlyArray<Contender> = [
  ballast,
  piscina("piscina", 1),
  piscina(`piscina ${concurrent} a worker`, concurrent)
]
