import * as Schema from "effect/Schema"

/** The format that is written; a later one is not read. */
export const historyVersion = 1

const Time = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Fields = Schema.Record(Schema.String, Schema.Unknown)

/** Opens what one runtime has recorded. */
export const Opening = Schema.Struct({
  history: Schema.Literal(historyVersion),
  /** ISO 8601. */
  startedAt: Schema.String,
  /** The runtime's own, as far as they can be tuned. */
  settings: Fields
})

/** A worker has joined, as it would be defined. Times are milliseconds since the opening. */
export const Joined = Schema.Struct({ joined: Fields, at: Time })

export const Left = Schema.Struct({ left: Schema.String, at: Time })

/** A task's run has ended by itself. */
export const Ran = Schema.Struct({
  /** The task's type. */
  ran: Schema.String,
  /** When it was submitted. */
  at: Time,
  worker: Schema.String,
  /** What it took of its worker. */
  ms: Time,
  ok: Schema.Boolean,
  /** As of a submit. */
  options: Schema.optionalKey(Fields),
  checkpoints: Schema.optionalKey(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)))
})

/** One line of a recorded history. */
export const HistoryLine = Schema.Union([Opening, Joined, Left, Ran])
export type HistoryLine = typeof HistoryLine.Type

export type RanLine = typeof Ran.Type

const isLine = Schema.is(HistoryLine)

/** The line that a text holds; `undefined`: it holds none. */
export const lineIn = (text: string): HistoryLine | undefined => {
  try {
    const found: unknown = JSON.parse(text)
    return isLine(found) ? found : undefined
  } catch {
    return undefined
  }
}
