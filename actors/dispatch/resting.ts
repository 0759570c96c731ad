import { hasRoomFor, type TaskRecord, type WorkerRecord } from "../../src/ledger/index.ts"
import type { LedgerEvent, Millis, WorkerId } from "../../src/model/index.ts"
import type { PassedOver } from "./passed-over.ts"
import type { Scene } from "./scene.ts"

const never = Number.POSITIVE_INFINITY

/**
 * The workers that rest. Whatever finds no room elsewhere and could go to one of them wakes it, in the same turn: no task
 * waits, here or in the line of a busy worker, for one that only rests. A worker that patience would decline is not woken.
 *
 * Cost: nothing while nobody rests or nothing waits; otherwise shapes that wait × workers that rest.
 */
export class Resting {
  readonly #scene: Scene
  readonly #passedOver: PassedOver
  readonly #worthOf: (worker: WorkerRecord) => number
  readonly #workers = new Map<WorkerId, WorkerRecord>()
  #reconsiderAt = never

  /** `worthOf`: of several that could take a task the one that is worth most is woken. */
  constructor(scene: Scene, passedOver: PassedOver, worthOf: (worker: WorkerRecord) => number) {
    this.#scene = scene
    this.#passedOver = passedOver
    this.#worthOf = worthOf
    for (const worker of scene.ledger.workers.values()) this.#meet(worker)
  }

  /** When one that was not worth waking may be, should nothing happen until then; infinite where none is to be. */
  get reconsiderAt(): Millis {
    return this.#reconsiderAt
  }

  /** The next pass asks again. */
  reconsider(): void {
    this.#reconsiderAt = never
  }

  onEvent(event: LedgerEvent): void {
    if (event._tag === "WorkerRemoved") this.#workers.delete(event.workerId)
    else if (event._tag === "WorkerPhaseChanged") {
      const worker = this.#scene.ledger.worker(event.workerId)
      if (worker !== undefined) this.#meet(worker)
    }
  }

  /** Whether one of them could take it now. */
  couldTake(task: TaskRecord, now: Millis): boolean {
    return this.#workers.size > 0 && this.#bestFor(task, now) !== undefined
  }

  /** Wakes one of them for a task that found no room. `true`: another pass is to be made. */
  wake(now: Millis): boolean {
    const { ledger, listener } = this.#scene
    this.reconsider()
    if (this.#workers.size === 0 || ledger.queued === 0) return false
    for (const task of ledger.heads()) {
      // Where it goes is being worked out.
      if (this.#passedOver.causeOf(task.spec.requirements.shape) === "scores") continue
      const worker = this.#bestFor(task, now)
      if (worker === undefined || !ledger.changePhase(worker.spec.id, "wake", now).ok) continue
      listener.woken?.(worker, task)
      return true
    }
    return false
  }

  #bestFor(task: TaskRecord, now: Millis): WorkerRecord | undefined {
    const { view } = this.#scene
    const able = [...this.#workers.values()].filter((worker) => canTake(worker, task))
    if (able.length === 0) return undefined
    const judgement = view.patience?.judge(task.spec, view.workers, now)
    let best: WorkerRecord | undefined
    for (const worker of able) {
      if (best !== undefined && this.#worthOf(worker) <= this.#worthOf(best)) continue
      const declined = judgement?.declines(worker)
      if (declined === undefined) best = worker
      else this.#reconsiderAt = Math.min(this.#reconsiderAt, declined.reconsiderAt)
    }
    return best
  }

  #meet(worker: WorkerRecord): void {
    if (worker.phase === "resting") this.#workers.set(worker.spec.id, worker)
    else this.#workers.delete(worker.spec.id)
  }
}

const canTake = (worker: WorkerRecord, { spec }: TaskRecord): boolean =>
  (worker.heldFor === undefined || worker.heldFor === spec.id) && hasRoomFor(spec.requirements, worker)
