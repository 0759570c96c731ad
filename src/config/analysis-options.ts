import * as Schema from "effect/Schema"
import { Quantity } from "./validate.ts"

/** What can be read as a regular expression. */
const Pattern = Schema.String.check(
  Schema.makeFilter((text: string) => {
    try {
      new RegExp(text)
      return true
    } catch (cause) {
      return `Expected a regular expression: ${String(cause)}`
    }
  })
)
const Patterns = Schema.Array(Pattern).check(Schema.isMinLength(1))
const Preference = Quantity.check(Schema.isLessThanOrEqualTo(1))
const Preferences = Schema.Record(Schema.String, Preference)

const Rules = Schema.Struct({
  /** Families of models by patterns in the model's id, the first that is found. */
  families: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({ family: Schema.String, patterns: Patterns, hardware: Preferences, msPerBillion: Quantity })
    )
  ),
  /** Billions of parameters by patterns in the model's id. */
  sizes: Schema.optionalKey(
    Schema.Array(
      Schema.Struct({
        pattern: Pattern,
        billions: Schema.Union([
          Quantity,
          Schema.Struct({ capture: Schema.Literal(true), factor: Schema.Finite.check(Schema.isGreaterThan(0)) })
        ])
      })
    )
  ),
  /** Browsers by patterns in the task's type. */
  browsers: Schema.optionalKey(Schema.Array(Schema.Struct({ patterns: Patterns, browsers: Preferences }))),
  gibPerBillion: Schema.optionalKey(Quantity)
})

/** What is derived of tasks from their names: rules in the place of the built-in ones, or `false` for nothing at all. */
export const AnalysisOptions = Schema.Union([
  Schema.Literal(false),
  Schema.Struct({
    rules: Schema.optional(Rules),
    /** Whether a task that asks for no memory reserves what its model is likely to want. Default false. */
    reserveMemory: Schema.optional(Schema.Boolean)
  })
])
