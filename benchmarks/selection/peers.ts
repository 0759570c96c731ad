import { createRequire } from "node:module"
import { setTimeout } from "node:timers/promises"
import { FixedThreadPool, WorkerChoiceStrategies } from "poolifier"
import { threadPath } from "../pools/pool.ts"

/** What another library would choose with, of the same number of workers. */
export interface Peer {
  readonly name: string
  /** The strategy of Ballast beside which it stands. */
  readonly beside: string
  /** Worker counts above which one choice takes too long to be measured, or for which there is none. */
  readonly upTo: number
  readonly start: (workers: number) => PeerChoice | Promise<PeerChoice>
}

export interface PeerChoice {
  readonly choose: (key: string) => unknown
  /** One more worker, which leaves again. Left out where it is no more than an entry of a list. */
  readonly joinAndLeave?: (name: string) => void
  readonly stop?: () => Promise<void>
}

const namesOf = (workers: number): ReadonlyArray<string> =>
  Array.from({ length: workers }, (_, index) => `worker-${index}`)

// These come without types, or with types of the whole broker.
const load = createRequire(import.meta.url)

interface MoleculerStrategy {
  select(list: ReadonlyArray<unknown>, context: unknown): unknown
}

type MoleculerStrategies = Readonly<
  Record<string, new (registry: unknown, broker: unknown, options: unknown) => MoleculerStrategy>
>

const moleculer = (name: string, strategy: string, beside: string, upTo: number): Peer => ({
  name,
  beside,
  upTo,
  start: (workers) => {
    const { Strategies }: { Strategies: MoleculerStrategies } = load("moleculer")
    const Made = Strategies[strategy]
    if (Made === undefined) throw new Error(`moleculer has no strategy ${strategy}`)
    const broker = { localBus: { on: () => {} } }
    const made = new Made({}, broker, { shardKey: "key" })
    const list = namesOf(workers).map((id, index) => ({ id, node: { id, cpu: (index * 37) % 100 } }))
    return { choose: (key) => made.select(list, { params: { key } }) }
  }
})

interface Ring {
  get?(key: string): string
  getNode?(key: string): string
  add?(name: string): unknown
  remove?(name: string): unknown
  addNode?(name: string): unknown
  removeNode?(name: string): unknown
}

const hashring: Peer = {
  name: "hashring",
  beside: "consistent_hash",
  upTo: 10_000,
  start: (workers) => {
    const Made: new (names: ReadonlyArray<string>) => Ring = load("hashring")
    const ring = new Made(namesOf(workers))
    return {
      choose: (key) => ring.get?.(key),
      joinAndLeave: (name) => {
        ring.add?.(name)
        ring.remove?.(name)
      }
    }
  }
}

const hashRing: Peer = {
  name: "hash-ring",
  beside: "consistent_hash",
  // It sorts all its points again for each worker it is given.
  upTo: 100,
  start: (workers) => {
    const Made: new (names: ReadonlyArray<string>) => Ring = load("hash-ring")
    const ring = new Made(namesOf(workers))
    return {
      choose: (key) => ring.getNode?.(key),
      joinAndLeave: (name) => {
        ring.addNode?.(name)
        ring.removeNode?.(name)
      }
    }
  }
}

/** Its strategies are private, and choose among threads that run: so it stands only where there are few. */
const poolifier = (name: string, strategy: keyof typeof WorkerChoiceStrategies, beside: string): Peer => ({
  name,
  beside,
  upTo: 10,
  start: async (workers) => {
    const pool = new FixedThreadPool(workers, threadPath("poolifier"), {
      workerChoiceStrategy: WorkerChoiceStrategies[strategy],
      workerOptions: { workerData: { handler: "echo" } }
    })
    // It chooses among those that are ready.
    for (let waits = 0; !pool.info.ready && waits < 1_000; waits += 1) await setTimeout(10)
    const context: unknown = Reflect.get(pool, "workerChoiceStrategiesContext")
    const execute: unknown =
      typeof context === "object" && context !== null ? Reflect.get(context, "execute") : undefined
    if (typeof execute !== "function") throw new Error("poolifier chooses by other means than it did")
    return {
      choose: () => Reflect.apply(execute, context, []),
      stop: () => Promise.race([pool.destroy(), setTimeout(2_000)])
    }
  }
})

export const peers: ReadonlyArray<Peer> = [
  moleculer("moleculer RoundRobin", "RoundRobin", "round_robin", 100_000),
  moleculer("moleculer Random", "Random", "random", 100_000),
  moleculer("moleculer CpuUsage", "CpuUsage", "p2c", 100_000),
  moleculer("moleculer Shard", "Shard", "consistent_hash", 10_000),
  hashring,
  hashRing,
  poolifier("poolifier ROUND_ROBIN", "ROUND_ROBIN", "round_robin"),
  poolifier("poolifier LEAST_USED", "LEAST_USED", "least_connections"),
  poolifier("poolifier LEAST_BUSY", "LEAST_BUSY", "least_response_time"),
  poolifier("poolifier WEIGHTED_ROUND_ROBIN", "WEIGHTED_ROUND_ROBIN", "weighted_round_robin")
]
