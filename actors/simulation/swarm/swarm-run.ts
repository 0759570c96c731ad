import { ejectionDefaults } from "../../../src/adaptation/index.ts"
import { toSettings } from "../../../src/config/index.ts"
import type { Ledger } from "../../../src/ledger/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"
import { openMetrics } from "../../../src/storage/index.ts"
import type { BallastEvent } from "../../events.ts"
import { Simulation } from "../simulation.ts"
import type { SwarmCommand, SwarmScenario } from "./action.ts"
import { Client } from "./client.ts"
import { Deeds } from "./deeds.ts"
import { makeElastic, poolAmiss } from "./elastic.ts"
import { idleBesideWork } from "./idle.ts"
import { relief } from "./relief.ts"
import { ScenarioThrew } from "./scenario-threw.ts"
import type { SwarmCase } from "./swarm-case.ts"
import { swarmStrategy } from "./swarm-strategies.ts"
import { tell } from "./tell.ts"
import { SwarmWatch } from "./watch.ts"

export interface SwarmRun {
  /** What did not hold; nothing is asked of the runtime after the first. */
  readonly violations: ReadonlyArray<string>
  /** What was asked of it and when: lines of a counterexample. */
  readonly story: ReadonlyArray<string>
  readonly commands: number
  readonly reached: ReadonlySet<SwarmCase>
  /** Everything that happened, a line each. */
  readonly log: ReadonlyArray<string>
}

export interface SwarmRunOptions {
  /** Whether the log is kept. Default `false`. */
  readonly logged?: boolean
  /** Whether the ledger and the threads are watched on the way; what is left at the end is seen in any case. Default `true`. */
  readonly watched?: boolean
  /** Done to the runtime before it is used: a place to break it, to see that it is noticed. */
  readonly prepare?: (simulation: Simulation) => void
}

/** Virtual milliseconds in which everything must end once nothing goes wrong any more (I8). */
const patience = 120_000

/** The longest that a worker may be out of work for its health, and then begin slowly. */
const longestOut = ejectionDefaults.longest + patience

/** I9: who is kept from work, all or in part, though nothing befalls anybody any more. */
function* workersAstray({ workers }: Ledger, limited: ReadonlySet<WorkerId>): Iterable<string> {
  for (const { spec, phase, limit } of workers.values()) {
    if (phase === "ejected" || phase === "warming") yield `I9: ${spec.id} is still ${phase}`
    if (limit < spec.limits.slots && !limited.has(spec.id)) {
      yield `I9: ${spec.id} may still have ${limit} of its ${spec.limits.slots} slots only`
    }
  }
}

/** A runtime in a simulated world, and all that is asked of it. */
class Run {
  readonly story: Array<string> = []
  readonly log: Array<string> = []
  readonly watch: SwarmWatch
  readonly deeds: Deeds
  readonly #simulation: Simulation
  readonly #scenario: SwarmScenario
  readonly #client: Client
  readonly #watched: boolean
  /** When load was sampled last. */
  #sampledAt = 0
  /** The strategy says that nobody fits where somebody does. It is believed, until something happens to a worker. */
  readonly #disowned: boolean

  private constructor(simulation: Simulation, scenario: SwarmScenario, options: SwarmRunOptions) {
    const { ageing, commands } = scenario
    this.#scenario = scenario
    const { logged = false, watched = true, prepare } = options
    const { runtime, driver } = simulation
    this.#simulation = simulation
    this.#watched = watched
    this.#disowned = commands.some(({ action }) => action._tag === "StrategyFault" && action.how === "nobody")
    this.#client = new Client(simulation)
    const byAge = runtime.placement.strategy.order === undefined
    this.watch = new SwarmWatch({ ledger: runtime.ledger, driver, specs: this.#client.specs, ageing, byAge })
    this.deeds = new Deeds(simulation, this.#client, this.watch.reached)
    this.watch.takenOut = this.deeds.takenOut
    runtime.bus.subscribe((event) => {
      if (logged) this.log.push(JSON.stringify(event))
      this.deeds.traps.onEvent(event)
      if (event._tag === "LoadSampled") this.#sampledAt = event.at
      if (watched) this.#see(event)
    })
    this.#teach()
    prepare?.(simulation)
    driver.onStart = (workerId) => {
      this.deeds.traps.onStart(workerId)
      if (watched) this.watch.threads()
    }
    driver.onReport = (workerId, report) => {
      this.watch.reports.leaves(report)
      this.deeds.traps.onReport(workerId, report)
    }
    if (watched) this.#listen()
  }

  static async start(scenario: SwarmScenario, options: SwarmRunOptions): Promise<Run> {
    const { seed, strategy, maxQueue, ageing, step, checkpoints, speeds = {}, checkInterval = 2_000 } = scenario
    const simulation = await Simulation.start({
      seed,
      strategy: swarmStrategy(strategy, seed),
      settings: toSettings({
        maxQueue,
        ageing,
        grace: 20,
        heartbeatInterval: 5_000,
        adaptation: { checkInterval }
      }),
      store: openMetrics(),
      world: {
        loadFailures: 0.1,
        ...(step !== undefined && { step }),
        ...(checkpoints !== undefined && { checkpoints })
      }
    })
    for (const [workerId, speed] of Object.entries(speeds)) simulation.driver.describe(workerId, { speed, cores: 1 })
    return new Run(simulation, scenario, options)
  }

  /** Some workers are known to be quick from the beginning: to them runs are sent ahead. */
  #teach(): void {
    const { performance } = this.#simulation.runtime
    for (const workerId of ["w0", "w1", "w2"]) {
      for (let run = 0; run < 100; run += 1) performance.record(workerId, "work", { ms: 1, ok: true }, 0)
    }
  }

  #see(event: BallastEvent): void {
    const { reached } = this.watch
    if (event._tag === "WorkerAdded") this.#hasGrown(event.worker.id)
    if ("seq" in event) return this.watch.see(event)
    if (event._tag === "ActorRestarted" && event.actor === "ballast/coordinator") reached.add("coordinator restart")
    if (event._tag === "ActorRestarted" && this.deeds.parts.parts.includes(event.actor)) {
      reached.add("part failure")
      if (this.#simulation.runtime.ledger.migrations.size > 0) reached.add("part failure in mid-migration")
    }
    if (event._tag === "ActorRestarted" && event.actor === "ballast/adaptation") reached.add("adaptation gave up")
    if (event._tag === "MigrationChosen") this.watch.chosen(event)
    if (event._tag === "LoadSampled") this.watch.sampled(event.at)
    if (event._tag === "WorkerGivenUp") reached.add("worker given up")
    if (event._tag === "StrategyFaulted") reached.add("strategy fault")
    if (event._tag === "WorkerAssessed" && event.verdict === "failed") reached.add("taken for dead")
  }

  /** B6 */
  #hasGrown(workerId: WorkerId): void {
    if (/^p\d+$/.test(workerId)) this.watch.reached.add("pool grown")
    this.watch.violations.push(...poolAmiss(this.#simulation, this.#scenario, "meanwhile"))
  }

  #listen(): void {
    const { coordination } = this.#simulation.runtime
    const turn = coordination.turn.bind(coordination)
    coordination.turn = (now, random) => {
      this.watch.rest()
      turn(now, random)
    }
    const reports = coordination.reports.bind(coordination)
    coordination.reports = (workerId, batch, now) => {
      this.watch.reports.arrive(workerId, batch)
      reports(workerId, batch, now)
    }
    this.watch.listen()
  }

  get #broken(): boolean {
    return this.watch.violations.length > 0
  }

  /** What there is to tell up to now. */
  get soFar(): SwarmRun {
    const { story, log, watch } = this
    return { violations: watch.violations, story, commands: story.length, reached: watch.reached, log }
  }

  /** Lets the scenario happen, until something does not hold. */
  async live({ workers, commands, stopsAtOnce, stopsAfter = 0, rests = 0 }: SwarmScenario): Promise<void> {
    for (const worker of workers) this.deeds.add(worker)
    makeElastic(this.#simulation, this.#scenario)
    for (const command of commands) {
      if (this.#broken) break
      await this.#perform(command)
    }
    if (stopsAtOnce) await this.#stop(stopsAfter)
    else await this.#finish(rests)
  }

  async #perform(command: SwarmCommand): Promise<void> {
    const { action, turns } = command
    this.story.push(tell(this.#simulation.time.now, command))
    if (action._tag === "Advance") await this.#simulation.advance(action.by)
    else this.deeds.perform(action)
    for (let turn = 0; turn < turns; turn += 1) if (!this.#simulation.time.step()) break
  }

  /**
   * Faults stop, and those who are there get so much time by themselves; then what could run everything is there:
   * everything must end, and be let go of.
   */
  async #finish(rests: Millis): Promise<void> {
    const { runtime } = this.#simulation
    await this.#simulation.settle()
    this.deeds.calm()
    if (rests > 0) await this.#simulation.advance(rests)
    if (rests > 0 && !this.#broken && !this.#disowned) {
      this.watch.violations.push(...idleBesideWork(runtime.ledger))
    }
    if (this.#broken) return
    for (const { spec, phase } of runtime.ledger.workers.values()) {
      if (phase === "draining") this.deeds.retire(spec.id)
      if (phase === "maintenance") this.deeds.decide(spec.id, "resume")
    }
    for (const spec of relief) this.deeds.add(spec)
    await this.#simulation.runUntil(() => this.#broken || this.#isOver(), patience)
    if (this.#watched) this.watch.rest()
    if (this.#broken) return
    this.#left()
    if (this.#watched) this.watch.end()
    if (this.#broken) return
    await this.#recover()
    if (this.#broken) return
    await this.#stop(0)
    this.watch.violations.push(...(await this.#client.disagreements(false)))
  }

  /** I9: with nothing left to do, the parts beside the ring are all there again and at work. */
  async #recover(): Promise<void> {
    const { violations } = this.watch
    const { parts } = this.deeds
    const simulation = this.#simulation
    await simulation.runUntil(() => parts.down.length === 0, patience)
    for (const part of parts.down) violations.push(`I9: ${part} has not come back`)
    const since = simulation.time.now
    if (!(await simulation.runUntil(() => this.#sampledAt > since, patience)))
      violations.push("I9: nobody looks at the load any more")
    const astray = (): ReadonlyArray<string> => [
      ...workersAstray(simulation.runtime.ledger, this.deeds.limited),
      ...poolAmiss(simulation, this.#scenario, "in the end")
    ]
    await simulation.runUntil(() => astray().length === 0, longestOut)
    violations.push(...astray())
  }

  /** Everything is told how it ended, and no thread is left. */
  async #stop(after: Millis): Promise<void> {
    const { runtime, driver } = this.#simulation
    const { violations, reached } = this.watch
    if (this.#broken) return
    if (after > 0) await this.#simulation.advance(after)
    if (this.#broken) return
    if (runtime.ledger.counts.running > 0) reached.add("stop in the midst")
    if (!(await this.#simulation.stop())) violations.push("I7: the runtime does not stop")
    violations.push(...this.#client.unsettled())
    for (const { workerId } of driver.alive) violations.push(`I7 (threads): that of ${workerId} outlives all`)
    if (this.#watched) this.watch.rest()
    if (this.#broken) return
    violations.push(...(await this.#client.disagreements(true)))
  }

  #isOver(): boolean {
    const { ledger, coordination } = this.#simulation.runtime
    const { queued, delayed, running, moving } = ledger.counts
    return (
      queued + delayed + running + moving + coordination.intake === 0 &&
      [...ledger.workers.values()].every(({ slots }) => slots === 0) &&
      this.#client.isServed
    )
  }

  /** I1, I7: what has not ended although nothing stood in its way. */
  #left(): void {
    const { ledger, coordination } = this.#simulation.runtime
    const { violations } = this.watch
    violations.push(...this.#client.unsettled())
    for (const { spec, slots, phase, stopping } of ledger.workers.values()) {
      if (slots > 0) violations.push(`I8: ${slots} slots of ${spec.id} (${phase}) are held, ${stopping.size} stopping`)
    }
    if (coordination.intake > 0) violations.push(`I1: ${coordination.intake} wait outside`)
  }
}

/**
 * Lets a scenario happen to a fresh runtime; then it is stopped, or all faults stop and everything must end. Fails with
 * `ScenarioThrew` where something is thrown on the way.
 */
export const runScenario = async (scenario: SwarmScenario, options: SwarmRunOptions = {}): Promise<SwarmRun> => {
  const run = await Run.start(scenario, options)
  try {
    await run.live(scenario)
  } catch (thrown) {
    throw new ScenarioThrew(run.soFar, thrown)
  }
  return run.soFar
}
