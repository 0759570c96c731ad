import type { DimensionedWorker, DimensionUse, WorkerLoad } from "../../../src/adaptation/index.ts"
import type { LedgerReader, WorkerRecord } from "../../../src/ledger/index.ts"
import type { Demand, TaskId, WorkerId } from "../../../src/model/index.ts"

/** Thousandths of a device. */
const whole = 1_000

const useOf = (
  { spec }: WorkerRecord,
  used: {
    readonly cpu: number | undefined
    readonly memory: number
    readonly network: number
    readonly devices: number
  }
): DimensionUse => {
  const { resources, devices } = spec.limits
  return {
    ...(used.cpu !== undefined && { cpu: used.cpu }),
    ...(resources.memory > 0 && { memory: used.memory / resources.memory }),
    ...(resources.network > 0 && { io: used.network / resources.network }),
    ...(devices.length > 0 && { accelerator: used.devices / (whole * devices.length) })
  }
}

/** What is in use of each dimension of the workers: compute as measured, the others as reserved. */
export const dimensionedWorkers = (
  ledger: LedgerReader,
  loads: ReadonlyArray<WorkerLoad>
): ReadonlyArray<DimensionedWorker> =>
  loads.flatMap(({ workerId, phase, utilisation }) => {
    const worker = ledger.worker(workerId)
    if (worker === undefined || (phase !== "up" && phase !== "warming")) return []
    const { memory, network } = worker.used
    const devices = worker.devices.reduce((sum, { share }) => sum + share, 0)
    return [{ workerId, use: useOf(worker, { cpu: utilisation, memory, network, devices }) }]
  })

const devicesOf = ({ devices }: Demand): number => devices.reduce((sum, { count, share }) => sum + count * share, 0)

/** What a task takes of a worker, as shares of what that has. Its compute is left to whoever measures it. */
export const dimensionShare = (ledger: LedgerReader, taskId: TaskId, workerId: WorkerId): DimensionUse => {
  const [task, worker] = [ledger.task(taskId), ledger.worker(workerId)]
  if (task === undefined || worker === undefined) return {}
  const { demand } = task.spec.requirements
  const { memory, network } = demand.resources
  return useOf(worker, { cpu: undefined, memory, network, devices: devicesOf(demand) })
}
