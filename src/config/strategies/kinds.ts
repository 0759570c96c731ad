import * as Schema from "effect/Schema"
import {
  adaptive,
  affinityBased,
  bestFit,
  boundedHash,
  composite,
  consistentHash,
  type DynamicCandidate,
  dynamic,
  energyAware,
  fairShare,
  fragmentationAware,
  hardwareSpecific,
  hotCold,
  learned,
  leastConnections,
  p2c,
  peakEwma,
  performanceBased,
  predictive,
  priorityBased,
  random,
  rendezvous,
  resourceBased,
  type StrategyContext,
  type StrategyId,
  sticky,
  strategyNamed,
  usualArms,
  usualCandidates,
  weightedCapacity
} from "../../placement/index.ts"
import { Count, Natural, Quantity, Share } from "../validate.ts"
import { type Kind, kindOf, type OptionsSchema, type SettingContext, Span } from "./kind.ts"

const AtLeastOne = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1))
const Fraction = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const Below1 = Schema.Finite.check(Schema.isGreaterThan(0), Schema.isLessThan(1))
const Above0 = Schema.Finite.check(Schema.isGreaterThan(0))
const Code = <F extends (...args: never) => unknown>() =>
  Schema.declare((input): input is F => typeof input === "function", { expected: "a function" })

/** Workers drawn: a number, or what gives one for the size of the pool. */
const Choices = Schema.declare(
  (input): input is number | ((workers: number) => number) =>
    typeof input === "function" || (typeof input === "number" && Number.isInteger(input) && input >= 1),
  { expected: "a whole number, at least 1, or a function" }
)

/** At least one setting; what is in them is judged by itself. */
const settings = Schema.optionalKey(Schema.Array(Schema.Unknown).check(Schema.isMinLength(1)))
const setting = Schema.optionalKey(Schema.Unknown)
const quantity = Schema.optionalKey(Quantity)
const fraction = Schema.optionalKey(Fraction)
const share = Schema.optionalKey(Share)
const below1 = Schema.optionalKey(Below1)
const atLeastOne = Schema.optionalKey(AtLeastOne)
const above0 = Schema.optionalKey(Above0)
const finite = Schema.optionalKey(Schema.Finite)
const count = Schema.optionalKey(Count)
const natural = Schema.optionalKey(Natural)
const span = Schema.optionalKey(Span)
const whole = Schema.optionalKey(Schema.Int)

const hintOf: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [settings, 'a list of at least one strategy, such as ["least_connections", { type: "p2c" }]'],
  [quantity, "a number, not negative"],
  [fraction, "a number from 0 to 1"],
  [share, "a number above 0 and up to 1"],
  [below1, "a number above 0 and below 1"],
  [atLeastOne, "a number, at least 1"],
  [above0, "a number above 0"],
  [finite, "a number"],
  [count, "a whole number, at least 1"],
  [natural, "a whole number, not negative"],
  [span, 'milliseconds, or a text such as "10 seconds"'],
  [whole, "a whole number"]
])

/** Hints by the name of each option, from what it must be. */
const hintsOf = (
  { fields }: OptionsSchema<unknown>,
  hints: Readonly<Record<string, string>> = {}
): Readonly<Record<string, string>> => ({
  ...Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => {
      const hint = hintOf.get(field)
      return hint === undefined ? [] : [[name, hint]]
    })
  ),
  ...hints
})

/** A strategy whose options are plain figures. */
const plain = <Options>(
  id: string,
  schema: OptionsSchema<Options>,
  make: (options: Options, context: SettingContext) => ReturnType<SettingContext["child"]>,
  hints?: Readonly<Record<string, string>>
): Kind => kindOf(id, schema, make, { hints: hintsOf(schema, hints) })

const none = Schema.Struct({})

const bare = (id: StrategyId): Kind => plain(id, none, (_, context) => strategyNamed(id, context))

const ties = Schema.optionalKey(Schema.Literals(["first", "turn"]))

const stickySchema = Schema.Struct({
  inner: setting,
  expiresAfter: span,
  renewed: Schema.optionalKey(Schema.Boolean),
  maxKeys: count,
  keyOf: Schema.optionalKey(Code<NonNullable<NonNullable<Parameters<typeof sticky>[0]>["keyOf"]>>()),
  leastHealth: fraction,
  waitMs: span
})

const dynamicSchema = Schema.Struct({
  candidates: settings,
  interval: span,
  hold: span,
  window: count,
  minRuns: count,
  gain: fraction,
  reviews: count
})

const learnedSchema = Schema.Struct({
  strategies: settings,
  discount: below1,
  explore: fraction,
  block: count,
  seed: whole
})

/** What is weighed in `resource_based`, each against the others. */
const resourceWeights = Schema.optionalKey(
  Schema.Struct({
    cpu: quantity,
    memory: quantity,
    network: quantity,
    storage: quantity,
    slots: quantity,
    accelerators: quantity,
    acceleratorMemory: quantity
  })
)

const byPriority = Schema.optionalKey(
  Schema.Struct({ critical: finite, high: finite, normal: finite, low: finite, minimal: finite })
)

const heard = ({ onChange }: StrategyContext) => (onChange === undefined ? {} : { onChange })

const childrenOf = (given: ReadonlyArray<unknown>, name: string, { child }: SettingContext) =>
  given.map((each, index) => ({ path: `${name}[${index}]`, make: () => child(each, `${name}[${index}]`) }))

/** The candidates of a dynamic choice under the ids of what they make; a number tells apart those of one id. */
const candidatesOf = (
  given: ReadonlyArray<unknown>,
  context: SettingContext
): Readonly<Record<string, DynamicCandidate>> => {
  const candidates: Record<string, DynamicCandidate> = {}
  for (const { make } of childrenOf(given, "candidates", context)) {
    const { id } = make()
    let name = id
    for (let number = 2; Object.hasOwn(candidates, name); number++) name = `${id} ${number}`
    candidates[name] = { make }
  }
  return candidates
}

const weightOf = (part: unknown): number =>
  typeof part === "object" && part !== null && "weight" in part && typeof part.weight === "number" ? part.weight : 1

/** What settings can say of each strategy. */
export const kinds: Readonly<Record<StrategyId, Kind>> = {
  round_robin: bare("round_robin"),
  weighted_round_robin: bare("weighted_round_robin"),
  random: plain("random", Schema.Struct({ seed: whole }), (options, { seed }) => random({ seed, ...options })),
  least_connections: plain("least_connections", Schema.Struct({ ties }), (options) => leastConnections(options), {
    ties: '"turn" or "first"'
  }),
  least_response_time: bare("least_response_time"),
  priority_based: plain("priority_based", Schema.Struct({ pull: byPriority }), (options) => priorityBased(options)),
  weighted_capacity: plain(
    "weighted_capacity",
    Schema.Struct({
      capacity: quantity,
      load: quantity,
      health: quantity,
      responseTime: quantity,
      predictedLoad: quantity
    }),
    (options) => weightedCapacity(options)
  ),
  resource_based: plain(
    "resource_based",
    Schema.Struct({ least: quantity, balanced: quantity, resources: resourceWeights }),
    (options) => resourceBased(options)
  ),
  performance_based: plain(
    "performance_based",
    Schema.Struct({ successRate: quantity, throughput: quantity, responseTime: quantity, trials: natural }),
    (options) => performanceBased(options)
  ),
  hardware_specific: plain(
    "hardware_specific",
    Schema.Struct({
      performance: Schema.optionalKey(Schema.Record(Schema.String, Above0)),
      preference: above0,
      spare: above0
    }),
    (options) => hardwareSpecific(options),
    { performance: "speeds above 0 by kind of hardware, such as { cuda: 3 }" }
  ),
  predictive: plain("predictive", Schema.Struct({ predictedLoad: fraction, busy: fraction }), (options) =>
    predictive(options)
  ),
  energy_aware: plain(
    "energy_aware",
    Schema.Struct({ waking: quantity, heat: quantity, cooling: span, delay: byPriority }),
    (options) => energyAware(options)
  ),
  p2c: plain(
    "p2c",
    Schema.Struct({
      choices: Schema.optionalKey(Choices),
      soundFrom: fraction,
      seed: whole
    }),
    (options, { seed }) => p2c({ seed, ...options }),
    { choices: "a whole number, at least 1, or a function of the number of workers" }
  ),
  peak_ewma: plain("peak_ewma", Schema.Struct({ decay: span, failurePenalty: atLeastOne }), (options) =>
    peakEwma(options)
  ),
  hot_cold: plain(
    "hot_cold",
    Schema.Struct({
      quantile: fraction,
      alike: atLeastOne,
      sample: count,
      failurePenalty: atLeastOne,
      forgetAfter: span,
      seed: whole
    }),
    (options, { seed }) => hotCold({ seed, ...options })
  ),
  consistent_hash: plain(
    "consistent_hash",
    Schema.Struct({
      lookup: Schema.optionalKey(Schema.Literals(["ring", "maglev"])),
      virtualNodes: count,
      maxPoints: count,
      keyOf: Schema.optionalKey(Code<NonNullable<NonNullable<Parameters<typeof consistentHash>[0]>["keyOf"]>>()),
      waitMs: span
    }),
    (options) => consistentHash(options),
    { lookup: '"ring" or "maglev"', keyOf: "a function of the task" }
  ),
  bounded_hash: plain(
    "bounded_hash",
    Schema.Struct({
      factor: atLeastOne,
      virtualNodes: count,
      maxPoints: count,
      keyOf: Schema.optionalKey(Code<NonNullable<NonNullable<Parameters<typeof boundedHash>[0]>["keyOf"]>>())
    }),
    (options) => boundedHash(options),
    { keyOf: "a function of the task" }
  ),
  rendezvous: plain(
    "rendezvous",
    Schema.Struct({
      keyOf: Schema.optionalKey(Code<NonNullable<NonNullable<Parameters<typeof rendezvous>[0]>["keyOf"]>>()),
      waitMs: span
    }),
    (options) => rendezvous(options),
    { keyOf: "a function of the task" }
  ),
  sticky: kindOf(
    "sticky",
    stickySchema,
    ({ inner, ...options }, { child }) =>
      sticky({ ...options, ...(inner !== undefined && { inner: child(inner, "inner") }) }),
    { single: ["inner"], hints: hintsOf(stickySchema, { keyOf: "a function of the task" }) }
  ),
  affinity_based: plain(
    "affinity_based",
    Schema.Struct({
      holds: count,
      staysWarm: span,
      assumedShare: fraction,
      maxClasses: count,
      maxHomes: count,
      familyOf: Schema.optionalKey(Code<(model: string) => string>())
    }),
    (options) => affinityBased(options),
    { familyOf: "a function of the model's id" }
  ),
  fair_share: plain(
    "fair_share",
    Schema.Struct({ weights: Schema.optionalKey(Schema.Record(Schema.String, Above0)), ties }),
    (options) => fairShare(options),
    { weights: "shares above 0 by tenant, such as { gold: 3 }", ties: '"turn" or "first"' }
  ),
  best_fit: plain(
    "best_fit",
    Schema.Struct({
      cpu: quantity,
      memory: quantity,
      network: quantity,
      storage: quantity,
      slots: quantity,
      accelerators: quantity
    }),
    (options) => bestFit(options)
  ),
  fragmentation_aware: plain("fragmentation_aware", Schema.Struct({ grain: quantity }), (options) =>
    fragmentationAware(options)
  ),
  adaptive: kindOf(
    "adaptive",
    Schema.Struct({ critical: setting, high: setting, usual: setting, hardware: setting }),
    ({ critical, high, usual, hardware }, { child }) =>
      adaptive({
        ...(critical !== undefined && { critical: child(critical, "critical") }),
        ...(high !== undefined && { high: child(high, "high") }),
        ...(usual !== undefined && { usual: child(usual, "usual") }),
        ...(hardware !== undefined && { hardware: child(hardware, "hardware") })
      }),
    { single: ["critical", "high", "usual", "hardware"] }
  ),
  composite: kindOf(
    "composite",
    Schema.Struct({ algorithms: settings }),
    ({ algorithms }, context) =>
      algorithms === undefined
        ? strategyNamed("composite", context)
        : composite({
            algorithms: childrenOf(algorithms, "algorithms", context).map(({ make }, index) => ({
              strategy: make(),
              weight: weightOf(algorithms[index])
            }))
          }),
    {
      lists: ["algorithms"],
      held: { weight: Above0, hint: "a finite number above 0; what counts is its share of the sum" },
      hints: { algorithms: 'a list of at least one, such as [{ type: "performance_based", weight: 0.6 }]' }
    }
  ),
  dynamic: kindOf(
    "dynamic",
    dynamicSchema,
    ({ candidates, ...options }, context) =>
      dynamic({
        ...options,
        candidates: candidates === undefined ? usualCandidates(context) : candidatesOf(candidates, context),
        ...heard(context)
      }),
    { lists: ["candidates"], hints: hintsOf(dynamicSchema) }
  ),
  learned: kindOf(
    "learned",
    learnedSchema,
    ({ strategies: given, ...options }, context) =>
      learned({
        seed: context.seed,
        ...options,
        strategies:
          given === undefined ? usualArms() : childrenOf(given, "strategies", context).map(({ make }) => make()),
        ...heard(context)
      }),
    { lists: ["strategies"], hints: hintsOf(learnedSchema) }
  )
}
