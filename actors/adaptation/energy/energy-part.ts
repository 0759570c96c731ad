import type { ChildSpec } from "../../../src/actor/index.ts"
import { declaresPower, type EnergyUse, Forecaster, type MigrationMemory } from "../../../src/adaptation/index.ts"
import type { WorkerRecord } from "../../../src/ledger/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"
import type { BallastEvent } from "../../events.ts"
import { runningTasks } from "../balance/worker-loads.ts"
import type { HealthPart } from "../health/health-part.ts"
import type { Follower, Part, Surroundings } from "../part.ts"
import { energyManager } from "./energy-manager.ts"
import { EnergyMeter } from "./energy-meter.ts"
import { EnergyRecord } from "./energy-record.ts"
import { type EnergySources, worthOf } from "./energy-view.ts"
import { type EnergyReading, HeatRecord } from "./heat-record.ts"

export interface EnergyPartOptions extends Surroundings {
  /** What happened to earlier moves. */
  readonly memory: MigrationMemory
  readonly recovery: HealthPart["recovery"]
}

/** What the pool draws, who rests, who is too hot (G10). */
export class EnergyPart implements Part {
  readonly #options: EnergyPartOptions
  readonly #sources: EnergySources
  readonly #record: EnergyRecord
  readonly #heat: HeatRecord
  /** Absent where energy does not count. */
  readonly #actor: ReturnType<typeof energyManager> | undefined
  /** Absent as long as there is nothing to reckon with: it follows each run. */
  #meter: EnergyMeter | undefined

  constructor(options: EnergyPartOptions) {
    this.#options = options
    const { settings, ledger, vitals, profiles, performance } = options
    const { checkInterval, energy, features, predictionWindow } = settings.adaptation
    const measured = (workerId: WorkerId) => this.#heat.powerOf(workerId)
    this.#sources = { ledger, vitals, performance, profiles, hardware: settings.hardware, measured }
    const window = energy.consolidation === false ? 0 : energy.consolidation.restAfter
    const forecaster = features.predictiveBalancing
      ? new Forecaster({ horizon: predictionWindow, interval: checkInterval })
      : undefined
    this.#record = new EnergyRecord(ledger, window, forecaster)
    this.#heat = new HeatRecord(this.#sources, energy.temperature)
    this.#actor = features.resourceEfficiency ? this.#manager() : undefined
    if (settings.probes !== false || Object.values(settings.hardware).some(declaresPower)) this.#reckon()
  }

  #manager(): ReturnType<typeof energyManager> {
    const { settings, ledger, vitals, runs, performance, bus, slotLimits, memory, recovery, coordinator } =
      this.#options
    const { checkInterval, energy, features, maxSimultaneousMigrations } = settings.adaptation
    return energyManager({
      sources: this.#sources,
      record: this.#record,
      heat: this.#heat,
      slotLimits,
      memory,
      recovery,
      bus,
      coordinator,
      tasks: (now) => runningTasks({ ledger, vitals, runs, performance }, now),
      settings: energy.consolidation === false ? undefined : energy.consolidation,
      interval: checkInterval,
      maxSimultaneousMigrations,
      moves: features.taskMigration
    })
  }

  get children(): ReadonlyArray<ChildSpec> {
    return this.#actor === undefined ? [] : [{ id: "energy-manager", actor: this.#actor }]
  }

  get followers(): ReadonlyArray<Follower> {
    return [{ heeds: ["MachineProbed", "WorkerRemoved"], onEvent: this.#followHeat }]
  }

  /** Of workers that rest, the one that does most for its energy is woken first. */
  worthOf(worker: WorkerRecord): number {
    const { consolidation } = this.#options.settings.adaptation.energy
    return worthOf(this.#sources, worker, consolidation === false ? 1 : consolidation.target)
  }

  /** Somebody has measured how hot a worker is, or what it draws. */
  measured(workerId: WorkerId, reading: EnergyReading, now: Millis): void {
    this.#heat.report(workerId, reading, now)
    if (reading.watts !== undefined) this.#reckon()
  }

  /** What tasks have taken of energy, as estimated; `undefined` where nothing was measured or declared. */
  get use(): EnergyUse | undefined {
    return this.#meter?.use
  }

  #reckon(): void {
    if (this.#meter !== undefined || !this.#options.settings.adaptation.features.resourceEfficiency) return
    this.#meter = new EnergyMeter(this.#sources, (workerId, now) => this.#heat.wattsOf(workerId, now))
    this.#options.bus.subscribe(this.#meter.onEvent, EnergyMeter.heeds)
  }

  readonly #followHeat = (event: BallastEvent): void => {
    if (event._tag === "MachineProbed") this.#heat.probed(event.machine, event.at)
    else if (event._tag === "WorkerRemoved") {
      this.#heat.forget(event.workerId)
      this.#options.profiles.forget(event.workerId)
    }
  }
}
