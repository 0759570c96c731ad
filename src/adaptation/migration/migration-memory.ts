import { BoundedRing, RecentMap } from "../../collections/index.ts"
import type { Millis, TaskId, WorkerId } from "../../model/index.ts"

export interface MigrationMemorySettings {
  /** A moved task rests for the longer of `rest` and `restFactor` times what its move took. */
  readonly rest: Millis
  readonly restFactor: number
  /** Time over which the moves of one worker are counted against its budget. */
  readonly budgetWindow: Millis
  /** Time after which a move that has not ended is stale. */
  readonly timeout: Millis
}

export const migrationMemoryDefaults: MigrationMemorySettings = {
  rest: 30_000,
  restFactor: 5,
  budgetWindow: 60_000,
  timeout: 60_000
}

/** A move that has begun and not ended. */
export interface Move {
  readonly taskId: TaskId
  readonly type: string
  readonly source: WorkerId
  readonly target: WorkerId
  readonly startedAt: Millis
}

/** How moves of tasks of one type went: exponential averages. */
export interface MoveRecord {
  readonly moves: number
  /** Of the moves that succeeded; `undefined` before the first. */
  readonly meanMs: Millis | undefined
  readonly successRate: number
}

/** Weight of the newest move. */
const weight = 0.3

/** What happened to earlier moves: it feeds their cost (G3, G5), lets tasks rest and holds workers to a budget (G7). */
export class MigrationMemory {
  readonly settings: MigrationMemorySettings
  readonly #active = new Map<TaskId, Move>()
  readonly #restingUntil = new RecentMap<TaskId, Millis>(10_000)
  readonly #types = new RecentMap<string, MoveRecord>(1_000)
  readonly #recent = new BoundedRing<Move>(10_000)

  constructor(settings: Partial<MigrationMemorySettings> = {}) {
    this.settings = { ...migrationMemoryDefaults, ...settings }
  }

  get active(): number {
    return this.#active.size
  }

  isActive(taskId: TaskId): boolean {
    return this.#active.has(taskId)
  }

  /** The moves that have begun and not ended, as far as it was told. */
  get moves(): Iterable<Move> {
    return this.#active.values()
  }

  /** A move was asked for. What becomes of it is told by `begun` or `withdrawn`, and by `ended`. */
  offered(move: Move): void {
    this.#active.set(move.taskId, move)
  }

  /** It was agreed to: it counts against the budget of both workers. */
  begun(move: Move): void {
    this.#recent.push(move)
  }

  /** It never began: the offer was turned down. */
  withdrawn(taskId: TaskId): void {
    this.#active.delete(taskId)
  }

  started(move: Move): void {
    this.offered(move)
    this.begun(move)
  }

  /** `ok`: the task runs on its target. Ignored for a move that is not on its way: it ended before, or was stale. */
  ended(taskId: TaskId, ok: boolean, now: Millis): void {
    const move = this.#active.get(taskId)
    if (move === undefined) return
    this.#active.delete(taskId)
    const ms = Math.max(0, now - move.startedAt)
    this.#restingUntil.set(taskId, now + Math.max(this.settings.rest, this.settings.restFactor * ms))
    const known = this.#types.get(move.type)
    const share = known === undefined ? 1 : weight
    const rate = known?.successRate ?? 0
    const meanMs = ok ? (known?.meanMs === undefined ? ms : known.meanMs + (ms - known.meanMs) * weight) : known?.meanMs
    this.#types.set(move.type, {
      moves: (known?.moves ?? 0) + 1,
      meanMs,
      successRate: rate + ((ok ? 1 : 0) - rate) * share
    })
  }

  /** Until when the task may not be moved again; `undefined` where it may. */
  restingUntil(taskId: TaskId, now: Millis): Millis | undefined {
    const until = this.#restingUntil.get(taskId)
    return until !== undefined && until > now ? until : undefined
  }

  /** Moves from or to each worker that began within the budget's window. */
  movesByWorker(now: Millis): ReadonlyMap<WorkerId, number> {
    const moves = new Map<WorkerId, number>()
    while (this.#recent.first !== undefined && now - this.#recent.first.startedAt > this.settings.budgetWindow) {
      this.#recent.shift()
    }
    for (const { source, target } of this.#recent) {
      moves.set(source, (moves.get(source) ?? 0) + 1)
      moves.set(target, (moves.get(target) ?? 0) + 1)
    }
    return moves
  }

  ofType(type: string): MoveRecord | undefined {
    return this.#types.get(type)
  }

  /** How moves of each type went, to be kept over a restart. */
  get records(): ReadonlyArray<MoveRecord & { readonly type: string }> {
    return [...this.#types.entries()].map(([type, record]) => ({ type, ...record }))
  }

  /** Goes on from what an earlier run has seen. */
  restore(records: ReadonlyArray<MoveRecord & { readonly type: string }>): void {
    for (const { type, ...record } of records) this.#types.set(type, record)
  }

  /** For a task that ended. */
  forget(taskId: TaskId): void {
    this.#active.delete(taskId)
    this.#restingUntil.delete(taskId)
  }
}
