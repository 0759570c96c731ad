import { describeRefusal, type Refusal, type WorkerRecord } from "../../ledger/index.ts"
import type { TaskSpec, WorkerId } from "../../model/index.ts"
import { Nonsense } from "../decision/nonsense.ts"
import type { Strategy } from "../strategy.ts"
import type { PlacementView } from "../view.ts"

/**
 * The ledger's part of a placement: checks again, reserves and commits, or says why not. `devices`: the indexes of those
 * the task is to have; left out, the ledger chooses.
 */
export type Committer = (workerId: WorkerId, devices?: ReadonlyArray<number>) => Refusal | undefined

/** The devices the strategy names; `undefined`: it leaves them to the ledger. Throws what it throws, and `Nonsense`. */
const devicesBy = (
  strategy: Strategy,
  task: TaskSpec,
  worker: WorkerRecord,
  view: PlacementView
): ReadonlyArray<number> | undefined => {
  if (strategy.devices === undefined || task.requirements.demand.devices.length === 0) return undefined
  const named: unknown = strategy.devices(task, worker, view)
  if (named === undefined) return undefined
  if (!Array.isArray(named)) throw new Nonsense(`named ${String(named)} as devices, which is no list of their indexes`)
  return Array.from<number>(named)
}

/**
 * Commits the task to the worker, on the devices the strategy names. Where it names none the ledger's own rule decides;
 * where it throws, or names some that will not do, too, and `report` is told. Gives the ledger's refusal.
 */
export const commitOn = (
  strategy: Strategy,
  task: TaskSpec,
  worker: WorkerRecord,
  view: PlacementView,
  commit: Committer,
  report: (cause: unknown) => void
): Refusal | undefined => {
  const workerId = worker.spec.id
  let devices: ReadonlyArray<number> | undefined
  try {
    devices = devicesBy(strategy, task, worker, view)
  } catch (cause) {
    report(cause)
  }
  if (devices === undefined) return commit(workerId)
  const refusal = commit(workerId, devices)
  if (refusal?._tag !== "UnsuitableDevices") return refusal
  report(new Nonsense(`named devices that will not do: ${describeRefusal(refusal)}`))
  return commit(workerId)
}
