import * as Schema from "effect/Schema"
import { hash32, mix32 } from "../../hashing/index.ts"
import type { Problem } from "../../model/index.ts"
import { isStrategyId, perType, type Strategy, type StrategyContext, type StrategyId } from "../../placement/index.ts"
import { nearest } from "../../text/index.ts"
import { type Kind, type Part, unknownOptions } from "./kind.ts"
import { kinds } from "./kinds.ts"

/** A strategy with its options, such as `{ type: "p2c", choices: 3 }`; durations are milliseconds, or texts such as `"10 seconds"`. */
export interface ConfiguredStrategy {
  readonly type: StrategyId
  readonly [option: string]: unknown
}

/** Several strategies that decide together. */
export interface CompositeSetting {
  readonly type: "composite"
  readonly algorithms: ReadonlyArray<
    (ConfiguredStrategy | { readonly strategy: StrategySetting }) & {
      /** Above 0; what counts is its share of the sum. */
      readonly weight: number
    }
  >
}

/** One strategy for each type of task. */
export interface PerTypeSetting {
  readonly default: StrategySetting
  readonly byType: Readonly<Record<string, StrategySetting>>
}

/** How workers are chosen, as code and configuration say it. */
export type StrategySetting = StrategyId | ConfiguredStrategy | CompositeSetting | PerTypeSetting | Strategy

type Fields = Readonly<Record<string, unknown>>

const isFields = (input: unknown): input is Fields =>
  typeof input === "object" && input !== null && !Array.isArray(input)

const ids: ReadonlyArray<string> = Object.keys(kinds)

const hint = `one of ${ids.join(", ")}, or an object with an id and a score or pick function`

const methods = ["score", "scoreAll", "pick", "seek", "rank", "delegate"] as const

/** Whether it is an object of one's own. */
const isOwn = (input: object): input is Strategy => {
  if (!("id" in input) || typeof input.id !== "string") return false
  if ("delegate" in input && !("delegates" in input && Array.isArray(input.delegates))) return false
  return (
    methods.some((name) => name in input && typeof Reflect.get(input, name) === "function") ||
    ("factors" in input && Array.isArray(input.factors))
  )
}

const isPerType = (input: Fields): boolean => "byType" in input || ("default" in input && !("type" in input))

const perTypeFields = ["default", "byType"] as const

const below = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`)

const unknownId = (id: string, path: string): Problem => {
  const meant = nearest(id, ids)
  const suggestion = meant === undefined ? "" : `did you mean "${meant}"? `
  return { path, message: `there is no strategy "${id}"`, hint: `${suggestion}${hint}` }
}

/** The options of a setting: what is not its type, nor its holder's. */
const optionsOf = (input: Fields, held: ReadonlyArray<string>): Fields =>
  Object.fromEntries(Object.entries(input).filter(([key]) => key !== "type" && !held.includes(key)))

/** `{ strategy: … }` stands for any setting where one with a weight is called for. */
const isWrapped = (input: Fields, held: ReadonlyArray<string>): boolean => held.length > 0 && "strategy" in input

/** What is wrong with a setting, within those in `around`. */
const problemsIn = (
  input: unknown,
  path: string,
  around: ReadonlyArray<object>,
  held: ReadonlyArray<string> = []
): ReadonlyArray<Problem> => {
  if (typeof input === "string") return isStrategyId(input) ? [] : [unknownId(input, path)]
  if (!isFields(input)) return [{ path, message: "it is no strategy", hint }]
  if (around.includes(input)) {
    return [{ path, message: "it contains itself", hint: "a strategy cannot be made of itself" }]
  }
  const within = [...around, input]
  if (isWrapped(input, held)) {
    const known = ["strategy", ...held]
    return [
      ...unknownOptions(input, known, path, "a part"),
      ...problemsIn(input.strategy, below(path, "strategy"), within)
    ]
  }
  if (isOwn(input)) return []
  if (isPerType(input)) return perTypeProblems(optionsOf(input, held), path, within)
  if (typeof input.type === "string") {
    const kind = kindNamed(input.type)
    return kind === undefined
      ? [unknownId(input.type, below(path, "type"))]
      : kindProblems(kind, optionsOf(input, held), path, within)
  }
  if ("algorithms" in input) {
    return [{ path: below(path, "type"), message: "it is missing", hint: '{ type: "composite", algorithms: [...] }' }]
  }
  return [{ path, message: "it is no strategy", hint }]
}

const kindNamed = (type: string): Kind | undefined => (isStrategyId(type) ? kinds[type] : undefined)

const kindProblems = (
  kind: Kind,
  options: Fields,
  path: string,
  within: ReadonlyArray<object>
): ReadonlyArray<Problem> => {
  return [
    ...kind.problems(options, path),
    ...kind.parts(options).flatMap((part) => problemsIn(part.setting, below(path, part.path), within, part.held))
  ]
}

const perTypeProblems = (input: Fields, path: string, within: ReadonlyArray<object>): ReadonlyArray<Problem> => {
  const example = 'such as { default: "least_connections", byType: { render: "performance_based" } }'
  const { default: usual, byType = {} } = input
  return [
    ...unknownOptions(input, perTypeFields, path, "a strategy per type"),
    ...(usual === undefined
      ? [{ path: below(path, "default"), message: "it is missing", hint: example }]
      : problemsIn(usual, below(path, "default"), within)),
    ...(isFields(byType)
      ? Object.entries(byType).flatMap(([type, setting]) => problemsIn(setting, below(path, `byType.${type}`), within))
      : [{ path: below(path, "byType"), message: "it is no strategies by type", hint: example }])
  ]
}

/** What is wrong with a setting from outside: path and hint each. Cycles are found; nothing is made. */
export const strategyProblems = (input: unknown, path: string): ReadonlyArray<Problem> => problemsIn(input, path, [])

const isSetting = (input: unknown): input is StrategySetting => strategyProblems(input, "").length === 0

/** A setting without `strategyProblems`. */
export const StrategySetting = Schema.declare(isSetting, {
  expected: "a strategy's id, its type with options, strategies by type, or an object with an id and a score function"
})

const seedBelow = (seed: number, path: string): number => mix32(seed, hash32(path))

const make = (input: unknown, context: StrategyContext, held: ReadonlyArray<string> = []): Strategy => {
  const child = (setting: unknown, path: string, others?: ReadonlyArray<string>): Strategy =>
    make(setting, { ...context, seed: seedBelow(context.seed, path) }, others)
  if (typeof input === "string") return make({ type: input }, context)
  if (isFields(input)) {
    if (isWrapped(input, held)) return make(input.strategy, context)
    if (isOwn(input)) return input
    if (isPerType(input)) {
      const byType = isFields(input.byType) ? Object.entries(input.byType) : []
      return perType({
        default: child(input.default, "default"),
        byType: Object.fromEntries(byType.map(([type, setting]) => [type, child(setting, `byType.${type}`)]))
      })
    }
    const kind = typeof input.type === "string" ? kindNamed(input.type) : undefined
    if (kind !== undefined) {
      const options = optionsOf(input, held)
      const heldOf = new Map(kind.parts(options).map((part: Part) => [part.path, part.held]))
      return kind.make(options, { ...context, child: (setting, path) => child(setting, path, heldOf.get(path)) })
    }
  }
  throw new Error("a setting is to be checked before a strategy is made from it")
}

/**
 * Makes the strategy that a setting names, with a memory of its own; an object of one's own is taken as it is. What is
 * left to chance follows from the seed. The setting must have no `strategyProblems`.
 */
export const makeStrategy = (setting: StrategySetting, context: StrategyContext): Strategy => make(setting, context)
