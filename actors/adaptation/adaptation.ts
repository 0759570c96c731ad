import type { Supervisor, SupervisorSpec } from "../../src/actor/index.ts"
import type { EnergyUse } from "../../src/adaptation/index.ts"
import type { Heartbeat } from "../../src/execution/index.ts"
import type { WorkerRecord } from "../../src/ledger/index.ts"
import type { Millis, WorkerId } from "../../src/model/index.ts"
import { BalancePart, type BalancePartOptions } from "./balance/balance-part.ts"
import type { UsageByEpoch } from "./balance/task-usage.ts"
import { EnergyPart } from "./energy/energy-part.ts"
import type { EnergyReading } from "./energy/heat-record.ts"
import { HealthPart, type HealthPartOptions } from "./health/health-part.ts"
import { LearningPart, type LearningPartOptions } from "./learning/learning-part.ts"
import type { Part, Surroundings } from "./part.ts"
import type { ForecastReport } from "./prediction/forecast-report.ts"
import { PredictionPart, type PredictionPartOptions } from "./prediction/prediction-part.ts"
import { ScalingPart, type ScalingPartOptions } from "./scaling/scaling-part.ts"
import { SlotLimits } from "./slot-limits.ts"

/** What the parts see, whom they speak to, and who is told what they found. */
export interface AdaptationOptions
  extends Omit<Surroundings, "slotLimits">,
    Pick<HealthPartOptions, "restart">,
    Pick<BalancePartOptions, "homes">,
    Pick<PredictionPartOptions, "fitting" | "onForecasts">,
    Pick<LearningPartOptions, "weights" | "onLearned"> {
  readonly scaling: Omit<ScalingPartOptions, keyof Surroundings>
}

/** Those that watch and change: who is well, what load will come, what is to move, who rests, how many there are. */
export class Adaptation {
  readonly #options: AdaptationOptions
  readonly #slotLimits: SlotLimits
  readonly #health: HealthPart
  readonly #balance: BalancePart
  readonly #prediction: PredictionPart
  readonly #energy: EnergyPart
  readonly #scaling: ScalingPart
  readonly #parts: ReadonlyArray<Part>

  constructor(options: AdaptationOptions) {
    this.#options = options
    const { ledger, coordinator, restart, homes, fitting, onForecasts, weights, onLearned, scaling } = options
    this.#slotLimits = new SlotLimits({ ledger, coordinator })
    const surroundings = { ...options, slotLimits: this.#slotLimits }
    const learning = new LearningPart({ ...surroundings, weights, onLearned })
    this.#health = new HealthPart({ ...surroundings, restart })
    const recovery = (now: Millis) => this.#health.recovery(now)
    this.#balance = new BalancePart({ ...surroundings, homes, recovery })
    const { balancer, memory } = this.#balance
    this.#prediction = new PredictionPart({ ...surroundings, homes, fitting, onForecasts, balancer })
    this.#energy = new EnergyPart({ ...surroundings, memory, recovery })
    this.#scaling = new ScalingPart({ ...surroundings, ...scaling })
    // Each works on what the ones before it saw. Learning rests on nothing of the others: its minutes go on.
    this.#parts = [learning, this.#health, this.#balance, this.#prediction, this.#energy, this.#scaling]
  }

  /** What stands in the tree. */
  get supervisor(): Omit<SupervisorSpec, "name"> {
    const children = this.#parts.flatMap((part) => part.children)
    return { strategy: "rest-for-one", maxRestarts: 5, window: 10_000, children }
  }

  /** Follows what happens, from before the tree is started. */
  subscribe(): void {
    const { bus } = this.#options
    bus.subscribe(this.#slotLimits.onEvent, SlotLimits.heeds)
    for (const { onEvent, heeds } of this.#parts.flatMap((part) => part.followers)) bus.subscribe(onEvent, heeds)
  }

  /** The tree has been started: whom to speak to. */
  started(supervisor: Supervisor | undefined): void {
    for (const part of this.#parts) part.started?.(supervisor)
  }

  /** A worker takes work from now on: how many slots it may take at first; `undefined`: all. */
  slowStart(worker: WorkerRecord, now: Millis): number | undefined {
    return this.#health.slowStart(worker, now)
  }

  /** Of workers that rest, the one that does most for its energy is woken first. */
  worthOf(worker: WorkerRecord): number {
    return this.#energy.worthOf(worker)
  }

  /** The pool has bounds, or other ones. */
  rebound(): void {
    this.#scaling.rebound()
  }

  /** All that is forecast at this time. */
  forecasts(now: Millis): ForecastReport {
    return this.#prediction.report(now)
  }

  /** What tasks have taken of energy, as estimated; `undefined` where nothing was measured or declared. */
  get energyUse(): EnergyUse | undefined {
    return this.#energy.use
  }

  /** A worker has told how it is, or somebody outside has measured it. */
  heard(workerId: WorkerId, beat: Heartbeat): void {
    this.#options.runs.heard(workerId, beat)
    this.#health.heard(workerId, beat)
  }

  /** A worker has told what each of its runs uses. */
  used(workerId: WorkerId, usage: UsageByEpoch): void {
    this.#balance.used(workerId, usage)
  }

  /** Somebody has measured how hot a worker is, or what it draws. */
  measured(workerId: WorkerId, reading: EnergyReading, now: Millis): void {
    this.#energy.measured(workerId, reading, now)
  }
}
