import { type SubmitOptions, toMillis, toSettings } from "../../src/config/index.ts"
import { hash32 } from "../../src/hashing/index.ts"
import { InvalidOptions, type Millis } from "../../src/model/index.ts"
import type { StrategyChange } from "../../src/placement/index.ts"
import { openMetrics } from "../../src/storage/index.ts"
import { areProblems } from "../strategy-option.ts"
import { Submitter } from "../submitter.ts"
import type { Handle } from "../task-handle.ts"
import { faultsOf, type SimulationDefinition, workloadsOf } from "./definition.ts"
import { worldProblems } from "./definition-input.ts"
import { lookAt } from "./look.ts"
import { Observer } from "./observer.ts"
import type { Outcome } from "./outcome.ts"
import { Simulation } from "./simulation.ts"
import { strategyFrom } from "./strategy-input.ts"
import type { Job } from "./threads/job.ts"
import { ClosedTraffic, OpenTraffic, type Submit, type Traffic } from "./traffic.ts"
import {
  chanceOf,
  isClosed,
  type SimulatedTask,
  tasksOf,
  thinkTimes,
  typesOf,
  type Workload
} from "./workload/index.ts"
import { befall, join } from "./world/befall.ts"
import { formPool } from "./world/pool.ts"
import { namedWorkers } from "./world/simulated-workers.ts"
import { quietWorld, type WorldOptions } from "./world/world-options.ts"

/** Virtual milliseconds without a begin or an end of anything after which nothing more is expected. */
const patience = 600_000

/** The world says how often hearts beat, unless the runtime's options do. */
const worldOf = ({ options: { heartbeatInterval } = {}, world }: SimulationDefinition): WorldOptions => ({
  ...quietWorld,
  ...(heartbeatInterval !== undefined && { heartbeatInterval: toMillis(heartbeatInterval) }),
  ...world
})

const isPlain = (options: SubmitOptions): boolean => Object.keys(options).length === 0

/** Submits a task as any caller would. */
const submitWith =
  (submitter: Submitter): Submit =>
  ({ at, type, work, options, checkpointEvery, stateBytes }: SimulatedTask): Handle => {
    const job: Job = {
      work,
      at,
      ...(checkpointEvery !== undefined && { checkpointEvery }),
      ...(stateBytes !== undefined && { stateBytes })
    }
    return submitter.submit(type, job, isPlain(options) ? undefined : options, true)
  }

const trafficOf = (workload: Workload, seed: string, { time }: Simulation, submit: Submit): Traffic => {
  const { arrivals } = workload
  const tasks = tasksOf(workload, seed)
  if (!isClosed(arrivals)) return new OpenTraffic(time, tasks, submit)
  return new ClosedTraffic(time, tasks, submit, { clients: arrivals.clients, think: thinkTimes(arrivals, seed) })
}

/** A definition on its way from the first moment to the last. */
export class Play {
  readonly #definition: SimulationDefinition
  readonly #simulation: Simulation
  readonly #observer: Observer
  #traffic: ReadonlyArray<Traffic> = []
  #faultsToCome = 0
  #ending: Outcome["ending"] = "until"
  /** What a listener of the definition's own has thrown: a test that fails must not pass. */
  #thrown: { readonly error: unknown } | undefined

  private constructor(definition: SimulationDefinition, simulation: Simulation) {
    this.#definition = definition
    this.#simulation = simulation
    this.#observer = new Observer()
  }

  /** A world with its workers in it; nothing has arrived yet. Throws `InvalidOptions`. */
  static async open(definition: SimulationDefinition): Promise<Play> {
    const problems = worldProblems(definition)
    if (problems.length > 0) throw new InvalidOptions({ problems })
    let changed = (_change: StrategyChange): void => {}
    const path = `${definition.seed ?? 0}/strategy`
    const strategy = strategyFrom(definition.strategy, chanceOf(path), {
      seed: hash32(path),
      onChange: (change) => changed(change)
    })
    if (areProblems(strategy)) throw new InvalidOptions({ problems: strategy })
    const { seed = 0, options = {}, permute = false, runner, onEvent, workers } = definition
    const simulation = await Simulation.start({
      seed,
      settings: toSettings(options),
      strategy,
      store: openMetrics(),
      world: worldOf(definition),
      permute,
      ...(runner !== undefined && { runner })
    })
    const play = new Play(definition, simulation)
    const { runtime, driver } = simulation
    changed = (change) => runtime.bus.publish({ _tag: "StrategyChanged", ...change })
    driver.handlers = [...new Set(workloadsOf(definition).flatMap((workload) => [...typesOf(workload)]))]
    runtime.bus.subscribe(play.#observer.onEvent)
    driver.onStart = (_workerId, command) => play.#observer.began(command, simulation.time.now)
    if (onEvent !== undefined) runtime.bus.subscribe((event) => play.#tell(() => onEvent(event)))
    for (const worker of namedWorkers(workers)) join(simulation, worker)
    formPool(simulation, workers)
    await simulation.settle()
    if (definition.pool !== undefined) runtime.workforce.scale(definition.pool)
    return play
  }

  /** Lets everything happen that the definition says, until it is over. */
  async run(): Promise<void> {
    const { seed = 0, watch, until } = this.#definition
    const faults = faultsOf(this.#definition)
    const { runtime, time } = this.#simulation
    const submit = submitWith(new Submitter(runtime))
    this.#traffic = workloadsOf(this.#definition).map((workload, index) =>
      trafficOf(workload, `${seed}/${index}`, this.#simulation, submit)
    )
    for (const each of this.#traffic) each.start()
    this.#faultsToCome = faults.length
    for (const fault of faults) {
      time.after(fault.at, () => {
        this.#faultsToCome -= 1
        befall(this.#simulation, fault)
      })
    }
    if (watch !== undefined) this.#lookEvery(toMillis(watch.every), () => watch.look(lookAt(this.#simulation)))
    const end = until === undefined ? Number.POSITIVE_INFINITY : toMillis(until)
    await this.#simulation.runUntil(() => this.#isOver(), end)
    if (this.#thrown !== undefined) throw this.#thrown.error
  }

  get outcome(): Outcome {
    const arrived = this.#traffic.reduce((sum, each) => sum + each.arrived, 0)
    return this.#observer.outcome(this.#simulation, this.#definition.seed ?? 0, arrived, this.#ending)
  }

  async close(): Promise<void> {
    await this.#simulation.stop()
  }

  #isOver(): boolean {
    if (this.#thrown !== undefined) return true
    if (this.#simulation.runtime.handles.unsettled === 0 && this.#traffic.every((each) => each.isOver)) {
      this.#ending = "all ended"
      return true
    }
    if (!this.#isStuck) return false
    this.#ending = "nothing more to come"
    return true
  }

  /** Whether tasks are left that nothing will ever end, or begin. */
  get #isStuck(): boolean {
    const { runtime, driver, time } = this.#simulation
    if (time.now - this.#observer.progressAt <= patience || this.#faultsToCome > 0) return false
    if (this.#traffic.some((each) => each.isComing) || runtime.ledger.counts.delayed > 0) return false
    return driver.alive.every(({ working, isStarting }) => working === 0 && !isStarting)
  }

  #tell(listen: () => void): void {
    if (this.#thrown !== undefined) return
    try {
      listen()
    } catch (error) {
      this.#thrown = { error }
    }
  }

  #lookEvery(ms: Millis, look: () => void): void {
    look()
    this.#simulation.time.after(ms, () => this.#lookEvery(ms, look))
  }
}
