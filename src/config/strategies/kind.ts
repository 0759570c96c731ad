import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import type { Problem } from "../../model/index.ts"
import type { Strategy, StrategyContext } from "../../placement/index.ts"
import { nearest } from "../../text/index.ts"
import { DurationInput, problemsOf, toMillis } from "../validate.ts"

/** A span of time, in milliseconds once it is read. */
export const Span = DurationInput.pipe(
  Schema.decodeTo(
    Schema.Finite,
    SchemaTransformation.transform<number, DurationInput>({ decode: toMillis, encode: (ms) => ms })
  )
)

/** What a setting of a strategy is made with. */
export interface SettingContext extends StrategyContext {
  /** The strategy that a setting within this one names. What it does by chance follows from the seed and the path. */
  readonly child: (setting: unknown, path: string) => Strategy
}

/** A setting of another strategy within the options of one. */
export interface Part {
  readonly setting: unknown
  /** Such as `algorithms[1]`. */
  readonly path: string
  /** Fields of it that belong to whoever holds it, such as `weight`. */
  readonly held?: ReadonlyArray<string>
}

/** A strategy that settings can name: what its options are, and how it is made from them. */
export interface Kind {
  readonly options: ReadonlyArray<string>
  /** What is wrong with the options, apart from what is wrong within their parts. */
  readonly problems: (options: Readonly<Record<string, unknown>>, path: string) => ReadonlyArray<Problem>
  readonly parts: (options: Readonly<Record<string, unknown>>) => ReadonlyArray<Part>
  /** Of options without problems. */
  readonly make: (options: Readonly<Record<string, unknown>>, context: SettingContext) => Strategy
}

const below = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`)

/** Options that there are not, each with the nearest that there is. */
export const unknownOptions = (
  given: Readonly<Record<string, unknown>>,
  known: ReadonlyArray<string>,
  path: string,
  of: string
): ReadonlyArray<Problem> =>
  Object.keys(given)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const meant = nearest(key, known)
      const suggestion = meant === undefined ? "" : `did you mean "${meant}"? `
      const hint = known.length === 0 ? "it has none" : `one of ${known.join(", ")}`
      return { path: below(path, key), message: `${of} has no option "${key}"`, hint: `${suggestion}${hint}` }
    })

const partsIn = (options: Readonly<Record<string, unknown>>, name: string): ReadonlyArray<Part> => {
  const given = options[name]
  return Array.isArray(given) ? given.map((setting: unknown, index) => ({ setting, path: `${name}[${index}]` })) : []
}

/** A struct of options, and what is read from it. */
export type OptionsSchema<Options> = Schema.ConstraintDecoder<Options> & {
  readonly fields: Readonly<Record<string, unknown>>
}

export interface KindDetails {
  /** What is to be said of options that are wrong, by name. */
  readonly hints?: Readonly<Record<string, string>>
  /** Options that are lists of settings of other strategies. */
  readonly lists?: ReadonlyArray<string>
  /** Options that are the setting of another strategy. */
  readonly single?: ReadonlyArray<string>
  /** Fields of each part in a list that belong to this strategy, with what they must be. */
  readonly held?: { readonly weight: Schema.ConstraintDecoder<number>; readonly hint: string }
}

const isFields = (input: unknown): input is Readonly<Record<string, unknown>> =>
  typeof input === "object" && input !== null && !Array.isArray(input)

/** What settings can say of a strategy, by the schema of its options. */
export const kindOf = <Options>(
  id: string,
  schema: OptionsSchema<Options>,
  make: (options: Options, context: SettingContext) => Strategy,
  { hints = {}, lists = [], single = [], held }: KindDetails = {}
): Kind => {
  const known = Object.keys(schema.fields)
  const decode = Schema.decodeUnknownSync(schema)
  const heldNames = held === undefined ? [] : ["weight"]
  const heldProblems = ({ setting, path }: Part, root: string): ReadonlyArray<Problem> => {
    if (held === undefined || !isFields(setting)) return []
    const at = below(root, path)
    // One complaint will do, whatever all it is not.
    const [first] = problemsOf(held.weight, setting.weight, below(at, "weight"), {})
    return first === undefined ? [] : [{ ...first, hint: held.hint }]
  }
  const parts: Kind["parts"] = (options) => [
    ...lists.flatMap((name) => partsIn(options, name).map((part) => ({ ...part, held: heldNames }))),
    ...single.flatMap((name) => (options[name] === undefined ? [] : [{ setting: options[name], path: name }]))
  ]
  return {
    options: known,
    problems: (options, path) => {
      const kept = Object.fromEntries(Object.entries(options).filter(([key]) => known.includes(key)))
      return [
        ...unknownOptions(options, known, path, id),
        ...problemsOf(schema, kept, path, hints),
        ...parts(options).flatMap((part) => heldProblems(part, path))
      ]
    },
    parts,
    make: (options, context) => make(decode(options), context)
  }
}
