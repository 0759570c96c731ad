import type { Millis, TaskId, WorkerId } from "../../model/index.ts"
import type { Move } from "./migration-memory.ts"

/** A migration that the ledger knows of. */
export interface KnownMigration {
  readonly taskId: TaskId
  readonly type: string
  readonly source: WorkerId
  readonly target: WorkerId
  readonly offeredAt: Millis
}

export interface UnderWay {
  /** Those that nobody remembers having asked for. */
  readonly unknown: ReadonlyArray<KnownMigration>
  /** Those that are remembered and are over. */
  readonly over: ReadonlyArray<Move>
}

/** An offer that has not been answered for so long never was one: whoever was asked has failed. */
const unanswered: Millis = 5_000

/** What has to be put right between what is remembered of moves and what the ledger, which is the truth, knows of them. */
export const compareUnderWay = (remembered: Iterable<Move>, known: Iterable<KnownMigration>, now: Millis): UnderWay => {
  const byTask = new Map([...known].map((migration) => [migration.taskId, migration]))
  const moves = [...remembered]
  const isRemembered = new Set(moves.map(({ taskId }) => taskId))
  return {
    unknown: [...byTask.values()].filter(({ taskId }) => !isRemembered.has(taskId)),
    over: moves.filter(({ taskId, startedAt }) => !byTask.has(taskId) && now - startedAt > unanswered)
  }
}
