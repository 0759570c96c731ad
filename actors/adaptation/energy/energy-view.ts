import {
  declaresPower,
  type EvacuationWorker,
  type HardwareProfiles,
  type PerformanceBook,
  type PooledWorker,
  type RestlessTask,
  type RunningTask,
  sureSpeed,
  workPerJoule
} from "../../../src/adaptation/index.ts"
import type { Settings } from "../../../src/config/index.ts"
import { isAtHand, type LedgerReader, takesWork, type WorkerRecord } from "../../../src/ledger/index.ts"
import { type PowerModel, resourceNames, type WorkerId } from "../../../src/model/index.ts"
import type { Vitals } from "../health/vitals.ts"

/** What the use of energy is built from. */
export interface EnergySources {
  readonly ledger: LedgerReader
  readonly vitals: Vitals
  readonly performance: PerformanceBook
  readonly profiles: HardwareProfiles
  readonly hardware: Settings["hardware"]
  /** What the worker draws as somebody has measured it for long enough. */
  readonly measured?: (workerId: WorkerId) => PowerModel | undefined
}

/** What the worker draws, where that is declared of its hardware or was measured; `undefined` where it is a guess. */
export const powerOf = (
  { hardware, profiles, measured }: EnergySources,
  { spec }: WorkerRecord
): PowerModel | undefined => {
  const kind = spec.capabilities.hardware
  const declared = Object.hasOwn(hardware, kind) ? hardware[kind] : undefined
  return declared !== undefined && declaresPower(declared) ? profiles.of(spec.id).power : measured?.(spec.id)
}

/** The share of the worker in use, 0–1, by whatever of it is scarcest: slots, resources, devices or its thread's time. */
export const fullnessOf = (
  { slots, limit, used, devices, spec }: WorkerRecord,
  beat: { readonly eventLoopUtilization: number } | undefined
): number => {
  if (slots === 0) return 0
  const { resources } = spec.limits
  let most = Math.max(slots / limit, (beat?.eventLoopUtilization ?? 0) / spec.dutyCycle)
  for (const name of resourceNames) if (resources[name] > 0) most = Math.max(most, used[name] / resources[name])
  if (devices.length > 0)
    most = Math.max(most, devices.reduce((sum, { share }) => sum + share, 0) / devices.length / 1_000)
  return Math.min(1, most)
}

/** Work for a joule that the worker would do at that share of it; 0 where it is not known what it draws. */
export const worthOf = (sources: EnergySources, worker: WorkerRecord, target: number): number => {
  const power = powerOf(sources, worker)
  return power === undefined ? 0 : workPerJoule({ ...engineOf(sources, worker), power }, target)
}

const engineOf = ({ performance: { times } }: EnergySources, { spec, limit }: WorkerRecord) => {
  const { id, weight, dutyCycle } = spec
  return { slots: limit, speed: sureSpeed(weight * dutyCycle, times.speedOf(id), times.speedAtMost(id)) }
}

/** The workers as consolidation sees them: those that take work, and those that rest. */
export const pooledWorkers = (sources: EnergySources): ReadonlyArray<PooledWorker> =>
  [...sources.ledger.workers.values()]
    .filter(({ phase }) => isAtHand(phase))
    .map((worker) => {
      const power = powerOf(sources, worker)
      return {
        workerId: worker.spec.id,
        isAwake: takesWork(worker.phase),
        mayRest: worker.phase === "up" && worker.heldFor === undefined,
        ...engineOf(sources, worker),
        fullness: fullnessOf(worker, sources.vitals.beat(worker.spec.id)),
        ...(power !== undefined && { power })
      }
    })

/** The workers as evacuation sees them. */
export const evacuationWorkers = (sources: EnergySources): ReadonlyArray<EvacuationWorker> =>
  pooledWorkers(sources).map(({ workerId, isAwake, power, slots, speed }) => ({
    workerId,
    isAwake,
    health: sources.vitals.of(workerId),
    slots,
    speed,
    running: sources.ledger.worker(workerId)?.slots ?? slots,
    ...(power !== undefined && { power })
  }))

/** Tasks on workers that rest. `moveSeconds`: what a move takes; `isFree`: neither on its way nor lately moved. */
export const restlessTasks = (
  tasks: ReadonlyArray<RunningTask>,
  { ledger }: EnergySources,
  moveSeconds: (task: RunningTask) => number,
  isFree: (task: RunningTask) => boolean
): ReadonlyArray<RestlessTask> =>
  tasks.flatMap((task) => {
    const worker = ledger.worker(task.workerId)
    if (worker?.phase !== "resting") return []
    const { taskId, epoch, type, workerId, checkpointed, leftMs } = task
    return [
      {
        taskId,
        epoch,
        type,
        workerId,
        isMovable: checkpointed && isFree(task),
        moveSeconds: moveSeconds(task),
        ...(leftMs !== undefined && { remainingSeconds: leftMs / 1_000 })
      }
    ]
  })
