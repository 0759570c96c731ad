import type { WorkerReport } from "../../../src/execution/index.ts"
import type { Epoch, WorkerId } from "../../../src/model/index.ts"
import { endsRun, type RunReport } from "../../worker-node.ts"

/** How far a run says it is; `undefined` where the report does not say. */
const progressOf = (report: RunReport): number | undefined => (report._tag === "Progress" ? report.fraction : undefined)

/**
 * I6: what a worker's threads say gets to the coordinator in the order in which it left them, if at all; nothing of a run
 * comes after its end, and no run falls back.
 */
export class ReportOrder {
  readonly #violations: Array<string>
  /** When each report left its thread. */
  readonly #left = new WeakMap<RunReport, number>()
  #said = 0
  readonly #latest = new Map<WorkerId, number>()
  readonly #ended = new Set<Epoch>()
  readonly #progress = new Map<Epoch, number>()

  constructor(violations: Array<string>) {
    this.#violations = violations
  }

  leaves(report: WorkerReport): void {
    this.#said += 1
    this.#left.set(report, this.#said)
  }

  arrive(workerId: WorkerId, batch: ReadonlyArray<RunReport>): void {
    for (const report of batch) this.#arrives(workerId, report)
  }

  #arrives(workerId: WorkerId, report: RunReport): void {
    const { _tag, epoch } = report
    // What the node itself says of a run has left no thread.
    const left = this.#left.get(report)
    const latest = this.#latest.get(workerId) ?? 0
    if (left !== undefined && left <= latest) {
      this.#violations.push(`I6: ${_tag} of epoch ${epoch} gets past what left ${workerId} before it`)
    }
    if (left !== undefined) this.#latest.set(workerId, left)
    if (this.#ended.has(epoch)) this.#violations.push(`I6: ${_tag} of epoch ${epoch} comes after its end`)
    if (endsRun(report)) this.#ended.add(epoch)
    const progress = progressOf(report)
    if (progress === undefined) return
    const before = this.#progress.get(epoch) ?? 0
    if (progress < before) this.#violations.push(`I6: epoch ${epoch} falls back from ${before} to ${progress}`)
    this.#progress.set(epoch, progress)
  }
}
