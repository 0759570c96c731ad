import type { HardwareProfiles, TaskFitness } from "../../../src/adaptation/index.ts"
import type { LedgerReader, TaskRecord, WorkerRecord } from "../../../src/ledger/index.ts"
import type { WorkerId } from "../../../src/model/index.ts"
import type { RunTimesView } from "../../../src/placement/index.ts"

/** Where hardware weighs. */
export interface HardwareSources {
  readonly ledger: LedgerReader
  readonly profiles: HardwareProfiles
  readonly times: Pick<RunTimesView, "speedAtMost">
}

/**
 * How much faster a task that prefers a kind of hardware is where there is some, by the profile of that kind (G4). Only as
 * long as nothing better is known: neither the worker declares how fast it is, nor have runs shown it.
 */
export const hardwareFitness =
  ({ ledger, profiles, times }: HardwareSources) =>
  ({ spec }: TaskRecord): TaskFitness | undefined => {
    const { hardware } = spec.requirements
    if (hardware === undefined) return undefined
    return (workerId: WorkerId): number => {
      const worker = ledger.worker(workerId)
      if (worker === undefined || !hasIt(worker, hardware)) return 1
      if (worker.spec.weight !== 1 || times.speedAtMost(workerId, spec.type) < Number.POSITIVE_INFINITY) return 1
      return profiles.kind(hardware).performance
    }
  }

const hasIt = ({ spec: { capabilities, limits } }: WorkerRecord, hardware: string): boolean =>
  capabilities.hardware === hardware || limits.devices.some(({ kind }) => kind === hardware)
