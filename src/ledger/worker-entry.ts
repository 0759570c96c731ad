import {
  type AskedPhase,
  type Assignment,
  type Epoch,
  Milli,
  type Reservation,
  type ResourceName,
  type ResourceVector,
  type TaskId,
  type WorkerPhase,
  type WorkerSpec
} from "../model/index.ts"
import type { OpenPassage } from "./passage.ts"
import type { DeviceUse, Stopping, WorkerRecord } from "./records.ts"
import type { TaskEntry } from "./task-entry.ts"

const noDevices: Reservation["devices"] = []

/** A worker, as the ledger writes it. */
export class WorkerEntry implements WorkerRecord {
  readonly spec: WorkerSpec
  readonly number: number
  phase: WorkerPhase = "starting"
  asked: AskedPhase | undefined = undefined
  readonly used: Record<ResourceName, Milli> = { cpu: Milli(0), memory: Milli(0), network: Milli(0), storage: Milli(0) }
  readonly devices: Array<DeviceUse>
  slots = 0
  limit: number
  alone = false
  readonly running = new Map<Epoch, Assignment>()
  readonly stopping = new Map<Epoch, Stopping>()
  readonly ahead: Array<TaskEntry> = []
  heldFor: TaskId | undefined = undefined
  passage: OpenPassage | undefined = undefined
  open: number
  /** The latest reservations that asked for no device: the next task is mostly of their kind, and can share them. */
  #latest: Reservation | undefined = undefined
  #latestAhead: Reservation | undefined = undefined

  constructor(spec: WorkerSpec, number: number) {
    this.spec = spec
    this.number = number
    this.limit = spec.limits.slots
    this.open = spec.isolation === "remote" ? 0 : Number.POSITIVE_INFINITY
    this.devices = spec.limits.devices.map(() => ({ share: Milli(0), memory: Milli(0) }))
  }

  /** What a task takes here that needs no device. */
  reservationOf(resources: ResourceVector): Reservation {
    if (this.#latest?.resources !== resources) {
      this.#latest = { workerId: this.spec.id, resources, devices: noDevices }
    }
    return this.#latest
  }

  /** What a task is promised here that is sent ahead. */
  promiseOf(resources: ResourceVector): Reservation {
    if (this.#latestAhead?.resources !== resources) {
      this.#latestAhead = { workerId: this.spec.id, resources, devices: noDevices, ahead: true }
    }
    return this.#latestAhead
  }
}
