import * as Schema from "effect/Schema"
import { type MethodId, methodIds } from "../../adaptation/index.ts"
import type { Millis } from "../../model/index.ts"
import { DurationInput, toMillis } from "../validate.ts"

/** A longer period would take more room, for each series, than it is worth. */
const longest: Millis = 7 * 86_400_000

const Period = DurationInput.check(
  Schema.makeFilter((input: DurationInput) => {
    const ms = toMillis(input)
    return (ms > 0 && ms <= longest) || "it is above 0, and at most 7 days"
  })
)

/** How load is forecast. */
export const PredictionOptions = Schema.Struct({
  /**
   * `auto`, the default, combines many methods by their record on each series. One by itself: `linear-regression` (that
   * of the sources), `last-value`, `mean`, `median`, `exponential`, `damped-trend`, `robust-slope`, `robust-regression`,
   * `seasonal`.
   */
  method: Schema.optional(Schema.Literals(methodIds)),
  /** After how long load repeats, such as `"1 day"`. Left out: it is looked for, up to 300 intervals. */
  period: Schema.optional(Period)
})

export interface PredictionSettings {
  readonly method: MethodId
  readonly period?: Millis
}

export const predictionHints = {
  method: `one of ${methodIds.join(", ")}`,
  period: 'such as "1 day", at most 7 days'
}

export const toPredictionSettings = ({
  method = "auto",
  period
}: typeof PredictionOptions.Type): PredictionSettings => ({
  method,
  ...(period !== undefined && { period: toMillis(period) })
})
