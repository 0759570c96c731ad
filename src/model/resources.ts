import type { Milli } from "./units.ts"

/** The countable resources of a worker, beside its accelerators and its slots. */
export const resourceNames = ["cpu", "memory", "network", "storage"] as const

export type ResourceName = (typeof resourceNames)[number]

/** Cores, GiB, Mbps and GiB, each in thousandths. */
export type ResourceVector = Readonly<Record<ResourceName, Milli>>

/** One accelerator of a worker. `memory` in thousandths of a GiB. */
export interface Device {
  readonly kind: string
  readonly memory: Milli
  /** CUDA compute capability, such as 8.6. */
  readonly computeCapability?: number
  /** By which the machine's own tools speak of it, where it was found there. */
  readonly machineIndex?: number
}

/** What a task asks of the accelerators of one kind: a share of one device, or several whole devices. */
export interface DeviceDemand {
  readonly kind: string
  /** Devices asked for: 1 for a share of one, otherwise a count of whole devices. */
  readonly count: number
  /** Of each of those devices: 1…1000 thousandths. */
  readonly share: Milli
  /** Of each of those devices, in thousandths of a GiB. */
  readonly memory: Milli
  /** The least compute capability of each of those devices. */
  readonly computeCapability?: number
}

/** What a worker can give, ceilings already applied: whatever is reserved stays at or below this. */
export interface Limits {
  readonly resources: ResourceVector
  readonly devices: ReadonlyArray<Device>
  /** Tasks that may run at once. */
  readonly slots: number
}

/** What one running task takes: one slot, or all where it is `whole`, and these. */
export interface Demand {
  readonly resources: ResourceVector
  readonly devices: ReadonlyArray<DeviceDemand>
  /** The worker to itself: it takes all slots of one where nothing else is, and nobody joins it there. */
  readonly whole?: true
  /** Whoever submitted it runs it, there, by itself: nothing is sent, so a worker that pulls need not have asked. */
  readonly external?: true
}

/** A share of one device of a worker, by its index in `Limits.devices`. */
export interface DeviceShare {
  readonly device: number
  readonly share: Milli
  readonly memory: Milli
}

/** What is held on one worker for one task, from commit to release: a slot, or all where it is `whole`, and these. */
export interface Reservation {
  readonly workerId: string
  readonly resources: ResourceVector
  readonly devices: ReadonlyArray<DeviceShare>
  /** The run was sent ahead: it waits at the worker and holds nothing until one before it gives its slot back. */
  readonly ahead?: true
  /** The task has the worker to itself. */
  readonly whole?: true
}
