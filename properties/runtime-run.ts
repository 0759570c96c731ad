import type * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { Simulation } from "../actors/simulation/index.ts"
import { SubmissionBatch } from "../actors/submission-batch.ts"
import { toSettings } from "../src/config/index.ts"
import { fitsNow } from "../src/ledger/index.ts"
import { Milli, type TaskSpec, type WorkerId, type WorkerSpec } from "../src/model/index.ts"
import { openMetrics } from "../src/storage/index.ts"
import { taskFrom } from "../src/testing/index.ts"
import type { FaultSite, RuntimeAction, RuntimeScenario } from "./runtime-commands.ts"
import { type RuntimeCase, RuntimeWatch } from "./runtime-watch.ts"

export interface RuntimeRun {
  /** What did not hold; nothing is asked of the runtime after the first. */
  readonly violations: ReadonlyArray<string>
  /** What was asked of it and when: lines of a counterexample. */
  readonly story: ReadonlyArray<string>
  readonly commands: number
  readonly reached: ReadonlySet<RuntimeCase>
  /** Everything that happened, a line each. */
  readonly log: ReadonlyArray<string>
}

export interface RuntimeRunOptions {
  /** Whether the log is kept. Default `false`. */
  readonly logged?: boolean
  /** Whether the ledger and the threads are watched on the way; what is left at the end is seen in any case. Default `true`. */
  readonly watched?: boolean
  /** Done to the runtime before it is used: a place to break it, to see that it is noticed. */
  readonly prepare?: (simulation: Simulation) => void
}

/** Virtual milliseconds in which everything must end once nothing goes wrong any more (I8). */
const patience = 120_000

const enough = Milli(1_000_000)
const plenty = { cpu: enough, memory: enough, network: enough, storage: enough }

/** Workers that can between them run any task: what is left to wait for when all faults have stopped. */
const relief: ReadonlyArray<WorkerSpec> = ["a", "b"].map((zone) => ({
  id: `relief-${zone}`,
  capacity: plenty,
  ceilings: { cpu: 1, memory: 1, network: 1, storage: 1 },
  limits: {
    resources: plenty,
    devices: ["cuda", "cuda", "cuda", "cuda", "mps", "mps", "mps", "mps"].map((kind) => ({ kind, memory: enough })),
    slots: 4
  },
  capabilities: {
    backends: ["torch", "onnx"],
    labels: { zone },
    versions: { node: "1.4.2" },
    browsers: ["chrome", "firefox"],
    hardware: "cpu",
    hostname: "host-1",
    computeCapability: 9
  },
  weight: 1,
  priorityMultiplier: 1,
  isolation: "thread",
  resourceLimits: {},
  dutyCycle: 1,
  restart: { type: "permanent", maxRestarts: 5, window: 60_000, backoff: { base: 100, max: 1_000, jitter: 0.2 } }
}))

const choose = <A>(items: ReadonlyArray<A>, pick: number): A | undefined => items[pick % Math.max(1, items.length)]

/** A runtime in a simulated world, and all that is asked of it. */
class Run {
  readonly story: Array<string> = []
  readonly log: Array<string> = []
  readonly watch: RuntimeWatch
  readonly #simulation: Simulation
  readonly #specs: Map<string, TaskSpec>
  readonly #watched: boolean
  readonly #fibers: Array<{ readonly what: string; readonly fiber: Fiber.Fiber<unknown, unknown> }> = []

  private constructor(simulation: Simulation, { ageing }: RuntimeScenario, options: RuntimeRunOptions) {
    const { logged = false, watched = true, prepare } = options
    const { runtime, driver } = simulation
    this.#simulation = simulation
    this.#watched = watched
    this.#specs = new Map()
    this.watch = new RuntimeWatch(runtime.ledger, driver, this.#specs, ageing)
    runtime.bus.subscribe((event) => {
      if (logged) this.log.push(JSON.stringify(event))
      if (!watched) return
      if ("seq" in event) this.watch.see(event)
      else if (event._tag === "ActorRestarted" && event.actor === "ballast/coordinator") {
        this.watch.reached.add("coordinator restart")
      } else if (event._tag === "WorkerGivenUp") this.watch.reached.add("worker given up")
    })
    this.#teach()
    prepare?.(simulation)
    if (!watched) return
    driver.onStart = () => this.watch.threads()
    const { coordination } = runtime
    const turn = coordination.turn.bind(coordination)
    coordination.turn = (now, random) => {
      this.watch.rest()
      turn(now, random)
    }
  }

  static async start(scenario: RuntimeScenario, options: RuntimeRunOptions): Promise<Run> {
    const { seed, strategy, maxQueue, ageing, step } = scenario
    const simulation = await Simulation.start({
      seed,
      strategy,
      settings: toSettings({
        maxQueue,
        ageing,
        grace: 20,
        heartbeatInterval: 5_000,
        adaptation: { checkInterval: 2_000 }
      }),
      store: openMetrics(),
      world: { loadFailures: 0.1, ...(step !== undefined && { step }) }
    })
    return new Run(simulation, scenario, options)
  }

  /** Some workers are known to be quick from the beginning: to them runs are sent ahead. */
  #teach(): void {
    const { performance } = this.#simulation.runtime
    for (const workerId of ["w0", "w1", "w2"]) {
      for (let run = 0; run < 100; run += 1) performance.record(workerId, "work", { ms: 1, ok: true }, 0)
    }
  }

  get broken(): boolean {
    return this.watch.violations.length > 0
  }

  async perform(action: RuntimeAction, turns: number): Promise<void> {
    this.story.push(`${this.#simulation.time.now} ms ${JSON.stringify(action)}, ${turns} turns`)
    if (action._tag === "Advance") await this.#simulation.advance(action.by)
    else this.#do(action)
    for (let turn = 0; turn < turns; turn += 1) if (!this.#simulation.time.step()) break
  }

  add(spec: WorkerSpec): void {
    this.#run(`spawn ${spec.id}`, this.#simulation.runtime.spawnWorker(spec))
  }

  /** Faults stop; what could run everything is there: everything must end, and be let go of. */
  async finish(): Promise<void> {
    const { runtime } = this.#simulation
    await this.#simulation.settle()
    this.#calm()
    for (const { spec, phase } of runtime.ledger.workers.values()) {
      if (phase === "draining") this.#run(`retire ${spec.id}`, runtime.retireWorker(spec.id))
    }
    for (const spec of relief) this.add(spec)
    await this.#simulation.runUntil(() => this.broken || this.#isOver(), patience)
    if (this.#watched) this.watch.rest()
    if (this.broken) return
    this.#left()
    if (this.#watched) this.watch.end()
    if (this.broken) return
    await this.stop()
    await this.#results()
  }

  /** Everything is told how it ended, and no thread is left. */
  async stop(): Promise<void> {
    const { runtime, driver } = this.#simulation
    const { violations, reached } = this.watch
    if (this.broken) return
    if (runtime.ledger.counts.running > 0) reached.add("stop in the midst")
    if (!(await this.#simulation.stop())) violations.push("I7: the runtime does not stop")
    this.#unsettled()
    for (const { workerId } of driver.alive) violations.push(`threads: that of ${workerId} outlives all`)
  }

  #do(action: Exclude<RuntimeAction, { readonly _tag: "Advance" }>): void {
    const { runtime, driver, time } = this.#simulation
    const { ledger } = runtime
    const workerId = "worker" in action && typeof action.worker === "number" ? this.#worker(action.worker) : undefined
    switch (action._tag) {
      case "Submit": {
        const { draft, timeout, wait } = action
        const id = `t${this.#specs.size}`
        const spec = { ...taskFrom(draft, id, time.now), ...(timeout !== undefined && { timeout }) }
        this.#specs.set(id, spec)
        runtime.handles.open(id)
        runtime.coordinator.tell("Submit", { batch: SubmissionBatch.of({ spec, wait }) })
        return
      }
      case "Cancel": {
        const id = choose([...this.#specs.keys()], action.task)
        if (id !== undefined) runtime.handles.get(id)?.cancel()
        return
      }
      case "Crash":
        return this.#crash(action)
      case "KillNode":
        if (workerId === undefined) return
        this.watch.reached.add("node failure")
        driver.of(workerId)?.sabotage()
        return
      case "KillCoordinator":
        return this.#sabotage(action.site, action.after)
      case "Migrate": {
        const runs = [...ledger.workers.values()].flatMap(({ running }) => [...running.values()])
        const run = choose(runs, action.run)
        const target = run && this.#targetFor(run.taskId, run.workerId, action.worker)
        if (run === undefined || target === undefined) return
        const { taskId, epoch } = run
        return this.#run(`migrate ${taskId}`, runtime.coordinator.ask("Migrate", { taskId, epoch, target }))
      }
      case "Abandon": {
        const migrationId = choose([...ledger.migrations.keys()], action.migration)
        if (migrationId !== undefined) runtime.coordinator.tell("AbandonMigration", { migrationId, reason: "asked" })
        return
      }
      case "AddWorker":
        return this.add(action.worker)
      case "Drain":
        if (workerId !== undefined) this.#run(`drain ${workerId}`, runtime.drainWorker(workerId))
        return
      case "Retire":
        if (workerId !== undefined) this.#run(`retire ${workerId}`, runtime.retireWorker(workerId))
        return
      case "Restart":
        if (workerId !== undefined) runtime.restartWorker(workerId)
    }
  }

  #worker(pick: number): WorkerId | undefined {
    return choose([...this.#simulation.runtime.ledger.workers.keys()], pick)
  }

  #targetFor(taskId: string, source: WorkerId, pick: number): WorkerId | undefined {
    const { ledger } = this.#simulation.runtime
    const task = ledger.task(taskId)
    const others = [...ledger.workers.values()].filter(({ spec }) => spec.id !== source)
    const fitting = others.filter((worker) => task !== undefined && fitsNow(task.spec.requirements, worker))
    return choose(fitting.length > 0 ? fitting : others, pick)?.spec.id
  }

  #crash({ worker, aim, culprits }: Extract<RuntimeAction, { readonly _tag: "Crash" }>): void {
    const { runtime, driver } = this.#simulation
    const moving = [...runtime.ledger.migrations.values()].flatMap(({ source, reservation }) => [
      source,
      reservation.workerId
    ])
    const workerId = (aim === "moving" ? choose(moving, worker) : undefined) ?? this.#worker(worker)
    const thread = workerId === undefined ? undefined : driver.of(workerId)
    if (workerId === undefined || thread === undefined) return
    if (moving.includes(workerId)) this.watch.reached.add("crash in mid-migration")
    const epochs = thread.running.map(({ epoch }) => epoch)
    thread.crash(culprits === undefined ? undefined : epochs.slice(0, culprits))
  }

  /** The part throws once, and is itself again. */
  #sabotage(site: FaultSite, after: boolean): void {
    const host = this.#simulation.runtime[site.in]
    const original: unknown = Reflect.get(host, site.part)
    if (typeof original !== "function" || Object.hasOwn(host, site.part)) return
    const mend = (): void => void Reflect.deleteProperty(host, site.part)
    this.#mends.add(mend)
    const once = (...args: ReadonlyArray<unknown>): unknown => {
      mend()
      if (after) Reflect.apply(original, host, args)
      throw new Error(`a fault of the coordinator in ${site.part}`)
    }
    Object.defineProperty(host, site.part, { value: once, configurable: true })
  }
  readonly #mends = new Set<() => void>()

  #calm(): void {
    const { driver } = this.#simulation
    driver.calm()
    for (const thread of driver.alive) thread.mend()
    for (const mend of this.#mends) mend()
  }

  /** Where the runtime has no answer any more its caller is told so; that is an end too. */
  #run(what: string, effect: Effect.Effect<unknown, unknown>): void {
    this.#fibers.push({ what, fiber: this.#simulation.time.fork(effect) })
  }

  #isOver(): boolean {
    const { ledger, handles, coordination } = this.#simulation.runtime
    const { queued, delayed, running, moving } = ledger.counts
    return (
      queued + delayed + running + moving + coordination.intake === 0 &&
      [...this.#specs.keys()].every((id) => handles.get(id)?.isSettled ?? true) &&
      [...ledger.workers.values()].every(({ slots }) => slots === 0) &&
      this.#fibers.every(({ fiber }) => fiber.pollUnsafe() !== undefined)
    )
  }

  /** I1, I7: what has not ended although nothing stood in its way. */
  #left(): void {
    const { ledger, coordination } = this.#simulation.runtime
    const { violations } = this.watch
    this.#unsettled()
    for (const { spec, slots, phase, stopping } of ledger.workers.values()) {
      if (slots > 0) violations.push(`I8: ${slots} slots of ${spec.id} (${phase}) are held, ${stopping.size} stopping`)
    }
    if (coordination.intake > 0) violations.push(`I1: ${coordination.intake} wait outside`)
  }

  #unsettled(): void {
    const { handles } = this.#simulation.runtime
    const { violations } = this.watch
    for (const id of this.#specs.keys()) {
      const handle = handles.get(id)
      if (handle !== undefined && !handle.isSettled) violations.push(`I7: the handle of ${id} is ${handle.status}`)
    }
    for (const { what, fiber } of this.#fibers) {
      if (fiber.pollUnsafe() === undefined) violations.push(`I7: "${what}" has not ended`)
    }
  }

  /** What a handle came to is what the ledger says. */
  async #results(): Promise<void> {
    const { handles, ledger } = this.#simulation.runtime
    for (const id of this.#specs.keys()) {
      const outcome = ledger.task(id)?.outcome
      const handle = handles.get(id)
      if (outcome === undefined || handle === undefined) continue
      const completed = await handle.result.then(
        (value) => value === id,
        () => false
      )
      if (completed !== (outcome._tag === "completed")) {
        this.watch.violations.push(`I7: the handle of ${id} says otherwise than ${outcome._tag}`)
      }
    }
  }
}

/** Lets a scenario happen to a fresh runtime, stops all faults, and sees that everything ends. */
export const runRuntime = async (scenario: RuntimeScenario, options: RuntimeRunOptions = {}): Promise<RuntimeRun> => {
  const run = await Run.start(scenario, options)
  for (const worker of scenario.workers) run.add(worker)
  let commands = 0
  for (const { action, turns } of scenario.commands) {
    if (run.broken) break
    await run.perform(action, turns)
    commands += 1
  }
  if (scenario.stopsAtOnce) await run.stop()
  else await run.finish()
  const { story, log, watch } = run
  return { violations: watch.violations, story, commands, reached: watch.reached, log }
}
