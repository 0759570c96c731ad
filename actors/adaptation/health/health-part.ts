import type { ChildSpec, Supervisor } from "../../../src/actor/index.ts"
import type { Heartbeat } from "../../../src/execution/index.ts"
import type { WorkerRecord } from "../../../src/ledger/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"
import type { Follower, Part, Surroundings } from "../part.ts"
import { type HealthMonitorRef, healthMonitor } from "./health-monitor.ts"
import { HealthRecord } from "./health-record.ts"
import { OutlierWatch } from "./outlier-watch.ts"
import { SlowStarts } from "./slow-starts.ts"

export interface HealthPartOptions extends Surroundings {
  /** Ends a worker's thread and starts it anew. */
  readonly restart: (workerId: WorkerId) => void
}

/** Who is well (E1–E4): assessments, ejection of outliers, slow starts. */
export class HealthPart implements Part {
  readonly #record: HealthRecord
  readonly #slowStarts: SlowStarts
  readonly #actor: ReturnType<typeof healthMonitor>
  #monitor: HealthMonitorRef | undefined

  constructor({ settings, ledger, vitals, runs, bus, slotLimits, coordinator, restart }: HealthPartOptions) {
    const { health } = settings.adaptation
    const record = new HealthRecord(ledger)
    runs.teach(record.learn)
    this.#record = record
    this.#slowStarts = new SlowStarts({ ledger, slotLimits, coordinator, settings: health.slowStart })
    this.#actor = healthMonitor({
      ledger,
      record,
      vitals,
      bus,
      outliers: new OutlierWatch({ ledger, record, runs, bus, coordinator, settings: health }),
      slowStarts: this.#slowStarts,
      interval: settings.healthInterval,
      sweepInterval: health.sweepInterval,
      heartbeatInterval: settings.heartbeatInterval,
      restart
    })
  }

  get children(): ReadonlyArray<ChildSpec> {
    return [{ id: "health-monitor", actor: this.#actor, mailbox: { kind: "unbounded" } }]
  }

  get followers(): ReadonlyArray<Follower> {
    return [
      { heeds: HealthRecord.heeds, onEvent: this.#record.onEvent },
      { heeds: SlowStarts.heeds, onEvent: this.#slowStarts.onEvent }
    ]
  }

  started(supervisor: Supervisor | undefined): void {
    this.#monitor = supervisor?.ref("health-monitor", this.#actor)
  }

  /** Who is to be cleared of its tasks, and whether the pool recovers from a failure. */
  recovery(now: Millis): ReturnType<HealthRecord["recovery"]> {
    return this.#record.recovery(now)
  }

  /** How many slots of a worker that takes work from now on may be taken at first; `undefined`: all. */
  slowStart(worker: WorkerRecord, now: Millis): number | undefined {
    return this.#slowStarts.begin(worker, now)
  }

  heard(workerId: WorkerId, beat: Heartbeat): void {
    this.#monitor?.tell("Beat", { workerId, beat })
  }
}
