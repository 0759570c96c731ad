import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import type { Millis, Problem } from "../model/index.ts"

/** A span of time: milliseconds, or a number with its unit, such as `"30 seconds"`. */
export type DurationInput = number | `${number} ${Duration.Unit}`

const withUnit = /^\d+(\.\d+)? (nano|micro|milli|second|minute|hour|day|week)s?$/

const isDurationInput = (input: unknown): input is DurationInput =>
  typeof input === "number" ? Number.isFinite(input) && input >= 0 : typeof input === "string" && withUnit.test(input)

export const DurationInput = Schema.declare(isDurationInput, {
  expected: 'milliseconds or a text such as "30 seconds"'
})

/** The span in milliseconds. */
export const toMillis = (input: DurationInput): Millis => Duration.toMillis(input)

/** A quantity that is not negative. */
export const Quantity = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

/** A share, 0 excluded: 0 < x ≤ 1. */
export const Share = Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThanOrEqualTo(1))

/** A whole number, at least 1. */
export const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/** A whole number, at least 0. */
export const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** An AbortSignal. */
export const Signal = Schema.declare((input): input is AbortSignal => input instanceof AbortSignal, {
  expected: "an AbortSignal"
})

export const formatPath = (root: string, path: ReadonlyArray<PropertyKey>): string =>
  path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : text === "" ? String(key) : `${text}.${String(key)}`),
    root
  )

const toKey = (segment: PropertyKey | { readonly key: PropertyKey }): PropertyKey =>
  typeof segment === "object" ? segment.key : segment

type Check = (input: unknown) => ReturnType<StandardSchema["validate"]>
type StandardSchema = ReturnType<typeof Schema.toStandardSchemaV1>["~standard"]

/** Made once for each schema: a submit checks its options each time. */
const checks = new WeakMap<object, Check>()

const checkOf = <A>(schema: Schema.ConstraintDecoder<A>): Check => {
  const known = checks.get(schema)
  if (known !== undefined) return known
  const standard = Schema.toStandardSchemaV1(schema, { parseOptions: { errors: "all", onExcessProperty: "error" } })
  const check: Check = (input) => standard["~standard"].validate(input)
  checks.set(schema, check)
  return check
}

/**
 * What is wrong with the input, each with its path below `root`; empty where it is of the schema's type.
 * Keys the schema does not know are errors: a misspelt option must not be ignored in silence.
 */
export const problemsOf = <A>(
  schema: Schema.ConstraintDecoder<A>,
  input: unknown,
  root: string,
  hints: Readonly<Record<string, string>>
): ReadonlyArray<Problem> => {
  const checked = checkOf(schema)(input)
  if (checked instanceof Promise || checked.issues === undefined) return []
  return checked.issues.map(({ path = [], message }) => {
    const keys = path.map(toKey)
    // What is named by the user, such as a label, has the hint of what it stands in.
    const name = keys.findLast((key) => typeof key === "string" && Object.hasOwn(hints, key))
    const known = typeof name === "string" ? hints[name] : undefined
    return { path: formatPath(root, keys), message, hint: known ?? "see the options in the documentation" }
  })
}
