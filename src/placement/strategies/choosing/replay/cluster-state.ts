import { takesWork, type WorkerRecord } from "../../../../ledger/index.ts"

/** How a cluster is loaded and made up. */
export interface ClusterState {
  /** Workers that take work. */
  readonly size: number
  /** Reserved slots as a share of all, 0–1. */
  readonly load: number
  /** How unevenly it is loaded: the Gini coefficient of the workers' loads, 0 (all the same) to 1. */
  readonly unevenness: number
  /** How different the workers are: the deviation of slots × speed as a share of their mean. */
  readonly variety: number
}

/** 0 where all values are the same, towards 1 the fewer have all. For values that are not negative. */
export const gini = (values: ReadonlyArray<number>): number => {
  const sum = values.reduce((all, value) => all + value, 0)
  if (!(sum > 0)) return 0
  const ranked = values.toSorted((a, b) => a - b)
  const weighted = ranked.reduce((all, value, index) => all + (2 * (index + 1) - ranked.length - 1) * value, 0)
  return weighted / (ranked.length * sum)
}

const variation = (values: ReadonlyArray<number>): number => {
  if (values.length === 0) return 0
  const mean = values.reduce((all, value) => all + value, 0) / values.length
  const variance = values.reduce((all, value) => all + (value - mean) ** 2, 0) / values.length
  return mean > 0 ? Math.sqrt(variance) / mean : 0
}

/** `speedOf`: of one slot, in any unit. */
export const clusterState = (
  workers: ReadonlyArray<WorkerRecord>,
  speedOf: (worker: WorkerRecord) => number
): ClusterState => {
  const active = workers.filter(({ phase }) => takesWork(phase))
  const slots = active.reduce((sum, { spec }) => sum + spec.limits.slots, 0)
  const used = active.reduce((sum, worker) => sum + worker.slots, 0)
  return {
    size: active.length,
    load: slots > 0 ? used / slots : 0,
    unevenness: gini(active.map((worker) => worker.slots / worker.spec.limits.slots)),
    variety: variation(active.map((worker) => worker.spec.limits.slots * speedOf(worker)))
  }
}

const share = (value: number): string => `${Math.round(100 * value)} %`

/** The state in words. */
export const describeCluster = ({ size, load, unevenness, variety }: ClusterState): string =>
  `${size} workers, load ${share(load)}, Gini ${unevenness.toFixed(2)}, capacities vary by ${share(variety)}`
