import { fitsNow } from "../../../src/ledger/index.ts"
import { Epoch, type Millis, type TaskId, type WorkerId, type WorkerSpec } from "../../../src/model/index.ts"
import type { Simulation } from "../simulation.ts"
import type { SimulatedThread } from "../threads/simulated-thread.ts"
import type { ActionOf, DecidedPhase, Pick, SwarmAction } from "./action.ts"
import type { Client } from "./client.ts"
import { misreported } from "./misreport.ts"
import { PartFaults } from "./part-faults.ts"
import { Sabotage } from "./sabotage.ts"
import { StrategyFaults } from "./strategy-faults.ts"
import type { SwarmCase } from "./swarm-case.ts"
import { Traps } from "./traps.ts"

const choose = <A>(items: ReadonlyArray<A>, pick: Pick): A | undefined => items[pick % Math.max(1, items.length)]

/** A run that is to move, as it stood when that was decided. */
interface Move {
  readonly taskId: TaskId
  readonly epoch: Epoch
  readonly target: WorkerId
}

/** Has the actions of a scenario happen to a runtime and its world. */
export class Deeds {
  readonly traps: Traps
  readonly parts: PartFaults
  /** Those that were given a limit of their own. */
  readonly limited = new Set<WorkerId>()
  /** Those that were ejected by nobody of the runtime. */
  readonly takenOut = new Set<WorkerId>()
  readonly #simulation: Simulation
  readonly #client: Client
  readonly #reached: Set<SwarmCase>
  readonly #sabotage: Sabotage
  readonly #strategy: StrategyFaults
  #isCalm = false

  constructor(simulation: Simulation, client: Client, reached: Set<SwarmCase>) {
    const { runtime, time } = simulation
    this.#simulation = simulation
    this.#client = client
    this.#reached = reached
    this.parts = new PartFaults(simulation)
    this.#sabotage = new Sabotage(runtime.coordination)
    this.#strategy = new StrategyFaults(runtime.placement.strategy)
    this.traps = new Traps(runtime.ledger, (workerId, trap) => {
      // On a turn of its own: what comes to the step goes on with it.
      time.after(0, () => this.#spring(workerId, trap))
    })
  }

  perform(action: Exclude<SwarmAction, ActionOf<"Advance">>): void {
    switch (action._tag) {
      case "Submit":
        return this.#client.submit(action)
      case "Burst":
        this.#reached.add("burst")
        for (let count = 0; count < action.count; count += 1) this.#client.submit(action)
        return
      case "Cancel": {
        const id = choose([...this.#client.specs.keys()], action.task)
        if (id !== undefined) this.#client.cancel(id)
        return
      }
      case "Crash":
        return this.#crash(action)
      case "CrashAt":
        return this.traps.set(action)
      case "KillCoordinator":
        return this.#sabotage.once(action.site, action.after)
      case "KillPart": {
        const part = choose(this.parts.parts, action.part)
        if (part !== undefined) this.parts.once(part, action)
        return
      }
      case "StrategyFault":
        return this.#strategy.begin(action.how, action.times)
      case "WallClock":
        this.#reached.add("wall clock")
        return this.#simulation.time.jumpWallClock(action.by)
      case "Migrate":
      case "MigrateLate":
      case "Abandon":
        return this.#move(action)
      case "AddWorker":
      case "Drain":
      case "Retire":
      case "Restart":
      case "Storm":
        return this.#staff(action)
      case "Misreport":
        return this.#misreport(action)
      default:
        return this.#befall(action)
    }
  }

  /** No fault is left, of those that still last and of those to come. */
  calm(): void {
    const { driver } = this.#simulation
    driver.calm()
    this.#isCalm = true
    this.traps.clear()
    this.#strategy.end()
    this.parts.mend()
    for (const thread of driver.alive) thread.mend()
    this.#sabotage.mend()
  }

  add(spec: WorkerSpec): void {
    this.#client.ask(`spawn ${spec.id}`, this.#simulation.runtime.workforce.spawn(spec))
  }

  retire(workerId: WorkerId): void {
    this.#client.ask(`retire ${workerId}`, this.#simulation.runtime.workforce.retire(workerId))
  }

  #misreport({ worker, what }: ActionOf<"Misreport">): void {
    const workerId = this.#worker(worker)
    if (workerId === undefined) return
    this.#reached.add("misreport")
    this.#simulation.runtime.report(workerId, misreported(what))
  }

  /** Some party decides of the worker what may mean nothing in its phase. */
  decide(workerId: WorkerId, event: DecidedPhase): void {
    const { coordinator } = this.#simulation.runtime
    if (event === "eject") this.takenOut.add(workerId)
    this.#client.ask(`${event} ${workerId}`, coordinator.ask("ChangePhase", { workerId, event }))
  }

  #befall(
    action: ActionOf<
      "KillNode" | "OutOfMemory" | "Death" | "Hang" | "Slow" | "Flap" | "Limit" | "Phase" | "Mute" | "LateBeats"
    >
  ): void {
    const { driver, runtime } = this.#simulation
    const workerId = this.#worker(action.worker)
    const thread = workerId === undefined ? undefined : driver.of(workerId)
    if (workerId === undefined) return
    switch (action._tag) {
      case "KillNode":
        this.#reached.add("node failure")
        return thread?.sabotage()
      case "OutOfMemory":
        this.#reached.add("out of memory")
        return thread?.runOutOfMemory()
      case "Death":
        this.#reached.add("death")
        return driver.kill(workerId)
      case "Hang":
        this.#reached.add("hang")
        return thread?.hang(action.for)
      case "Slow":
        this.#reached.add("slow")
        return thread?.slow(action.factor, action.for)
      case "Flap":
        this.#reached.add("flapping")
        return this.#flap(workerId, action)
      case "Limit": {
        const slots = runtime.ledger.worker(workerId)?.spec.limits.slots ?? 1
        if (slots > 1) this.#reached.add("limit")
        this.limited.add(workerId)
        runtime.coordinator.tell("LimitWorker", { workerId, slots: Math.max(1, slots - action.fewer) })
        return
      }
      case "Phase":
        return this.decide(workerId, action.event)
      case "Mute":
        this.#reached.add("heartbeats missing")
        return thread?.mute(action.for)
      case "LateBeats":
        this.#reached.add("heartbeats missing")
        return thread?.delayBeats(action.by, action.for)
    }
  }

  #flap(workerId: WorkerId, { times, every }: ActionOf<"Flap">): void {
    const { driver, time } = this.#simulation
    for (let turn = 0; turn < times; turn += 1) {
      time.after(2 * turn * every, () => {
        if (!this.#isCalm) driver.of(workerId)?.slow(0.1, every)
      })
    }
  }

  #staff(action: ActionOf<"AddWorker" | "Drain" | "Retire" | "Restart" | "Storm">): void {
    const { runtime } = this.#simulation
    if (action._tag === "AddWorker") return this.add(action.worker)
    if (action._tag === "Storm") {
      if (action.join.length + action.leave.length > 1) this.#reached.add("storm")
      const leaving = new Set(action.leave.flatMap((pick) => this.#worker(pick) ?? []))
      for (const workerId of leaving) this.retire(workerId)
      for (const spec of action.join) this.add(spec)
      return
    }
    const workerId = this.#worker(action.worker)
    if (workerId === undefined) return
    if (action._tag === "Drain") this.#client.ask(`drain ${workerId}`, runtime.workforce.drain(workerId))
    if (action._tag === "Retire") this.retire(workerId)
    if (action._tag === "Restart") runtime.workforce.restart(workerId)
  }

  #move(action: ActionOf<"Migrate" | "MigrateLate" | "Abandon">): void {
    const { ledger, coordinator } = this.#simulation.runtime
    if (action._tag === "Abandon") {
      const migrationId = choose([...ledger.migrations.keys()], action.migration)
      if (migrationId !== undefined) coordinator.tell("AbandonMigration", { migrationId, reason: "asked" })
      return
    }
    const move = this.#decide(action)
    if (move === undefined) return
    if (action._tag === "Migrate") return this.#migrate(move)
    this.#later(move, action.after, maxLooks)
  }

  /** Not before another run of the task has begun, if that comes to be; looked for ever more seldom, so many times. */
  #later(move: Move, after: Millis, times: number): void {
    const { runtime, time } = this.#simulation
    time.after(after, () => {
      if (runtime.hasEnded) return
      const live = runtime.ledger.task(move.taskId)?.assignment?.epoch
      if (live !== undefined && live !== move.epoch) this.#reached.add("late decision")
      else if (times > 1) return this.#later(move, Math.max(1, 2 * after), times - 1)
      this.#migrate(move)
    })
  }

  #migrate(move: Move): void {
    this.#client.ask(`migrate ${move.taskId}`, this.#simulation.runtime.coordinator.ask("Migrate", move))
  }

  #decide({ _tag, run: pick, worker }: ActionOf<"Migrate" | "MigrateLate">): Move | undefined {
    const { ledger } = this.#simulation.runtime
    const runs = [...ledger.workers.values()].flatMap(({ running }) => [...running.values()])
    // What moves already is soon elsewhere: a late decision about it will be out of date.
    const moving = new Set([...ledger.migrations.values()].map(({ taskId }) => taskId))
    const moved = _tag === "MigrateLate" ? runs.filter(({ taskId }) => moving.has(taskId)) : []
    const run = choose(moved.length > 0 ? moved : runs, pick)
    if (run === undefined) return undefined
    const task = ledger.task(run.taskId)
    const others = [...ledger.workers.values()].filter(({ spec }) => spec.id !== run.workerId)
    const fitting = others.filter((other) => task !== undefined && fitsNow(task.spec.requirements, other))
    const target = choose(fitting.length > 0 ? fitting : others, worker)?.spec.id
    return target === undefined ? undefined : { taskId: run.taskId, epoch: run.epoch, target }
  }

  #worker(pick: Pick): WorkerId | undefined {
    return choose([...this.#simulation.runtime.ledger.workers.keys()], pick)
  }

  #crash({ worker, aim, culprits }: ActionOf<"Crash">): void {
    const moving = this.#moving
    const workerId = (aim === "moving" ? choose(moving, worker) : undefined) ?? this.#worker(worker)
    if (workerId !== undefined) this.#end(workerId, culprits)
  }

  get #moving(): ReadonlyArray<WorkerId> {
    const { migrations } = this.#simulation.runtime.ledger
    return [...migrations.values()].flatMap(({ source, reservation }) => [source, reservation.workerId])
  }

  /** Its thread crashes; so many of its runs are to blame, or nobody knows which. */
  #end(workerId: WorkerId, culprits: number | undefined): SimulatedThread | undefined {
    const thread = this.#simulation.driver.of(workerId)
    if (thread === undefined) return undefined
    if (this.#moving.includes(workerId)) this.#reached.add("crash in mid-migration")
    const epochs = thread.running.map(({ epoch }) => epoch)
    thread.crash(culprits === undefined ? undefined : epochs.slice(0, culprits))
    return thread
  }

  #spring(workerId: WorkerId, { step, what }: ActionOf<"CrashAt">): void {
    const { driver, runtime } = this.#simulation
    if (what === "mover") return this.parts.fail(mover)
    if (what === "thread") {
      if (this.#end(workerId, undefined) !== undefined) this.#reached.add(`crash at ${step}`)
      return
    }
    const thread = driver.of(workerId)
    const node = runtime.coordination.nodes.get(workerId)?.node
    if (thread === undefined || node === undefined) return
    this.#reached.add("node failure")
    thread.sabotage()
    // Whatever it is asked: it fails in it.
    node.tell("YieldAt", { epoch: noRun })
  }
}

const noRun = Epoch(0)

/** How often a late decision is looked at again before it comes all the same. */
const maxLooks = 12

/** Who decides what moves. */
const mover = "ballast/adaptation/migration-coordinator"
