import { fileURLToPath } from "node:url"
import type { HandlerName } from "./threads/named.ts"

/** A started pool whose threads run one handler. */
export interface Pool {
  /** Submits one task; resolves with what the handler gave back. `expected`: how long it will take, in milliseconds. */
  readonly run: (payload: unknown, expected?: number) => PromiseLike<unknown>
  readonly stop: () => Promise<unknown>
}

export interface PoolSettings {
  readonly handler: HandlerName
  readonly threads: number
  /** Tasks that may wait: all that the workload ever has waiting. */
  readonly queue: number
}

/** A way to run tasks on threads. */
export interface Contender {
  readonly name: string
  /** How it is set up, where that is not its default. */
  readonly note: string
  readonly start: (settings: PoolSettings) => Promise<Pool>
}

/** A file of `threads/`. */
export const threadFile = (name: string): URL => new URL(`./threads/${name}.ts`, import.meta.url)
export const threadPath = (name: string): string => fileURLToPath(threadFile(name))

/** Tasks a worker may have at once, where a contender is not left at its default. */
export const concurrent = 32

/** Stops the pool, or gives up on that: what has lost its threads may wait for them forever. */
export const stopWithin = async (pool: Pick<Pool, "stop">, ms: number): Promise<void> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([pool.stop().catch(() => {}), promise])
  clearTimeout(timer)
}
