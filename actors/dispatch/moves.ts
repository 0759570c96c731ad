import { Retained } from "../../src/collections/index.ts"
import type { LedgerEvent, TaskId } from "../../src/model/index.ts"

/** Moves kept of one task: the latest. */
const kept = 10

/** Where tasks were moved while they ran, and why: for those who ask why a task ran where it ran. */
export class Moves {
  readonly #retained: Retained<TaskId>
  readonly #lines = new Map<TaskId, Array<string>>()
  /** Of those under way, by migration. */
  readonly #reasons = new Map<number, string>()

  /** Of the latest so many tasks. */
  constructor(retain: number) {
    this.#retained = new Retained(retain, (taskId) => this.#lines.delete(taskId))
  }

  /** The move has been agreed upon; it counts once its task is placed on the target. */
  offered(migrationId: number, reason: string): void {
    this.#reasons.set(migrationId, reason)
  }

  onEvent(event: LedgerEvent): void {
    if (event._tag === "MigrationAborted") this.#reasons.delete(event.migrationId)
    if (event._tag !== "TaskPlaced" || event.migrationId === undefined) return
    const reason = this.#reasons.get(event.migrationId)
    if (reason === undefined) return
    this.#reasons.delete(event.migrationId)
    const { taskId } = event
    const lines = this.#lines.get(taskId) ?? []
    if (lines.length === 0) {
      this.#lines.set(taskId, lines)
      this.#retained.add(taskId)
    }
    lines.push(reason)
    if (lines.length > kept) lines.shift()
  }

  /** One line for each; empty where it was never moved. */
  of(taskId: TaskId): ReadonlyArray<string> {
    return (this.#lines.get(taskId) ?? []).map((reason) => `Moved: ${reason}.`)
  }
}
