import { takesWork, type WorkerRecord } from "../../ledger/index.ts"

/** Reserved slots as a share of the worker's slots; infinite where none is free or the phase takes no work. */
export const loadOf = (worker: WorkerRecord): number => {
  const { slots } = worker.spec.limits
  return worker.slots < slots && takesWork(worker.phase) ? worker.slots / slots : Number.POSITIVE_INFINITY
}
