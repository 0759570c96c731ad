import * as Schema from "effect/Schema"
import { DurationInput, problemsOf, WorkerDefinition, workerHints } from "../../src/config/index.ts"
import type { Problem } from "../../src/model/index.ts"
import type { ScoreRunner } from "../../src/placement/index.ts"
import { definitionProblems, type SimulatedOptions, type SimulationDefinition } from "./definition.ts"
import { isStrategyOption, strategyProblems } from "./strategy-input.ts"
import type { Fault } from "./world/fault.ts"
import { worldDefaults } from "./world/world-options.ts"

const Millis = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Factor = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))
const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))
const Text = Schema.String.check(Schema.isNonEmpty())

const SimulatedWorker = Schema.Struct({
  ...WorkerDefinition.fields,
  speed: Schema.optionalKey(Schema.Union([Positive, Schema.Record(Schema.String, Positive)])),
  cores: Schema.optionalKey(Positive),
  boot: Schema.optionalKey(Millis),
  warmUp: Schema.optionalKey(Schema.Struct({ for: Millis, factor: Factor })),
  phases: Schema.optionalKey(
    Schema.Array(Schema.Struct({ from: Millis, until: Schema.optionalKey(Millis), factor: Factor }))
  ),
  fixed: Schema.optionalKey(Schema.Array(Schema.Struct({ from: Millis, until: Millis, ms: Millis }))),
  count: Schema.optionalKey(Count)
})

const fault = <const Type extends Fault["type"], const Fields extends Schema.Struct.Fields>(type: Type, rest: Fields) =>
  Schema.Struct({ at: Millis, type: Schema.Literal(type), ...rest })

const Faults = Schema.Union([
  fault("crash", { worker: Text, culprit: Schema.optionalKey(Schema.Boolean) }),
  fault("death", { worker: Text }),
  fault("hang", { worker: Text, for: Millis }),
  fault("slow", { worker: Text, factor: Factor, for: Millis }),
  fault("mute", { worker: Text, for: Millis }),
  fault("lag", { worker: Text, by: Millis, for: Millis }),
  fault("join", { worker: SimulatedWorker }),
  fault("leave", { worker: Text })
])

/** Each by its name: what belongs to a runtime with threads and files is not among them. */
const simulatedOptions: Readonly<Record<keyof SimulatedOptions, true>> = {
  maxQueue: true,
  shedding: true,
  retain: true,
  grace: true,
  bootTimeout: true,
  ageing: true,
  heartbeatInterval: true,
  healthInterval: true,
  adaptation: true
}

const isObject = (input: unknown): input is object =>
  typeof input === "object" && input !== null && !Array.isArray(input)

/** Their values are judged with the rest of the definition. */
const Options = Schema.declare(
  (input): input is SimulatedOptions => isObject(input) && Object.keys(input).every((key) => key in simulatedOptions),
  { expected: `options of a simulated runtime: ${Object.keys(simulatedOptions).join(", ")}` }
)

/** What is in them is judged with the rest, too. */
const Workloads = Schema.declare(
  (input): input is SimulationDefinition["workload"] =>
    isObject(input) || (Array.isArray(input) && input.length > 0 && input.every(isObject)),
  { expected: "a workload, or a list of some" }
)

const isNumber = (input: unknown): input is number => typeof input === "number" && input >= 0

const World = Schema.declare(
  (input): input is NonNullable<SimulationDefinition["world"]> =>
    isObject(input) && Object.entries(input).every(([key, value]) => key in worldDefaults && isNumber(value)),
  { expected: `numbers, not negative, by name: ${Object.keys(worldDefaults).join(", ")}` }
)

const Listener = <F extends (...args: never) => unknown>() =>
  Schema.declare((input): input is F => typeof input === "function", { expected: "a function" })

const Definition = Schema.Struct({
  seed: Schema.optionalKey(Schema.Int),
  workers: Schema.Union([Count, Schema.Array(SimulatedWorker).check(Schema.isMinLength(1))]),
  workload: Workloads,
  strategy: Schema.optionalKey(
    Schema.declare(isStrategyOption, { expected: "a strategy's id, a strategy, or a function that makes one" })
  ),
  options: Schema.optionalKey(Options),
  faults: Schema.optionalKey(Schema.Array(Faults)),
  world: Schema.optionalKey(World),
  until: Schema.optionalKey(DurationInput),
  permute: Schema.optionalKey(Schema.Boolean),
  runner: Schema.optionalKey(
    Schema.declare((input): input is ScoreRunner => isObject(input) && "assign" in input, {
      expected: "a runner of scores"
    })
  ),
  onEvent: Schema.optionalKey(Listener<NonNullable<SimulationDefinition["onEvent"]>>()),
  watch: Schema.optionalKey(
    Schema.Struct({ every: DurationInput, look: Listener<NonNullable<SimulationDefinition["watch"]>["look"]>() })
  )
})

const hints = {
  ...workerHints,
  workers: 'a whole number, or a list such as [{ id: "slow", speed: 0.5, count: 3 }]',
  workload: 'such as { arrivals: { type: "poisson", perSecond: 100, tasks: 1000 }, kinds: [{ work: … }] }',
  strategy: 'such as "least_connections"',
  faults: 'a list such as [{ at: 1000, type: "crash", worker: "slow-1" }]',
  options: "leave out what needs threads or files",
  world: "such as { latency: 3 }; left out, nothing takes time but work",
  until: 'milliseconds, or a text such as "30 minutes"',
  speed: "work done in a millisecond, above 0; 1 is ordinary",
  type: "one of those the documentation names"
}

const isShaped = Schema.is(Definition)

/** What is wrong with a world, whatever it is and wherever it comes from: path and hint each. */
export const worldProblems = (input: unknown): ReadonlyArray<Problem> => {
  const problems = problemsOf(Definition, input, "", hints)
  if (problems.length > 0 || !isShaped(input)) return problems
  return [...definitionProblems(input), ...strategyProblems(input.strategy, "strategy")]
}

/** Whether it is a world that can be simulated: one without `worldProblems`. */
export const isWorld = (input: unknown): input is SimulationDefinition => worldProblems(input).length === 0
