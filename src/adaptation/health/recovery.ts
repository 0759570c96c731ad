import type { Millis, WorkerId, WorkerPhase } from "../../model/index.ts"

/** What is known of one worker, as far as moving tasks is concerned. */
export interface WorkerCondition {
  readonly workerId: WorkerId
  readonly phase: WorkerPhase
  /** Whether its tasks are better off elsewhere, as it was judged last. */
  readonly isIll: boolean
  /** When a thread of it was last lost; `undefined`: never. */
  readonly lostAt: Millis | undefined
}

export interface Recovery {
  /** Workers whose running tasks should go on elsewhere, from where they have saved their state. */
  readonly evacuate: ReadonlySet<WorkerId>
  /** Whether the system is getting over a loss: nothing moves for balance meanwhile (G7). */
  readonly recovering: boolean
}

export interface RecoverySettings {
  /** Time after a loss in which loads are still settling. Default 5 s. */
  readonly settling: Millis
  /** Time that a lost worker is waited for. Default 30 s. */
  readonly waiting: Millis
}

export const recoveryDefaults: RecoverySettings = { settling: 5_000, waiting: 30_000 }

const isOpen = ({ phase }: WorkerCondition): boolean => phase === "up" || phase === "warming"
const isSick = (worker: WorkerCondition): boolean => worker.phase === "ejected" || (isOpen(worker) && worker.isIll)

/**
 * Who is to be cleared, and whether balance has to wait. Where half of the pool or more is sick, nobody is cleared: that is
 * load, or the tasks, and moving them would add to it.
 */
export const recoveryOf = (
  workers: ReadonlyArray<WorkerCondition>,
  { settling, waiting }: RecoverySettings,
  now: Millis
): Recovery => {
  const sick = workers.filter(isSick)
  const sound = workers.filter((worker) => isOpen(worker) && !isSick(worker))
  const evacuate = sick.length < sound.length ? new Set(sick.map(({ workerId }) => workerId)) : new Set<WorkerId>()
  const recovering = workers.some(({ phase, lostAt }) => {
    if (lostAt === undefined) return false
    const since = now - lostAt
    return since < settling || (phase === "starting" && since < waiting)
  })
  return { evacuate, recovering }
}
