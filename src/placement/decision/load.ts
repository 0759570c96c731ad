import { takesWork, type WorkerRecord } from "../../ledger/index.ts"

/** Reserved slots as a share of those it may take; infinite where none is free or the phase takes no work. */
export const loadOf = (worker: WorkerRecord): number => {
  const { slots, limit } = worker
  return slots < limit && takesWork(worker.phase) ? slots / limit : Number.POSITIVE_INFINITY
}
