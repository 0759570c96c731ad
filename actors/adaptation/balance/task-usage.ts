import {
  closedBecause,
  DemandBook,
  type OpenTask,
  type ReliefState,
  type ReliefWorker,
  type RunningTask,
  type WorkerLoad
} from "../../../src/adaptation/index.ts"
import type { LedgerReader, WorkerRecord } from "../../../src/ledger/index.ts"
import type { Millis } from "../../../src/model/index.ts"
import type { BallastEvent, BallastEventTag } from "../../events.ts"
import type { LoadSources } from "./worker-loads.ts"

/** Cores in use by the runs of a worker, by their epochs. */
export type UsageByEpoch = Readonly<Record<number, number>>

/** A task on a thread that has run for so long is taken for a service. */
const settled: Millis = 300_000

/** Thousandths. */
const milli = 1_000

/** What tasks without a known end were seen to use: it outlives whoever decides by it. */
export class TaskUsage {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = [
    "TaskCompleted",
    "TaskFailed",
    "TaskCancelled",
    "TaskExpired",
    "TaskQuarantined"
  ]
  readonly #ledger: LedgerReader
  readonly #book = new DemandBook()

  constructor(ledger: LedgerReader) {
    this.#ledger = ledger
  }

  readonly onEvent = (event: BallastEvent): void => {
    if (this.#book.size > 0 && "taskId" in event) this.#book.forget(event.taskId)
  }

  /** A worker has told what its runs use. What is not running there, or not any more, is passed over. */
  told(worker: WorkerRecord, usage: UsageByEpoch, speed: number): void {
    for (const { taskId, epoch } of worker.running.values()) {
      const cores = usage[epoch]
      const type = this.#ledger.task(taskId)?.spec.type
      if (cores !== undefined && type !== undefined) this.#book.observe(taskId, type, cores * speed)
    }
  }

  /**
   * A thread that runs one task only has told of that task. Of several nobody can say which used what; and only one that
   * has run for some time is taken to go on, since nobody has said that it will.
   */
  look({ vitals, runs, ledger }: LoadSources, tasks: ReadonlyArray<RunningTask>): void {
    for (const { taskId, workerId, type, runningMs } of tasks.filter(isOpen)) {
      if (runningMs < settled) continue
      const worker = ledger.worker(workerId)
      const beat = vitals.beat(workerId)
      if (worker === undefined || worker.running.size !== 1 || isOutside(worker) || beat === undefined) continue
      const share = Math.min(1, beat.eventLoopUtilization / worker.spec.dutyCycle)
      this.#book.observe(taskId, type, share * runs.speedOf(worker))
    }
  }

  /** What `relieve` decides by; `undefined` where nothing is known of any task. */
  state(
    { runs, ledger }: LoadSources,
    tasks: ReadonlyArray<RunningTask>,
    loads: ReadonlyArray<WorkerLoad>,
    minHealth: number
  ): Omit<ReliefState, "fits" | "memory"> | undefined {
    const open = tasks.filter(isOpen).flatMap((task): ReadonlyArray<OpenTask> => {
      const demand = this.#book.of(task.taskId)
      const { taskId, epoch, workerId, type, checkpointed, stateBytes } = task
      return demand === undefined ? [] : [{ taskId, epoch, workerId, type, demand, checkpointed, stateBytes }]
    })
    if (open.length === 0) return undefined
    const known = Map.groupBy(open, ({ workerId }) => workerId)
    const workers = loads.flatMap((load): ReadonlyArray<ReliefWorker> => {
      const worker = ledger.worker(load.workerId)
      if (worker === undefined) return []
      const capacity = coresOf(worker) * runs.speedOf(worker)
      const told = (known.get(load.workerId) ?? []).reduce((sum, { demand }) => sum + demand.mean, 0)
      // A worker that runs nothing else is as loaded as its tasks are.
      const others = worker.running.size > (known.get(load.workerId)?.length ?? 0)
      const base = others ? Math.max(0, load.utilisation * capacity - told) : 0
      const closed = closedBecause(load, minHealth)
      return [{ workerId: load.workerId, capacity, base, ...(closed !== undefined && { closed }) }]
    })
    return { tasks: open, workers }
  }

  /** Of how many tasks something is known. */
  get size(): number {
    return this.#book.size
  }
}

/** Without a known end: nobody can say how much of it is left. */
const isOpen = ({ leftMs, expectedMs, progress }: RunningTask): boolean =>
  leftMs === undefined && expectedMs === undefined && progress === undefined

const isOutside = ({ spec }: WorkerRecord): boolean => spec.isolation === "remote"

/** A thread computes on one core, whatever it has reserved. */
const coresOf = (worker: WorkerRecord): number => (isOutside(worker) ? worker.spec.limits.resources.cpu / milli : 1)
