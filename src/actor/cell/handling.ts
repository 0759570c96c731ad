import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import type { Postmark } from "../mailbox/envelope.ts"
import { Asking } from "./asking.ts"
import type { Cell } from "./cell.ts"

/** One message being handled by an Effect, while which its actor's mailbox waits. */
export class Handling {
  readonly cell: Cell
  readonly postmark: Postmark
  /** Milliseconds on the system's monotonic clock. */
  readonly since: number
  #isOver = false
  #asks: Set<Asking> | undefined

  constructor(cell: Cell, postmark: Postmark, since: number) {
    this.cell = cell
    this.postmark = postmark
    this.since = since
  }

  /** Questions that were asked while handling it, and are still open. */
  get asks(): ReadonlySet<Asking> {
    return this.#asks ?? none
  }

  /** The question that it answers; `undefined` for a message that was told. */
  get asking(): Asking | undefined {
    return askingOf(this.postmark)
  }

  /** Until when an answer to it is worth having, on the system's monotonic clock. */
  get deadline(): number {
    return deadlineOf(this.postmark)
  }

  /** Whether the actor still waits for it. A fiber that it left behind may outlive it. */
  get isOver(): boolean {
    return this.#isOver
  }

  end(): void {
    this.#isOver = true
  }

  asked(asking: Asking): void {
    this.#asks ??= new Set()
    this.#asks.add(asking)
  }

  answered(asking: Asking): void {
    this.#asks?.delete(asking)
  }
}

const none: ReadonlySet<Asking> = new Set()

/** Who waits for the reply; `undefined` for a message that is told. */
export const askingOf = (postmark: Postmark): Asking | undefined => (postmark instanceof Asking ? postmark : undefined)

/** Until when a message is worth handling, on the system's monotonic clock; infinite where there is no limit. */
export const deadlineOf = (postmark: Postmark): number =>
  typeof postmark === "number" ? Number.POSITIVE_INFINITY : postmark.deadline

/** In a handler's fiber, and in those it forks: the message being handled. */
export const CurrentHandling: Context.Reference<Handling | undefined> = Context.Reference<Handling | undefined>(
  "ballast/actor/CurrentHandling",
  { defaultValue: () => undefined }
)

/** The message which the fiber handles, while its actor waits for that. */
export const handlingOf = (fiber: Fiber.Fiber<unknown, unknown>): Handling | undefined => {
  const handling = fiber.getRef(CurrentHandling)
  return handling?.isOver === false ? handling : undefined
}

/**
 * Who would wait for whom in a circle if this handling asked that actor, by their names; `undefined` where there is no
 * circle. An actor waits for those whom it asks while it handles a message (A5).
 */
export const cycleOf = (asker: Cell, target: Cell): ReadonlyArray<string> | undefined => {
  const seen = new Set<Cell>()
  const follow = (cell: Cell): ReadonlyArray<string> | undefined => {
    if (cell === asker) return [cell.path]
    if (seen.has(cell)) return undefined
    seen.add(cell)
    for (const { target: next } of cell.handling?.asks ?? none) {
      const rest = follow(next)
      if (rest !== undefined) return [cell.path, ...rest]
    }
    return undefined
  }
  const path = follow(target)
  return path && [asker.path, ...path]
}
