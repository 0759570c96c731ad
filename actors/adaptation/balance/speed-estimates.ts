import type { SpeedEstimate, SpeedView } from "../../../src/adaptation/index.ts"
import type { LedgerReader, WorkerRecord } from "../../../src/ledger/index.ts"
import type { WorkerId } from "../../../src/model/index.ts"
import { type PoolSpeeds, poolSpeeds, type RunTimesView } from "../../../src/placement/index.ts"

/** The doubt of a speed that was declared, as long as nothing speaks against it … */
const declared = 0.15
/** … and the least doubt of any, however many runs were compared. */
const least = 0.05
/** The standard errors that `PoolSpeeds.atMost` is above `PoolSpeeds.of`. */
const benefit = 2
/** Standard errors from which on a worker is another than it declares … */
const proven = 2
/** … and by how many that is doubted: of many workers, the one that looks fastest was also the luckiest. */
const doubted = 3

interface Known {
  readonly speeds: PoolSpeeds
  /** By how much those that were compared are faster than they declare, in the mean. */
  readonly level: number
}

const declaredBy = ({ spec: { weight, dutyCycle } }: WorkerRecord): number => weight * dutyCycle

const isCompared = (speeds: PoolSpeeds, workerId: WorkerId): boolean =>
  speeds.atMost(workerId) !== Number.POSITIVE_INFINITY

const knownOf = (speeds: PoolSpeeds, workers: ReadonlyArray<WorkerRecord>): Known => {
  const compared = workers.filter(({ spec }) => isCompared(speeds, spec.id))
  const sum = compared.reduce((sum, worker) => sum + Math.log(speeds.of(worker.spec.id) / declaredBy(worker)), 0)
  return { speeds, level: compared.length === 0 ? 1 : Math.exp(sum / compared.length) }
}

const estimateOf = (worker: WorkerRecord, { speeds, level }: Known): SpeedEstimate => {
  const { id } = worker.spec
  const said = declaredBy(worker)
  const speed = speeds.of(id)
  if (!isCompared(speeds, id)) {
    // Of one that was measured at its start, or has joined since, more is known than it declares.
    return { speed: speed === said ? said * level : speed, doubt: declared }
  }
  const error = Math.log(speeds.atMost(id) / speed) / benefit
  const doubt = Math.max(least, doubted * error)
  const isAsDeclared = Math.abs(Math.log(speed / (said * level))) <= proven * error
  return isAsDeclared ? { speed: said * level, doubt: Math.min(declared, doubt) } : { speed, doubt }
}

/**
 * How fast workers are at each type, less what is likely to be chance: as they declare until their runs prove otherwise.
 * Of one moment, worked out once for each type.
 */
export const speedEstimates = (ledger: LedgerReader, times: RunTimesView): SpeedView => {
  const workers = [...ledger.workers.values()]
  const byType = new Map<string, Known>()
  return {
    of(workerId, type) {
      const worker = ledger.worker(workerId)
      if (worker === undefined) return undefined
      const known = byType.get(type) ?? knownOf(poolSpeeds(times, type, workers), workers)
      byType.set(type, known)
      return estimateOf(worker, known)
    }
  }
}
