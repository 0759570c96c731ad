import type { FitRunner } from "../../src/adaptation/index.ts"
import type { Settings } from "../../src/config/index.ts"
import type { ScoreRunner, Strategy, StrategyId } from "../../src/placement/index.ts"
import type { MetricsStore } from "../../src/storage/index.ts"
import { VirtualTime } from "../../src/virtual-time/index.ts"
import { Runtime } from "../runtime.ts"
import { SimulatedDriver } from "./threads/simulated-driver.ts"
import type { WorldOptions } from "./world/world-options.ts"

export interface SimulationOptions {
  /** What every choice of the simulated world follows from. */
  readonly seed: number
  readonly settings: Settings
  readonly strategy: Strategy | StrategyId
  readonly store: MetricsStore
  readonly world?: Partial<WorldOptions>
  /** Whether actors that have mail get their turns in random order, one message each. Default `true`. */
  readonly permute?: boolean
  /** Where batches are scored. Default: inline. */
  readonly runner?: ScoreRunner
  /** Where series of load are fitted. Default: inline. */
  readonly fitting?: FitRunner
}

/** Promises settle between two turns of the real event loop; there is no other way to know that all of them have. */
const promises = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/**
 * The real runtime with its edges swapped: virtual time for the clock, the scheduler and chance; simulated threads for
 * the workers. The same seed and the same calls give the same events.
 */
export class Simulation {
  readonly time: VirtualTime
  readonly driver: SimulatedDriver
  readonly runtime: Runtime
  #moments = 0

  private constructor(options: SimulationOptions) {
    const { seed, settings, strategy, store, world, runner, fitting, permute = true } = options
    this.time = new VirtualTime({ seed, permute })
    this.driver = new SimulatedDriver(this.time, seed, world)
    const { driver } = this
    driver.bootTimeout = settings.bootTimeout
    this.runtime = new Runtime(this.time.context, {
      settings,
      strategy,
      store,
      driver,
      ...(runner && { runner }),
      ...(fitting && { fitting })
    })
  }

  /** A simulation whose actors have been started; it has no workers yet. */
  static async start(options: SimulationOptions): Promise<Simulation> {
    const simulation = new Simulation(options)
    simulation.time.run(simulation.runtime.start)
    await simulation.settle()
    return simulation
  }

  /** Moments at which something has happened so far. */
  get moments(): number {
    return this.#moments
  }

  /** Lets everything happen that can happen without time passing. */
  async settle(): Promise<void> {
    do {
      this.time.settle()
      await promises()
    } while (this.time.readyTasks > 0)
  }

  /** Lets so many milliseconds pass. */
  async advance(ms: number): Promise<void> {
    const end = this.time.now + ms
    await this.runUntil(() => false, ms)
    this.time.advance(end - this.time.now)
  }

  /** Lets time pass, at most so many milliseconds, until the predicate holds; says whether it does. */
  async runUntil(predicate: () => boolean, maxMs: number): Promise<boolean> {
    const end = this.time.now + maxMs
    await this.settle()
    while (!predicate()) {
      const due = this.time.nextDue
      if (due === undefined || due > end) return false
      this.#moments += 1
      this.time.advance(Math.max(0, due - this.time.now))
      await this.settle()
    }
    return true
  }

  /** Stops the runtime; says whether it has, after at most so much virtual time. */
  async stop(maxMs = 60_000): Promise<boolean> {
    const fiber = this.time.fork(this.runtime.stop)
    return this.runUntil(() => fiber.pollUnsafe() !== undefined, maxMs)
  }
}
