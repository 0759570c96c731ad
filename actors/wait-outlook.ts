import { type WaitEstimate, WaitRecord } from "../src/adaptation/index.ts"
import { isAtHand, type LedgerReader, type TaskRecord } from "../src/ledger/index.ts"
import type { LedgerEvent, Millis, Priority } from "../src/model/index.ts"
import { crowding } from "../src/placement/index.ts"
import type { RunRecord } from "./run-record.ts"

/** Milliseconds for which the workers' speed in sum is taken to stay as it is. */
const lasting = 100

/** A task whose wait is held against what it was estimated to be. */
interface Probe {
  readonly task: TaskRecord
  readonly estimated: Millis
}

export interface WaitOutlookOptions {
  readonly ledger: LedgerReader
  readonly runs: Pick<RunRecord, "speedOf" | "busy">
  /** Mean work of tasks that do not say how long they take, in milliseconds at speed 1. */
  readonly meanWork: () => Millis
}

/**
 * How long tasks wait before they begin, by Little's law: the work that goes before ÷ the speed of all workers together,
 * put right by how earlier estimates came out. Of each priority one task at a time is followed for that.
 */
export class WaitOutlook {
  readonly #options: WaitOutlookOptions
  readonly #record = new WaitRecord()
  readonly #probes = new Map<Priority, Probe>()
  #lookedAt = Number.NEGATIVE_INFINITY
  #speed = 0
  #speedAt = Number.NEGATIVE_INFINITY

  constructor(options: WaitOutlookOptions) {
    this.#options = options
  }

  /** For a task of the priority that comes now. */
  of(priority: Priority, now: Millis): WaitEstimate {
    return this.#record.correct(priority, this.#workedOut(priority, now))
  }

  all(now: Millis): Readonly<Record<Priority, WaitEstimate>> {
    return {
      critical: this.of("critical", now),
      high: this.of("high", now),
      normal: this.of("normal", now),
      low: this.of("low", now),
      minimal: this.of("minimal", now)
    }
  }

  readonly onEvent = (event: LedgerEvent, task: TaskRecord | undefined): void => {
    switch (event._tag) {
      case "TaskAccepted":
        return this.#accepted(task, event.at)
      case "TaskPlaced": {
        if (task === undefined || task.attempts !== 1) return
        const probe = this.#probes.get(task.spec.priority)
        if (probe?.task !== task) return
        this.#probes.delete(task.spec.priority)
        return this.#record.add(task.spec.priority, probe.estimated, event.at - task.acceptedAt)
      }
      case "TaskParked":
        // It waits for somebody to come, and says nothing of the others.
        if (task !== undefined && this.#probes.get(task.spec.priority)?.task === task) {
          this.#probes.delete(task.spec.priority)
        }
        return
      case "WorkerAdded":
      case "WorkerRemoved":
      case "WorkerPhaseChanged":
      case "WorkerLimited":
        this.#speedAt = Number.NEGATIVE_INFINITY
    }
  }

  #accepted(task: TaskRecord | undefined, now: Millis): void {
    // Of those that come together the first stands for all.
    if (task === undefined || now === this.#lookedAt) return
    this.#lookedAt = now
    const { priority, queueTimeout, concurrencyKey, expectedDuration } = task.spec
    // What waits for its key, or ends before its turn, says nothing of the others.
    if (concurrencyKey !== undefined || queueTimeout !== undefined) return
    const before = this.#probes.get(priority)
    if (before !== undefined && before.task.status === "queued" && before.task.attempts === 0) return
    // It stands in the queue already.
    const estimated = this.#workedOut(priority, now, expectedDuration ?? this.#options.meanWork())
    if (estimated > 0) this.#probes.set(priority, { task, estimated })
  }

  /** `own`: work of one that stands in the queue already and does not wait for itself. */
  #workedOut(priority: Priority, now: Millis, own?: Millis): Millis {
    const { ledger, meanWork } = this.#options
    const { tasks, declaredMs, undeclared } = ledger.workAhead(priority)
    const ahead = own === undefined ? tasks : tasks - 1
    const work = declaredMs + undeclared * meanWork() - (own ?? 0)
    if (ahead <= 0 || !(work > 0)) return 0
    const speed = this.#speedNow(now)
    // And until the first of those that run lets go of its slot.
    return speed > 0 ? (work * (ahead + 1)) / ahead / speed : 0
  }

  /** Work that all workers do together in a millisecond. */
  #speedNow(now: Millis): number {
    if (now - this.#speedAt < lasting) return this.#speed
    const { ledger, runs } = this.#options
    let speed = 0
    for (const worker of ledger.workers.values()) {
      if (!isAtHand(worker.phase)) continue
      const { limit, spec } = worker
      const shared = spec.limits.slots === 1 ? 1 : crowding(limit, runs.busy(spec.id))
      speed += (runs.speedOf(worker) * limit) / shared
    }
    this.#speed = speed
    this.#speedAt = now
    return speed
  }
}
