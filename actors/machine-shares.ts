import { statfsSync } from "node:fs"
import type { Detected, Settings, WorkerDefinition } from "../src/config/index.ts"
import { type Accelerator, acceleratorsOf, detectCapacity, type MachineReport } from "../src/execution/index.ts"
import { type Device, Milli, type WorkerId } from "../src/model/index.ts"
import type { MachineRecord } from "./machine-monitor.ts"

const gib = 1024 ** 3

/** What this machine has; storage as free where the process runs. */
const machine = () => {
  const { cores, memory, hostname, nodeVersion } = detectCapacity()
  const { bavail, bsize } = statfsSync(".")
  return { cores, memoryGiB: memory, storageGiB: (bavail * bsize) / gib, hostname, nodeVersion }
}

/** Memory is rounded down: none is to be given away that is not there. */
const deviceOf = ({ kind, index, memory = 0, computeCapability }: Accelerator): Device => ({
  kind,
  machineIndex: index,
  memory: Milli(Math.floor((1_000 * memory) / gib)),
  ...(computeCapability !== undefined && { computeCapability })
})

const keyOf = ({ kind, index, uuid }: Accelerator): string => `${kind} ${uuid ?? index}`

const versionsOf = ({ versions }: MachineReport): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(versions).flatMap(([name, found]) => (found.ok ? [[name, found.value]] : [])))

/** Whether the worker is to have what the machine has. */
export const asksForDevices = ({ capacity }: WorkerDefinition): boolean => capacity?.accelerators === "detect"

/**
 * What the machine has, shared out among its workers: memory and storage in equal parts, accelerators whole and each to
 * one worker, of those that ask for them.
 */
export class MachineShares {
  readonly #base: Omit<Detected, "devices" | "versions">
  readonly #record: MachineRecord
  readonly #holders = new Map<string, WorkerId>()
  readonly #isThere: (workerId: WorkerId) => boolean

  /** `isThere`: whether such a worker is still registered, and keeps what it was given. */
  constructor(
    { benchmark }: Pick<Settings, "benchmark">,
    record: MachineRecord,
    isThere: (workerId: WorkerId) => boolean
  ) {
    this.#base = { ...machine(), benchmark }
    this.#record = record
    this.#isThere = isThere
  }

  get cores(): number {
    return this.#base.cores
  }

  /** Deals the accelerators out to the workers that start together, each kind in turn from the first of them on. */
  deal(workerIds: ReadonlyArray<WorkerId>): void {
    const dealt = new Map<string, number>()
    for (const accelerator of this.#accelerators) {
      const before = dealt.get(accelerator.kind) ?? 0
      dealt.set(accelerator.kind, before + 1)
      const workerId = workerIds[before % workerIds.length]
      if (workerId !== undefined) this.#holders.set(keyOf(accelerator), workerId)
    }
  }

  /** A worker that comes later is given what nobody has; one that is there keeps to what it was given. */
  claim(workerId: WorkerId): void {
    if (this.#isThere(workerId)) return
    for (const accelerator of this.#accelerators) {
      const holder = this.#holders.get(keyOf(accelerator))
      if (holder === undefined || !this.#isThere(holder)) this.#holders.set(keyOf(accelerator), workerId)
    }
  }

  /** What is there for the worker. */
  for(workerId: WorkerId): Detected {
    const { latest } = this.#record
    const own = this.#accelerators.filter((accelerator) => this.#holders.get(keyOf(accelerator)) === workerId)
    return {
      ...this.#base,
      devices: own.map(deviceOf),
      ...(latest !== undefined && { versions: versionsOf(latest) })
    }
  }

  get #accelerators(): ReadonlyArray<Accelerator> {
    return this.#record.latest === undefined ? [] : acceleratorsOf(this.#record.latest)
  }
}
