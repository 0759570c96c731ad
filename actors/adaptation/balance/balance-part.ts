import type { ChildSpec, Supervisor } from "../../../src/actor/index.ts"
import { MigrationMemory, MoveOutcomes, movesPart, outcomesPart } from "../../../src/adaptation/index.ts"
import type { WorkerId } from "../../../src/model/index.ts"
import type { BallastEvent, BallastEventTag } from "../../events.ts"
import type { HealthPart } from "../health/health-part.ts"
import type { Follower, Part, Surroundings } from "../part.ts"
import { BalanceRecord } from "./balance-record.ts"
import { hardwareFitness } from "./hardware-fitness.ts"
import { IdleWatch } from "./idle-watch.ts"
import { type MigrationCoordinatorRef, migrationCoordinator } from "./migration-coordinator.ts"
import { TaskUsage, type UsageByEpoch } from "./task-usage.ts"
import type { HomeLines, LoadSources } from "./worker-loads.ts"

export interface BalancePartOptions extends Surroundings {
  /** Tasks that wait for certain workers, and whether there may be any. */
  readonly homes: { readonly any: () => boolean; readonly lines: () => HomeLines }
  readonly recovery: HealthPart["recovery"]
}

/** At the default interval between two looks that is a minute. */
const budgetLooks = 2

/** What moves, and where to (G2–G8, G14, G15). */
export class BalancePart implements Part {
  /** What happened to earlier moves. */
  readonly memory: MigrationMemory
  readonly #options: BalancePartOptions
  readonly #outcomes = new MoveOutcomes()
  readonly #usage: TaskUsage
  readonly #idle: IdleWatch
  readonly #actor: ReturnType<typeof migrationCoordinator>
  #balancer: MigrationCoordinatorRef | undefined

  constructor(options: BalancePartOptions) {
    this.#options = options
    const { settings, ledger, vitals, runs, performance, bus, learned, coordinator, homes, recovery } = options
    const { adaptation } = settings
    // A worker's budget of moves is one of so many looks, however long there is between two.
    this.memory = new MigrationMemory({ budgetWindow: budgetLooks * adaptation.checkInterval })
    learned.add("moves", movesPart(this.memory))
    learned.add("outcomes", outcomesPart(this.#outcomes))
    this.#usage = new TaskUsage(ledger)
    this.#idle = new IdleWatch({
      ledger,
      areHomesAwaited: homes.any,
      onIdle: (workerId) => this.#balancer?.tell("Idle", { workerId })
    })
    this.#actor = migrationCoordinator({
      sources: { ledger, vitals, runs, performance, homes: homes.lines, ...this.#fitness },
      bus,
      memory: this.memory,
      record: new BalanceRecord(adaptation.thresholds.initial),
      usage: this.#usage,
      outcomes: this.#outcomes,
      policy: adaptation.migration.policy,
      coordinator,
      recovery,
      checkInterval: adaptation.checkInterval,
      thresholds: adaptation.thresholds,
      imbalance:
        adaptation.imbalance === "backlog" ? ["thresholds", "backlog", "forecast"] : ["thresholds", "forecast"],
      imbalanceThreshold: adaptation.imbalanceThreshold,
      maxSimultaneousMigrations: adaptation.maxSimultaneousMigrations,
      features: adaptation.features
    })
  }

  get children(): ReadonlyArray<ChildSpec> {
    return [{ id: "migration-coordinator", actor: this.#actor }]
  }

  get followers(): ReadonlyArray<Follower> {
    const { relief, workStealing } = this.#options.settings.adaptation.features
    return [
      { heeds: moveHeeds, onEvent: this.#followMoves },
      ...(relief ? [{ heeds: TaskUsage.heeds, onEvent: this.#usage.onEvent }] : []),
      ...(workStealing ? [{ heeds: IdleWatch.heeds, onEvent: this.#idle.onEvent }] : [])
    ]
  }

  started(supervisor: Supervisor | undefined): void {
    this.#balancer = supervisor?.ref("migration-coordinator", this.#actor)
  }

  /** Who balances by what was seen. */
  readonly balancer = (): MigrationCoordinatorRef | undefined => this.#balancer

  /** A worker has told what each of its runs uses. */
  used(workerId: WorkerId, usage: UsageByEpoch): void {
    const { ledger, runs, settings } = this.#options
    const worker = ledger.worker(workerId)
    if (worker === undefined || !settings.adaptation.features.relief) return
    this.#usage.told(worker, usage, runs.speedOf(worker))
  }

  /** What hardware tasks prefer counts in moves, unless that is switched off. */
  get #fitness(): Pick<LoadSources, "fitness"> {
    const { settings, ledger, profiles, performance } = this.#options
    if (!settings.adaptation.features.hardwareSpecific) return {}
    return { fitness: hardwareFitness({ ledger, profiles, times: performance.times }) }
  }

  /** Whatever becomes of the actor that asked for a move: its end is remembered. */
  readonly #followMoves = (event: BallastEvent): void => {
    switch (event._tag) {
      case "TaskPlaced":
        if (event.migrationId !== undefined) this.memory.ended(event.taskId, true, event.at)
        return
      case "MigrationAborted":
        this.#outcomes.failed(event.taskId, event.at)
        return this.memory.ended(event.taskId, false, event.at)
      case "TaskCompleted":
        this.#outcomes.completed(event.taskId, event.at)
        return this.memory.forget(event.taskId)
      case "TaskFailed":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskQuarantined":
        this.#outcomes.forget(event.taskId)
        this.memory.forget(event.taskId)
    }
  }
}

const moveHeeds: ReadonlyArray<BallastEventTag> = [
  "TaskPlaced",
  "MigrationAborted",
  "TaskCompleted",
  "TaskFailed",
  "TaskCancelled",
  "TaskExpired",
  "TaskQuarantined"
]
