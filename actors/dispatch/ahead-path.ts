import type { TaskRecord, WorkerRecord } from "../../src/ledger/index.ts"
import type { Millis, WorkerId } from "../../src/model/index.ts"
import type { PlacementView } from "../../src/placement/index.ts"
import { type AheadTarget, AheadTargets } from "../ahead-targets.ts"
import type { Aheads } from "../aheads.ts"
import type { Explanations } from "./explanations.ts"
import type { HomeWaits } from "./home-waits.ts"
import type { Resting } from "./resting.ts"
import type { Scene } from "./scene.ts"

const goesBefore = (a: TaskRecord, b: TaskRecord): boolean =>
  a !== b && (a.rank < b.rank || (a.rank === b.rank && a.seq < b.seq))

/** Sends tasks ahead to busy workers, where they are known to be short. */
export class AheadPath {
  readonly #scene: Scene
  readonly #explanations: Explanations
  readonly #targets: AheadTargets
  readonly #homeWaits: HomeWaits
  readonly #resting: Resting
  /** Where the next runs of this type go, and how many. */
  #target: WorkerRecord | undefined
  #type = ""
  #left = 0

  constructor(scene: Scene, explanations: Explanations, aheads: Aheads, homeWaits: HomeWaits, resting: Resting) {
    this.#scene = scene
    this.#explanations = explanations
    this.#targets = new AheadTargets(aheads)
    this.#homeWaits = homeWaits
    this.#resting = resting
  }

  /** Who is next is asked anew: a pass has begun, or a task waits that a slot may be for. */
  askAnew(): void {
    this.#left = 0
  }

  /** A run has ended there. */
  ended(workerId: WorkerId): void {
    const worker = this.#scene.ledger.worker(workerId)
    if (worker !== undefined) this.#targets.ended(worker)
  }

  /**
   * To the busy worker with the shortest line of its own, where the task is known to be short; one that has a home, to that
   * alone. Its timeout would begin as it is sent, and where it goes on from a checkpoint it has shown that it is not short.
   * `false`: to nobody.
   */
  send(task: TaskRecord, now: Millis): boolean {
    const { ledger, listener } = this.#scene
    const { spec, state } = task
    if (spec.timeout !== undefined || spec.concurrencyKey !== undefined || state !== undefined) return false
    if (listener.staysAtHand(task) || this.#resting.couldTake(task, now)) return false
    const target = this.#targetOf(task, now)
    if (target === undefined) return false
    this.#explanations.look(target, spec)
    const placed = ledger.placeAhead(spec.id, target.spec.id, now)
    if (!placed.ok) {
      this.#left = 0
      return false
    }
    this.#explanations.keep(placed.value.epoch, now, true)
    listener.placed(task, placed.value)
    return true
  }

  #targetOf(task: TaskRecord, now: Millis): WorkerRecord | undefined {
    const { placement, ledger, view } = this.#scene
    const homeId = placement.homeOf(task.spec, view, now)
    if (homeId !== undefined) {
      const home = ledger.worker(homeId)
      return home && this.#choose(task, { ...view, workers: [home] }, now)?.worker
    }
    if (this.#left === 0 || task.spec.type !== this.#type) {
      const target = this.#choose(task, view, now)
      this.#type = task.spec.type
      this.#target = target?.worker
      this.#left = target?.room ?? 0
    }
    if (this.#target !== undefined) this.#left -= 1
    return this.#target
  }

  /** A few go to the same worker: they travel together. */
  #choose(task: TaskRecord, view: PlacementView, now: Millis): AheadTarget | undefined {
    const { ledger } = this.#scene
    const plenty = ledger.queued > 2 * this.#scene.view.workers.length
    const before = () => [...ledger.heads()].filter((other) => goesBefore(other, task))
    const isAwaited = (worker: WorkerRecord) => this.#homeWaits.areFor(worker.spec.id)
    return this.#targets.choose(task, view, { plenty, before, isAwaited }, now)
  }
}
