import { fitsNow, type TaskRecord, type WorkerRecord } from "../../src/ledger/index.ts"
import { type Millis, type Requirements, resourceNames, type TaskId, type WorkerId } from "../../src/model/index.ts"
import type { Proposal, ScoreRunner } from "../../src/placement/index.ts"
import type { Explanations } from "./explanations.ts"
import type { PassedOver } from "./passed-over.ts"
import type { Scene } from "./scene.ts"

/** How many of such tasks the worker can take now, its devices left out of account. */
const roomOn = (worker: WorkerRecord, requirements: Requirements): number => {
  if (!fitsNow(requirements, worker)) return 0
  const { limits } = worker.spec
  const { resources } = requirements.demand
  let room = worker.limit - worker.slots
  for (const name of resourceNames) {
    if (resources[name] > 0)
      room = Math.min(room, Math.floor((limits.resources[name] - worker.used[name]) / resources[name]))
  }
  return room
}

/** Places the first tasks of a lane in one go, where the strategy weighs factors: the same answers at a fraction of the cost. */
export class BatchPath {
  readonly #scene: Scene
  readonly #explanations: Explanations
  readonly #passedOver: PassedOver
  readonly #runner: ScoreRunner

  constructor(scene: Scene, explanations: Explanations, passedOver: PassedOver, runner: ScoreRunner) {
    this.#scene = scene
    this.#explanations = explanations
    this.#passedOver = passedOver
    this.#runner = runner
  }

  /**
   * Places the task and those behind it in its lane, where several fit. `alone` places one of them the ordinary way,
   * where nothing came of a batch that was scored elsewhere. `false`: there is no batch to be made.
   */
  place(task: TaskRecord, now: Millis, alone: (task: TaskRecord, now: Millis) => void): boolean {
    const { ledger, placement, listener, view } = this.#scene
    if (!("factors" in placement.strategy)) return false
    const { shape } = task.spec.requirements
    let room = 0
    for (const worker of this.#passedOver.roomyFor(task) ?? view.workers) room += roomOn(worker, task.spec.requirements)
    if (room < 2) return false
    const tasks = ledger.upcoming(shape, room)
    if (tasks.length < 2) return false
    const specs = tasks.map(({ spec }) => spec)
    const proposals = placement.proposeBatchOn(this.#runner, specs, view, now)
    if (!(proposals instanceof Promise)) return this.#commit(proposals, now) > 0
    this.#passedOver.add(task, "scores")
    void proposals.then((later) =>
      listener.scored((then) => {
        this.#passedOver.wake(shape)
        if (this.#commit(later, then) > 0) return
        // The first of them goes the ordinary way: another batch would only come to the same.
        const [first] = ledger.upcoming(shape, 1)
        if (first !== undefined) alone(first, then)
      })
    )
    return true
  }

  /** Commits proposals in order, as far as they still hold. Returns how many did. */
  #commit(proposals: ReadonlyArray<Proposal>, now: Millis): number {
    const { ledger, placement, listener, view } = this.#scene
    let committed = 0
    for (const proposal of proposals) {
      if (proposal._tag !== "Worker") break
      const { taskId } = proposal.explanation
      if (this.#isDeclined(taskId, proposal.workerId, now)) break
      const task = ledger.task(taskId)
      const worker = ledger.worker(proposal.workerId)
      if (task === undefined || worker === undefined) break
      const refusal = placement.commit(proposal, task.spec, worker, view, (workerId, devices) => {
        const placed = ledger.place(taskId, workerId, now, devices)
        return placed.ok ? undefined : placed.refusal
      })
      const { assignment } = task
      // The world has moved on since the scores were taken: what is left goes the ordinary way.
      if (refusal !== undefined || assignment === undefined) break
      committed += 1
      this.#explanations.remember(taskId, proposal.explanation)
      listener.placed(task, assignment)
    }
    return committed
  }

  /** A batch is scored without patience: whom it would decline ends the batch. */
  #isDeclined(taskId: TaskId, workerId: WorkerId, now: Millis): boolean {
    const { ledger, view } = this.#scene
    const { patience, workers } = view
    const task = ledger.task(taskId)
    const worker = ledger.worker(workerId)
    if (patience === undefined || task === undefined || worker === undefined) return false
    return patience.declines(task.spec, worker, workers, now) !== undefined
  }
}
