import { fitsNow, type WorkerRecord } from "../../ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../../model/index.ts"
import type { Decision } from "../decision/decide.ts"
import { loadOf } from "../decision/load.ts"
import type { Candidate, RefusedWorker } from "../explanation/explanation.ts"
import { type Declined, describeDeclined, type Judgement } from "../patience/patience.ts"
import type { PlacementView } from "../view.ts"
import type { Answer } from "./answer.ts"
import type { PlaceOptions, Proposal } from "./proposal.ts"

/** The free workers that one task should not go to, as far as it has come to that. */
export class Choosiness {
  readonly out: Set<WorkerId>
  readonly refused: Array<RefusedWorker>
  readonly #task: TaskSpec
  readonly #view: PlacementView
  readonly #now: Millis
  readonly #complete: boolean
  /** Those the ledger will not have: no use in waiting for them. */
  #hopeless: Set<WorkerId> | undefined
  /** What patience says, until a worker is refused; asked once there is a worker to be judged. */
  #judgement: { readonly says: Judgement | undefined } | undefined
  #reconsiderAt = Number.POSITIVE_INFINITY

  constructor(
    task: TaskSpec,
    view: PlacementView,
    now: Millis,
    { complete = false, judgement }: PlaceOptions,
    refused?: ReadonlySet<WorkerId>,
    reason = "refused before"
  ) {
    this.#complete = complete
    this.#task = task
    this.#view = view
    this.#now = now
    this.out = new Set(refused)
    this.refused = [...this.out].map((workerId): RefusedWorker => ({ workerId, reason }))
    if (refused !== undefined) this.#hopeless = new Set(refused)
    if (judgement !== undefined) this.#judgement = { says: judgement }
  }

  refuse(workerId: WorkerId, reason: string): void {
    this.refused.push({ workerId, reason })
    this.#hopeless = (this.#hopeless ?? new Set()).add(workerId)
    this.out.add(workerId)
    this.#judgement = undefined
  }

  /**
   * What becomes of the strategy's answer. Where its worker is declined, every other free one that should be is too, in
   * the same go, and the strategy is to be asked again: `undefined`. In a large pool the answer is then the least loaded
   * of those that patience knows to be worth it, or nobody for now.
   */
  settleOn(answer: Answer): Answer | undefined {
    const { worker } = answer.decision
    const judgement = worker && this.#judge()
    const declined = worker && judgement?.declines(worker)
    if (judgement === undefined || declined === undefined) return answer
    this.#note(declined)
    const { worthIt } = judgement
    if (worthIt === undefined) {
      this.#declineOthers(judgement)
      return undefined
    }
    const least = this.#leastLoaded(worthIt)
    if (this.#complete) return { ...answer, ...this.#amongAll(answer.decision, least, judgement) }
    const candidates = least === undefined ? [] : [{ workerId: least.spec.id }]
    return { ...answer, decision: { worker: least, candidates } }
  }

  /** Asks for no more of them once one is empty. */
  #leastLoaded(worthIt: Iterable<WorkerRecord>): WorkerRecord | undefined {
    let least: WorkerRecord | undefined
    let lowest = Number.POSITIVE_INFINITY
    for (const worker of worthIt) {
      const load = this.out.has(worker.spec.id) ? Number.POSITIVE_INFINITY : loadOf(worker)
      if (load >= lowest) continue
      least = worker
      lowest = load
      if (load === 0) break
    }
    return least
  }

  /** The decision with all that fit: those that are worth it, and why not the others. The strategy's scores decided nothing. */
  #amongAll({ candidates }: Decision, worker: WorkerRecord | undefined, judgement: Judgement) {
    const worthIt = new Set<WorkerId>()
    for (const { spec } of judgement.worthIt ?? []) worthIt.add(spec.id)
    const others = candidates.map(({ workerId }) => workerId).filter((workerId) => !this.out.has(workerId))
    const byId = new Map(this.#view.workers.map((each) => [each.spec.id, each]))
    return {
      decision: {
        worker,
        candidates: others.filter((workerId) => worthIt.has(workerId)).map((workerId): Candidate => ({ workerId }))
      },
      leftOut: others
        .filter((workerId) => !worthIt.has(workerId))
        .map((workerId): RefusedWorker => {
          const other = byId.get(workerId)
          return { workerId, reason: this.#whyNot(other, judgement), declined: true }
        })
    }
  }

  #whyNot(worker: WorkerRecord | undefined, judgement: Judgement): string {
    const { heldFor } = worker ?? {}
    if (heldFor !== undefined && heldFor !== this.#task.id) return `is kept free for task ${heldFor}`
    const declined = worker && judgement.declines(worker)
    return declined === undefined ? "not looked at in so large a pool" : describeDeclined(declined)
  }

  /** The proposal without a worker, where it came to that. */
  settle(proposal: Proposal): Proposal {
    if (proposal._tag !== "Wait" || this.#reconsiderAt === Number.POSITIVE_INFINITY) return proposal
    return { ...proposal, reconsiderAt: this.#reconsiderAt }
  }

  #judge(): Judgement | undefined {
    const { patience, workers } = this.#view
    this.#judgement ??= { says: patience?.judge(this.#task, workers, this.#now, this.#hopeless) }
    return this.#judgement.says
  }

  #declineOthers(judgement: Judgement): void {
    for (const other of this.#view.workers) {
      if (this.out.has(other.spec.id) || !fitsNow(this.#task.requirements, other)) continue
      const another = judgement.declines(other)
      if (another !== undefined) this.#note(another)
    }
  }

  #note(declined: Declined): void {
    this.refused.push({ workerId: declined.workerId, reason: describeDeclined(declined), declined: true })
    this.out.add(declined.workerId)
    this.#reconsiderAt = Math.min(this.#reconsiderAt, declined.reconsiderAt)
  }
}
