import type { DataPort } from "./data-port.ts"
import type { WorkerMessage, WorkerReport } from "./protocol.ts"
import { addParts, sharesParts } from "./shared-parts.ts"

/** Reports of one moment go together, even if brief runs begin in between. Milliseconds. */
const moment = 0.05

/** Reports on their way to the owner: those of one turn of the event loop go as one array, in order. */
export class Outbox {
  readonly #port: Pick<DataPort<never, WorkerMessage>, "postMessage">
  readonly #replace: (refused: WorkerReport) => WorkerReport | undefined
  #reports: Array<WorkerReport> = []
  #scheduled = false
  #flushedAt = 0
  #isUrgent = false
  readonly #values = new Set<unknown>()
  #turn = 0

  /** `replace` says what goes in the place of a report that cannot be cloned. */
  constructor(
    port: Pick<DataPort<never, WorkerMessage>, "postMessage">,
    replace: (refused: WorkerReport) => WorkerReport | undefined
  ) {
    this.#port = port
    this.#replace = replace
  }

  /** Counts the arrays sent: what was pushed in the same turn is still here. */
  get turn(): number {
    return this.#turn
  }

  /** `isUrgent`: somebody counts the time until it arrives. */
  push(report: WorkerReport, isUrgent = false): void {
    if (report._tag === "Completed") this.#keepApart(report.value)
    if (isUrgent) this.#isUrgent = true
    this.#reports.push(report)
    if (this.#scheduled) return
    this.#scheduled = true
    // A tick asked for by a microtask comes when all microtasks are done: what settles together goes together.
    queueMicrotask(() => process.nextTick(this.flush))
  }

  /**
   * Sends what is here before a run begins at `now`: it must not wait for that to end. Before one that is brief it may, if
   * nothing is urgent and the latest left a moment ago.
   */
  flushBefore(now: number, isBrief: boolean): void {
    if (this.#reports.length === 0 || (isBrief && !this.#isUrgent && now - this.#flushedAt < moment)) return
    this.#flushedAt = now
    this.flush()
  }

  /** One array keeps what is the same in two results the same: they would be no copies of each other's. */
  #keepApart(value: unknown): void {
    if (typeof value !== "object" || value === null) return
    if (sharesParts(value, this.#values)) this.flush()
    addParts(value, this.#values)
  }

  readonly flush = (): void => {
    this.#scheduled = false
    if (this.#reports.length === 0) return
    const reports = this.#reports
    this.#reports = []
    this.#isUrgent = false
    if (this.#values.size > 0) this.#values.clear()
    this.#turn++
    try {
      this.#post(reports)
    } catch {
      this.#postEach(reports)
    }
  }

  /** One report that cannot be cloned must not take the others of its array with it. */
  #postEach(reports: ReadonlyArray<WorkerReport>): void {
    const ended = new Set<number>()
    for (const report of reports) {
      if (ended.has(report.epoch)) continue
      try {
        this.#post([report])
      } catch {
        const instead = this.#replace(report)
        if (instead === undefined) continue
        if (instead._tag === "Rejected") ended.add(instead.epoch)
        this.#post([instead])
      }
    }
  }

  #post(reports: ReadonlyArray<WorkerReport>): void {
    this.#port.postMessage({ _tag: "Reports", reports } satisfies WorkerMessage)
  }
}
