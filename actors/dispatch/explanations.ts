import { Retained } from "../../src/collections/index.ts"
import type { TaskRecord, WorkerRecord } from "../../src/ledger/index.ts"
import type { Epoch, LedgerEvent, Millis, TaskId, TaskSpec } from "../../src/model/index.ts"
import { duration, type Explanation, explainInWords, Glimpses } from "../../src/placement/index.ts"
import { Attempts } from "./attempts.ts"
import { Moves } from "./moves.ts"
import type { Scene } from "./scene.ts"

const moving = ({ spec, migration }: TaskRecord): string =>
  `Task ${spec.id} is on its way from ${migration?.source} to ${migration?.reservation.workerId}: it has stopped at the one and not begun at the other.`

/** Quick decisions that can still be explained. */
const maxGlimpses = 10_000

/** Why tasks are where they are: what each decision rested on, for those that are still remembered. */
export class Explanations {
  readonly #scene: Scene
  readonly #retained: Retained<TaskId>
  readonly #explanations = new Map<TaskId, Explanation>()
  /** What quick decisions rested on. */
  readonly #glimpses: Glimpses
  readonly #attempts: Attempts
  readonly #moves: Moves

  /** `retain`: explanations kept. */
  constructor(scene: Scene, retain: number) {
    this.#scene = scene
    this.#retained = new Retained(retain, (taskId) => this.#explanations.delete(taskId))
    this.#glimpses = new Glimpses(Math.min(retain, maxGlimpses))
    this.#attempts = new Attempts(retain)
    this.#moves = new Moves(retain)
  }

  /** What a run came to. */
  onEvent(event: LedgerEvent, task: TaskRecord | undefined): void {
    this.#attempts.onEvent(event, task)
    this.#moves.onEvent(event)
  }

  /** The task is to move at its next checkpoint. `reason`: what for, in words. */
  moves(migrationId: number, reason: string): void {
    this.#moves.offered(migrationId, reason)
  }

  remember(taskId: TaskId, explanation: Explanation): void {
    if (!this.#explanations.has(taskId)) this.#retained.add(taskId)
    this.#explanations.set(taskId, explanation)
  }

  /** Before a quick decision is committed: what it rests on. */
  look(chosen: WorkerRecord, task: TaskSpec): void {
    const { placement, view } = this.#scene
    this.#glimpses.look(view, chosen, task, placement.quickBy)
  }

  /** What was looked at last has been committed. `ahead`: nobody was free, and the run was sent ahead. */
  keep(epoch: Epoch, now: Millis, ahead = false): void {
    const { placement, view } = this.#scene
    this.#glimpses.keep(epoch, now, view, placement.quickBy, ahead)
  }

  /** What came of the task so far, and why it is where it is; `why` says why one waits. In words. */
  of(task: TaskRecord, why: (task: TaskRecord) => string): string {
    const waits = task.status === "queued" || task.status === "delayed"
    const attempts = task.status === "running" ? undefined : this.#attempts.of(task.spec.id)
    const moves = this.#moves.of(task.spec.id)
    return [waits ? why(task) : this.#ran(task), ...moves, ...(attempts === undefined ? [] : [attempts])].join("\n")
  }

  #ran(task: TaskRecord): string {
    const { view } = this.#scene
    if (task.status === "moving") return moving(task)
    const explanation = this.#glimpseOf(task) ?? this.#explanations.get(task.spec.id)
    if (explanation === undefined) return `Task ${task.spec.id} is ${task.status}.`
    const { assignment, migration } = task
    const ms = assignment && view.patience?.expectedMs(task.spec, assignment.workerId)
    const sentences = [explainInWords(explanation)]
    if (ms !== undefined) sentences.push(`It is expected to take about ${duration(ms)} there.`)
    if (migration !== undefined)
      sentences.push(`It is to move to ${migration.reservation.workerId} at its next checkpoint.`)
    return sentences.join(" ")
  }

  #glimpseOf({ spec, assignment, left }: TaskRecord): Explanation | undefined {
    const run = assignment ?? left
    if (run === undefined) return undefined
    return this.#glimpses.explain(run.epoch, spec, run.workerId, this.#scene.view)
  }
}
