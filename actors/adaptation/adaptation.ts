import type { Supervisor, SupervisorSpec } from "../../src/actor/index.ts"
import { type Forecast, MigrationMemory, type PerformanceBook } from "../../src/adaptation/index.ts"
import type { Settings } from "../../src/config/index.ts"
import type { Heartbeat } from "../../src/execution/index.ts"
import type { LedgerReader } from "../../src/ledger/index.ts"
import type { WorkerId } from "../../src/model/index.ts"
import type { CoordinatorRef } from "../coordinator.ts"
import type { EventBus } from "../event-bus.ts"
import type { BallastEvent, BallastEventTag } from "../events.ts"
import type { RunRecord } from "../run-record.ts"
import { type HealthMonitorRef, HealthRecord, healthMonitor } from "./health-monitor.ts"
import { type MigrationCoordinatorRef, migrationCoordinator } from "./migration-coordinator.ts"
import { predictor } from "./predictor.ts"
import type { Vitals } from "./vitals.ts"

/** What the parts of adaptation see, and whom they speak to. */
export interface AdaptationOptions {
  readonly settings: Settings
  readonly ledger: LedgerReader
  readonly vitals: Vitals
  readonly runs: RunRecord
  readonly performance: PerformanceBook
  readonly bus: EventBus
  readonly coordinator: () => CoordinatorRef | undefined
  readonly restart: (workerId: WorkerId) => void
  /** Told what was forecast for each worker; empty where nothing was. */
  readonly onForecasts: (forecasts: ReadonlyMap<WorkerId, Forecast>) => void
}

/**
 * The parts that watch and change: who is well, what load will come, what is to move. What must outlive a restart of
 * theirs (what was learned, what rests) is held here and handed to the actors.
 */
export class Adaptation {
  readonly #options: AdaptationOptions
  readonly #memory = new MigrationMemory()
  readonly #health: HealthRecord
  readonly #monitorActor: ReturnType<typeof healthMonitor>
  readonly #balancerActor: ReturnType<typeof migrationCoordinator>
  readonly #predictorActor: ReturnType<typeof predictor>
  #monitor: HealthMonitorRef | undefined
  #balancer: MigrationCoordinatorRef | undefined

  constructor(options: AdaptationOptions) {
    this.#options = options
    const { settings, ledger, vitals, runs, performance, bus, coordinator, restart, onForecasts } = options
    const { adaptation } = settings
    this.#health = new HealthRecord(ledger)
    this.#monitorActor = healthMonitor({
      ledger,
      record: this.#health,
      vitals,
      bus,
      interval: settings.healthInterval,
      heartbeatInterval: settings.heartbeatInterval,
      restart
    })
    this.#balancerActor = migrationCoordinator({
      ledger,
      performance,
      bus,
      memory: this.#memory,
      coordinator,
      rule: adaptation.thresholds,
      imbalanceThreshold: adaptation.imbalanceThreshold,
      maxSimultaneousMigrations: adaptation.maxSimultaneousMigrations,
      features: adaptation.features
    })
    this.#predictorActor = predictor({
      sources: { ledger, vitals, runs, performance },
      bus,
      checkInterval: adaptation.checkInterval,
      predictionWindow: adaptation.predictionWindow,
      performanceWindow: adaptation.performanceWindow,
      forecasts: adaptation.features.predictiveBalancing,
      onForecasts,
      balancer: () => this.#balancer
    })
  }

  /** What stands in the tree: rest-for-one, since each works on what the ones before it saw. */
  get supervisor(): Omit<SupervisorSpec, "name"> {
    const mailbox = { kind: "unbounded" } as const
    return {
      strategy: "rest-for-one",
      maxRestarts: 5,
      window: 10_000,
      children: [
        { id: "health-monitor", actor: this.#monitorActor, mailbox },
        { id: "migration-coordinator", actor: this.#balancerActor },
        { id: "predictor", actor: this.#predictorActor }
      ]
    }
  }

  /** Follows what happens, from before the tree is started. */
  subscribe(): void {
    const { bus } = this.#options
    bus.subscribe(this.#health.onEvent, HealthRecord.heeds)
    bus.subscribe(this.#followMigrations, migrationHeeds)
  }

  /** The tree has been started: whom to speak to. */
  started(supervisor: Supervisor | undefined): void {
    this.#monitor = supervisor?.ref("health-monitor", this.#monitorActor)
    this.#balancer = supervisor?.ref("migration-coordinator", this.#balancerActor)
  }

  /** A worker has told how it is, or somebody outside has measured it. */
  heard(workerId: WorkerId, beat: Heartbeat): void {
    this.#monitor?.tell("Beat", { workerId, beat })
  }

  readonly #followMigrations = (event: BallastEvent): void => {
    switch (event._tag) {
      case "TaskPlaced": {
        const { migrationId, taskId } = event
        if (migrationId !== undefined) this.#balancer?.tell("Ended", { taskId, migrationId, ok: true })
        return
      }
      case "MigrationAborted":
        this.#balancer?.tell("Ended", { taskId: event.taskId, migrationId: event.migrationId, ok: false })
        return
      case "TaskCompleted":
      case "TaskFailed":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskQuarantined":
        this.#memory.forget(event.taskId)
    }
  }
}

const migrationHeeds: ReadonlyArray<BallastEventTag> = [
  "TaskPlaced",
  "MigrationAborted",
  "TaskCompleted",
  "TaskFailed",
  "TaskCancelled",
  "TaskExpired",
  "TaskQuarantined"
]
