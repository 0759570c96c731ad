import type { DataPort } from "./data-port.ts"
import type { WorkerMessage, WorkerReport } from "./protocol.ts"

/** Reports on their way to the owner: those of one turn of the event loop go as one array, in order. */
export class Outbox {
  readonly #port: Pick<DataPort<never, WorkerMessage>, "postMessage">
  readonly #replace: (refused: WorkerReport) => WorkerReport | undefined
  #reports: Array<WorkerReport> = []
  #scheduled = false
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

  push(report: WorkerReport): void {
    this.#reports.push(report)
    if (this.#scheduled) return
    this.#scheduled = true
    // A tick asked for by a microtask comes when all microtasks are done: what settles together goes together.
    queueMicrotask(() => process.nextTick(this.flush))
  }

  readonly flush = (): void => {
    this.#scheduled = false
    if (this.#reports.length === 0) return
    const reports = this.#reports
    this.#reports = []
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
