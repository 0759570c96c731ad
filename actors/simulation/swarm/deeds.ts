import { fitsNow } from "../../../src/ledger/index.ts"
import { Epoch, type TaskId, type WorkerId, type WorkerSpec } from "../../../src/model/index.ts"
import type { Simulation } from "../simulation.ts"
import type { SimulatedThread } from "../threads/simulated-thread.ts"
import type { ActionOf, Pick, SwarmAction } from "./action.ts"
import type { Client } from "./client.ts"
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
  readonly #simulation: Simulation
  readonly #client: Client
  readonly #reached: Set<SwarmCase>
  readonly #sabotage: Sabotage
  readonly #strategy: StrategyFaults

  constructor(simulation: Simulation, client: Client, reached: Set<SwarmCase>) {
    const { runtime, time } = simulation
    this.#simulation = simulation
    this.#client = client
    this.#reached = reached
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
      default:
        return this.#befall(action)
    }
  }

  /** No fault is left, of those that still last and of those to come. */
  calm(): void {
    const { driver } = this.#simulation
    driver.calm()
    this.traps.clear()
    this.#strategy.end()
    for (const thread of driver.alive) thread.mend()
    this.#sabotage.mend()
  }

  add(spec: WorkerSpec): void {
    this.#client.ask(`spawn ${spec.id}`, this.#simulation.runtime.spawnWorker(spec))
  }

  retire(workerId: WorkerId): void {
    this.#client.ask(`retire ${workerId}`, this.#simulation.runtime.retireWorker(workerId))
  }

  #befall(action: ActionOf<"KillNode" | "OutOfMemory" | "Death" | "Hang" | "Slow" | "Mute" | "LateBeats">): void {
    const { driver } = this.#simulation
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
      case "Mute":
        this.#reached.add("heartbeats missing")
        return thread?.mute(action.for)
      case "LateBeats":
        this.#reached.add("heartbeats missing")
        return thread?.delayBeats(action.by, action.for)
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
    if (action._tag === "Drain") this.#client.ask(`drain ${workerId}`, runtime.drainWorker(workerId))
    if (action._tag === "Retire") this.retire(workerId)
    if (action._tag === "Restart") runtime.restartWorker(workerId)
  }

  #move(action: ActionOf<"Migrate" | "MigrateLate" | "Abandon">): void {
    const { runtime, time } = this.#simulation
    const { ledger, coordinator } = runtime
    if (action._tag === "Abandon") {
      const migrationId = choose([...ledger.migrations.keys()], action.migration)
      if (migrationId !== undefined) coordinator.tell("AbandonMigration", { migrationId, reason: "asked" })
      return
    }
    const move = this.#decide(action.run, action.worker)
    if (move === undefined) return
    if (action._tag === "Migrate") return this.#migrate(move)
    time.after(action.after, () => {
      if (runtime.hasEnded) return
      if (ledger.task(move.taskId)?.assignment?.epoch !== move.epoch) this.#reached.add("late decision")
      this.#migrate(move)
    })
  }

  #migrate(move: Move): void {
    this.#client.ask(`migrate ${move.taskId}`, this.#simulation.runtime.coordinator.ask("Migrate", move))
  }

  #decide(pick: Pick, worker: Pick): Move | undefined {
    const { ledger } = this.#simulation.runtime
    const run = choose(
      [...ledger.workers.values()].flatMap(({ running }) => [...running.values()]),
      pick
    )
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
