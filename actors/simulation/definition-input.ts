import * as Schema from "effect/Schema"
import { DurationInput, problemsOf, workerHints } from "../../src/config/index.ts"
import type { Problem } from "../../src/model/index.ts"
import type { ScoreRunner } from "../../src/placement/index.ts"
import { definitionProblems, type SimulatedOptions, type SimulationDefinition } from "./definition.ts"
import { isStrategyOption, strategyProblems } from "./strategy-input.ts"
import { Count } from "./workload/quantity.ts"
import { withTypeProblems } from "./workload/variants.ts"
import { Fault, faultVariants } from "./world/fault-input.ts"
import { SimulatedWorker } from "./world/worker-input.ts"
import { World, worldHints } from "./world/world-input.ts"

/** Each by its name: what belongs to a runtime with threads and files is not among them. */
const simulatedOptions: Readonly<Record<keyof SimulatedOptions, true>> = {
  sticky: true,
  maxQueue: true,
  maxQueueTime: true,
  refuseLate: true,
  shedding: true,
  retain: true,
  grace: true,
  bootTimeout: true,
  ageing: true,
  queue: true,
  heartbeatInterval: true,
  healthInterval: true,
  hardware: true,
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

const Listener = <F extends (...args: never) => unknown>() =>
  Schema.declare((input): input is F => typeof input === "function", { expected: "a function" })

const Definition = Schema.Struct({
  seed: Schema.optionalKey(Schema.Int),
  workers: Schema.Union([Count, Schema.Array(SimulatedWorker).check(Schema.isMinLength(1))]),
  pool: Schema.optionalKey(Schema.Struct({ min: Count, max: Count })),
  workload: Workloads,
  strategy: Schema.optionalKey(
    Schema.declare(isStrategyOption, { expected: "a strategy's id, a strategy, or a function that makes one" })
  ),
  options: Schema.optionalKey(Options),
  faults: Schema.optionalKey(Schema.Array(Fault)),
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

const duration = 'milliseconds, or a text such as "5 seconds"'

const hints = {
  ...workerHints,
  ...worldHints,
  workers: 'a whole number, or a list such as [{ id: "slow", speed: 0.5, count: 3 }]',
  pool: "{ min: 2, max: 8 }",
  workload: 'such as { arrivals: { type: "poisson", perSecond: 100, tasks: 1000 }, kinds: [{ work: … }] }',
  strategy: 'such as "least_connections"',
  faults: 'a list such as [{ at: 1000, type: "crash", worker: "slow-1" }]',
  options: "leave out what needs threads or files",
  world: `such as { latency: 3 }; there are ${Object.keys(worldHints).join(", ")}`,
  worker: 'the id of a worker, such as "w1"; of a join, who joins, such as { id: "late", speed: 2 }',
  speed: "work done in a millisecond, above 0; 1 is ordinary",
  cores: "above 0",
  contention: "a share, not negative",
  boot: 'milliseconds; of a worker also a text such as "5 seconds"',
  warmUp: 'such as { for: "10 seconds", factor: 0.5 }',
  phases: 'a list such as [{ from: "1 minute", until: "2 minutes", factor: 0.5 }]',
  fixed: "a list such as [{ from: 0, until: 60_000, ms: 500 }]",
  count: "a whole number, at least 1",
  at: duration,
  for: duration,
  by: duration,
  from: duration,
  until: duration,
  every: duration,
  ms: duration,
  factor: "what its speed is multiplied by, not negative",
  look: "a function that is given a look at the world",
  type: "one of those the documentation names"
}

const faultsIn = (input: unknown): unknown => (isObject(input) && "faults" in input ? input.faults : undefined)

const isShaped = Schema.is(Definition)

/** What is wrong with a world, whatever it is and wherever it comes from: path and hint each. */
export const worldProblems = (input: unknown): ReadonlyArray<Problem> => {
  const problems = withTypeProblems(problemsOf(Definition, input, "", hints), faultVariants(faultsIn(input), "faults"))
  if (problems.length > 0 || !isShaped(input)) return problems
  return [...definitionProblems(input), ...strategyProblems(input.strategy, "strategy")]
}

/** Whether it is a world that can be simulated: one without `worldProblems`. */
export const isWorld = (input: unknown): input is SimulationDefinition => worldProblems(input).length === 0
