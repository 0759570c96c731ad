import * as Schema from "effect/Schema"
import { DurationInput, WorkerDefinition } from "../../../src/config/index.ts"
import type { Problem } from "../../../src/model/index.ts"
import { Count, Positive, Quantity } from "../workload/quantity.ts"
import { millisOf } from "./millis-of.ts"
import type { SimulatedWorker as Worker } from "./worker-traits.ts"

/** A worker of a simulated world, from outside. */
export const SimulatedWorker = Schema.Struct({
  ...WorkerDefinition.fields,
  speed: Schema.optionalKey(Schema.Union([Positive, Schema.Record(Schema.String, Positive)])),
  cores: Schema.optionalKey(Positive),
  contention: Schema.optionalKey(Quantity),
  boot: Schema.optionalKey(DurationInput),
  warmUp: Schema.optionalKey(Schema.Struct({ for: DurationInput, factor: Quantity })),
  phases: Schema.optionalKey(
    Schema.Array(Schema.Struct({ from: DurationInput, until: Schema.optionalKey(DurationInput), factor: Quantity }))
  ),
  fixed: Schema.optionalKey(
    Schema.Array(Schema.Struct({ from: DurationInput, until: DurationInput, ms: DurationInput }))
  ),
  count: Schema.optionalKey(Count)
})

type Span = { readonly from: DurationInput; readonly until?: DurationInput }

const spanProblems = (spans: ReadonlyArray<Span>, path: string): ReadonlyArray<Problem> =>
  spans.flatMap(({ from, until }, index) =>
    until === undefined || millisOf(from) <= millisOf(until)
      ? []
      : [{ path: `${path}[${index}].until`, message: "it ends before it begins", hint: "not before `from`" }]
  )

/** What makes no sense in it, though each part is of its type. */
export const traitProblems = ({ phases = [], fixed = [] }: Worker, path: string): ReadonlyArray<Problem> => [
  ...spanProblems(phases, `${path}.phases`),
  ...spanProblems(fixed, `${path}.fixed`)
]
