import { BoundedRing, RecentMap } from "../../collections/index.ts"
import type { Millis, TaskId } from "../../model/index.ts"
import type { Economics } from "./migration-economics.ts"

/** What a move was expected to gain, and what came: seconds. */
export interface MoveOutcome {
  readonly at: Millis
  /** stay − go − move, as it was reckoned. */
  readonly predicted: number
  /** stay − what it took from the choice to the end of the task: how long it would have stayed nobody will know. */
  readonly actual: number
}

/** Moves that are alike: of one type, with about as much left to do. */
export type MoveKind = string

/** By what is left to do in powers of ten: under 10 s, under 100 s, and so on. */
export const moveKindOf = (type: string, { workSeconds }: Pick<Economics, "workSeconds">): MoveKind =>
  `${type} under ${10 ** Math.min(6, Math.max(0, Math.floor(Math.log10(Math.max(1, workSeconds))) + 1))} s`

interface Pending {
  readonly kind: MoveKind
  readonly economics: Economics
  readonly chosenAt: Millis
}

export interface MoveOutcomesSettings {
  /** Kept of one kind of moves. */
  readonly perKind: number
  /** Kinds kept; beyond that the one longest without an outcome goes. */
  readonly maxKinds: number
}

/** What became of the moves that were chosen: whoever learns from that reads it here. */
export class MoveOutcomes {
  readonly #settings: MoveOutcomesSettings
  readonly #pending = new RecentMap<TaskId, Pending>(10_000)
  readonly #kinds: RecentMap<MoveKind, BoundedRing<MoveOutcome>>

  constructor(settings: Partial<MoveOutcomesSettings> = {}) {
    this.#settings = { perKind: 100, maxKinds: 1_000, ...settings }
    this.#kinds = new RecentMap(this.#settings.maxKinds)
  }

  /** A move was agreed to. One that was moved before and has not ended is judged by its latest move. */
  chosen(taskId: TaskId, type: string, economics: Economics, now: Millis): void {
    this.#pending.set(taskId, { kind: moveKindOf(type, economics), economics, chosenAt: now })
  }

  /** It never left its worker: nothing was gained, and what the attempt took is lost. */
  failed(taskId: TaskId, now: Millis): void {
    const pending = this.#take(taskId)
    if (pending !== undefined) this.#add(pending, -pending.economics.moveSeconds, now)
  }

  completed(taskId: TaskId, now: Millis): void {
    const pending = this.#take(taskId)
    if (pending !== undefined) this.#add(pending, pending.economics.staySeconds - (now - pending.chosenAt) / 1_000, now)
  }

  /** A task that ended otherwise says nothing of its move. */
  forget(taskId: TaskId): void {
    this.#pending.delete(taskId)
  }

  /** The outcomes of one kind, oldest first. */
  of(kind: MoveKind): ReadonlyArray<MoveOutcome> {
    return [...(this.#kinds.get(kind) ?? [])]
  }

  /** The kinds there are outcomes of, those longest without one first. */
  get kinds(): Iterable<MoveKind> {
    return this.#kinds.keys()
  }

  /** An outcome from elsewhere, such as an earlier run of the process. */
  add(kind: MoveKind, outcome: MoveOutcome): void {
    if (!Number.isFinite(outcome.predicted + outcome.actual + outcome.at)) return
    this.#kinds.use(kind, () => new BoundedRing<MoveOutcome>(this.#settings.perKind)).push(outcome)
  }

  #take(taskId: TaskId): Pending | undefined {
    const pending = this.#pending.get(taskId)
    if (pending !== undefined) this.#pending.delete(taskId)
    return pending
  }

  #add({ kind, economics }: Pending, actual: number, at: Millis): void {
    this.add(kind, { at, predicted: economics.netSeconds, actual })
  }
}
