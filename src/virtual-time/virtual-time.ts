import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import * as Scheduler from "effect/Scheduler"
import { Turns } from "../actor/index.ts"
import { type Ranked, RankHeap } from "../collections/index.ts"
import { ReadyTasks } from "./ready-tasks.ts"

export interface VirtualTimeOptions {
  /** What `Random` and the permutation follow from. Default 0. */
  readonly seed?: number
  /** Ready tasks run in random order, and actors handle one message a turn. Default: first in, first out. */
  readonly permute?: boolean
}

/** Tasks a single `settle` runs before it says that it will never end. */
const endless = 10_000_000

/** Something that is to happen at its time, unless it is called off before: even once it is due, until its turn comes. */
class Sleeper implements Ranked {
  readonly due: number
  readonly seq: number
  heapIndex = -1
  #happen: (() => void) | undefined
  readonly ring = (): void => this.#happen?.()

  constructor(due: number, seq: number, happen: () => void) {
    this.due = due
    this.seq = seq
    this.#happen = happen
  }

  callOff(): void {
    this.#happen = undefined
  }
}

/**
 * Time, chance and the order of turns in the hands of a test: a `Clock`, a `Scheduler` and a seeded `Random`, fully
 * synchronous. Nothing happens until it is asked to, and the same seed gives the same run.
 *
 * ```ts
 * const virtual = new VirtualTime({ seed: 1 })
 * const system = new ActorSystem(virtual.context)
 * const ref = system.spawn(Counter)
 * ref.tell("Add", { n: 1 })
 * virtual.settle()
 * virtual.run(ref.ask("Get", {}))
 * ```
 *
 * Gotcha: it cannot wait for a promise, a thread or a socket. Await those first, then `settle`.
 */
export class VirtualTime implements Clock.Clock, Scheduler.Scheduler {
  readonly executionMode = "async"
  /** The services to make an `ActorSystem` in, or to provide to an effect. */
  readonly context: Context.Context<never>
  readonly currentTimeMillis: Effect.Effect<number> = Effect.sync(() => this.currentTimeMillisUnsafe())
  readonly currentTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.currentTimeNanosUnsafe())
  readonly monotonicTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.monotonicTimeNanosUnsafe())
  readonly #ready: ReadyTasks
  readonly #sleepers = new RankHeap<Sleeper>((a, b) => a.due < b.due || (a.due === b.due && a.seq < b.seq))
  #seq = 0
  #now = 0
  /** By how much the wall clock is ahead of the time that has passed. */
  #wallAhead = 0

  constructor({ seed = 0, permute = false }: VirtualTimeOptions = {}) {
    // Two streams: the order of tasks must not change what the actors draw.
    const order = permute ? seededRandom(`${seed}/order`) : undefined
    this.#ready = new ReadyTasks(order && ((count) => Math.floor(order.nextDoubleUnsafe() * count)))
    const services = Context.empty().pipe(
      Context.add(Clock.Clock, this),
      Context.add(Scheduler.Scheduler, this),
      Context.add(Random.Random, seededRandom(seed))
    )
    this.context = permute ? Context.add(services, Turns, { messages: 1, apart: true }) : services
  }

  /** Milliseconds since the start, which was at 0. */
  get now(): number {
    return this.#now
  }

  /** Tasks that are ready to run. */
  get readyTasks(): number {
    return this.#ready.size
  }

  /** When the next sleeper is due, in milliseconds; `undefined` where nothing sleeps. */
  get nextDue(): number | undefined {
    return this.#sleepers.first?.due
  }

  /** Runs one ready task; `false` where there is none. */
  step(): boolean {
    const task = this.#ready.take()
    task?.()
    return task !== undefined
  }

  /** Runs all ready tasks and those which they make ready. Throws where there is no end of them. */
  settle(): void {
    for (let count = 0; this.step(); count += 1) {
      if (count === endless) throw new Error(`not settled after ${endless} tasks: something runs without ever sleeping`)
    }
  }

  /** Lets so many milliseconds pass: wakes sleepers when they are due, and settles at each of these moments. */
  advance(ms: number): void {
    const end = this.#now + ms
    this.settle()
    while (this.#wakeNext(end)) this.settle()
    this.#now = end
  }

  /** Lets time pass, at most so many milliseconds, until the predicate holds; says whether it does. */
  runUntil(predicate: () => boolean, maxMs: number): boolean {
    const end = this.#now + maxMs
    this.settle()
    while (!predicate()) {
      if (!this.#wakeNext(end)) {
        this.#now = end
        return predicate()
      }
      this.settle()
    }
    return true
  }

  /** Runs an effect to its end, letting time pass as it needs, at most so many milliseconds. Throws its failure. */
  run<A, E>(effect: Effect.Effect<A, E>, maxMs = 3_600_000): A {
    const exit = this.runExit(effect, maxMs)
    if (Exit.isSuccess(exit)) return exit.value
    return Effect.runSync(exit)
  }

  /** The same, giving its exit. */
  runExit<A, E>(effect: Effect.Effect<A, E>, maxMs = 3_600_000): Exit.Exit<A, E> {
    const fiber = this.fork(effect)
    this.runUntil(() => fiber.pollUnsafe() !== undefined, maxMs)
    const exit = fiber.pollUnsafe()
    if (exit === undefined) throw new Error(`the effect has not ended after ${maxMs} ms`)
    return exit
  }

  /** Starts an effect under this time. */
  fork<A, E>(effect: Effect.Effect<A, E>): Fiber.Fiber<A, E> {
    return Effect.runForkWith(this.context)(effect)
  }

  /**
   * Has something happen after so many milliseconds: as cheap as a discrete event can be, without a fiber. What is due
   * at once happens in its turn among what is ready. Returns what calls it off.
   */
  after(ms: number, happen: () => void): () => void {
    if (ms === Number.POSITIVE_INFINITY) return () => {}
    const sleeper = new Sleeper(this.#now + Math.max(0, ms), this.#seq++, happen)
    if (ms > 0) this.#sleepers.push(sleeper)
    else this.#ready.add(sleeper.ring, 0)
    return () => {
      sleeper.callOff()
      this.#sleepers.remove(sleeper)
    }
  }

  /**
   * Sets the wall clock forward, or back where the milliseconds are negative, as whoever sets a machine's clock does. No
   * time passes by it: the monotonic clock and all who sleep know nothing of it.
   */
  jumpWallClock(ms: number): void {
    this.#wallAhead += ms
  }

  // As a clock

  currentTimeMillisUnsafe(): number {
    return this.#now + this.#wallAhead
  }

  currentTimeNanosUnsafe(): bigint {
    return BigInt(Math.round(this.currentTimeMillisUnsafe() * 1e6))
  }

  monotonicTimeNanosUnsafe(): bigint {
    return BigInt(Math.round(this.#now * 1e6))
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const ms = Duration.toMillis(duration)
    if (ms <= 0) return Effect.yieldNow
    if (!Number.isFinite(ms)) return Effect.never
    return Effect.callback((resume) => {
      const callOff = this.after(ms, () => resume(Effect.void))
      return Effect.sync(callOff)
    })
  }

  // As a scheduler

  shouldYield(fiber: Fiber.Fiber<unknown, unknown>): boolean {
    return fiber.currentOpCount >= fiber.cache.maxOpsBeforeYield
  }

  makeDispatcher(): Scheduler.SchedulerDispatcher {
    return {
      scheduleTask: (task, priority) => this.#ready.add(task, priority),
      flush: () => this.settle()
    }
  }

  /** Moves on to the next moment at which somebody is due, up to `end`, and makes ready all who are due then. */
  #wakeNext(end: number): boolean {
    const due = this.#sleepers.first?.due
    if (due === undefined || due > end) return false
    this.#now = Math.max(this.#now, due)
    for (let first = this.#sleepers.first; first?.due === due; first = this.#sleepers.first) {
      this.#sleepers.remove(first)
      this.#ready.add(first.ring, 0)
    }
    return true
  }
}

const seededRandom = (seed: string | number): typeof Random.Random.Service =>
  Effect.runSync(Random.withSeed(Effect.service(Random.Random), seed))
