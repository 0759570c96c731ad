import type { LedgerReader, WorkerRecord } from "../src/ledger/index.ts"
import type { Millis, TaskId, WorkerId } from "../src/model/index.ts"
import type { BallastEvent } from "./events.ts"
import type { Vitals } from "./vitals.ts"

/** Time on a worker's thread after which what was seen before counts for a third. */
const memory = 30_000

interface Begun {
  readonly workerId: WorkerId
  readonly at: Millis
  /** From the beginning, not from a checkpoint. */
  readonly whole: boolean
  /** Tasks on the worker, this one included. */
  readonly running: number
}

interface Pace {
  expected: number
  taken: number
}

/** What each worker's runs tell of its speed, and how far running tasks say they are. */
export class RunRecord {
  readonly #ledger: LedgerReader
  readonly #vitals: Vitals
  readonly #paces = new Map<WorkerId, Pace>()
  readonly #progress = new Map<TaskId, number>()
  readonly #begun = new Map<TaskId, Begun>()

  constructor(ledger: LedgerReader, vitals: Vitals) {
    this.#ledger = ledger
    this.#vitals = vitals
  }

  /**
   * Expected over observed run time, weighted by that time so that many small tasks do not outvote a large one; 1 is
   * ordinary. What tasks took from each other by sharing the thread is taken out. Until a task with an expected
   * duration has run there: weight × duty cycle, as declared.
   */
  speedOf({ spec }: WorkerRecord): number {
    const pace = this.#paces.get(spec.id)
    return pace === undefined ? spec.weight * spec.dutyCycle : pace.expected / pace.taken
  }

  progressOf(taskId: TaskId): number | undefined {
    return this.#progress.get(taskId)
  }

  readonly onEvent = (event: BallastEvent): void => {
    switch (event._tag) {
      case "WorkerRemoved":
        this.#paces.delete(event.workerId)
        return
      case "TaskProgressed":
        this.#progress.set(event.taskId, event.fraction)
        return
      case "TaskPlaced": {
        const { workerId } = event.reservation
        const whole = this.#ledger.task(event.taskId)?.state === undefined
        const running = this.#ledger.worker(workerId)?.running.size ?? 1
        this.#begun.set(event.taskId, { workerId, at: event.at, whole, running })
        return
      }
      case "TaskCompleted":
        this.#learn(event.taskId, event.at)
        return this.#forget(event.taskId)
      case "TaskFailed":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskQuarantined":
        return this.#forget(event.taskId)
    }
  }

  #learn(taskId: TaskId, now: Millis): void {
    const run = this.#begun.get(taskId)
    const worker = run === undefined ? undefined : this.#ledger.worker(run.workerId)
    const expected = this.#ledger.task(taskId)?.spec.expectedDuration
    // A run that went on from a checkpoint did only part of the work.
    if (run === undefined || worker === undefined || !run.whole || expected === undefined || now <= run.at) return
    const { id, dutyCycle } = worker.spec
    const busy = Math.min(1, (this.#vitals.beat(id)?.eventLoopUtilization ?? dutyCycle) / dutyCycle)
    const together = (run.running + worker.running.size + 1) / 2
    const taken = (now - run.at) / Math.max(1, together * busy)
    const pace = this.#paces.get(id) ?? { expected: 0, taken: 0 }
    const fade = Math.exp(-taken / memory)
    pace.expected = pace.expected * fade + expected
    pace.taken = pace.taken * fade + taken
    this.#paces.set(id, pace)
  }

  #forget(taskId: TaskId): void {
    this.#progress.delete(taskId)
    this.#begun.delete(taskId)
  }
}
