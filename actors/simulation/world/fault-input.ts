import * as Schema from "effect/Schema"
import { DurationInput } from "../../../src/config/index.ts"
import { Quantity, Text } from "../workload/quantity.ts"
import { typesIn, type Variant } from "../workload/variants.ts"
import type { Fault as AnyFault } from "./fault.ts"
import { SimulatedWorker } from "./worker-input.ts"

const fault = <const Type extends AnyFault["type"], const Fields extends Schema.Struct.Fields>(
  type: Type,
  rest: Fields
) => Schema.Struct({ at: DurationInput, type: Schema.Literal(type), ...rest })

/** A fault, from outside. */
export const Fault = Schema.Union([
  fault("crash", { worker: Text, culprit: Schema.optionalKey(Schema.Boolean) }),
  fault("death", { worker: Text }),
  fault("hang", { worker: Text, for: DurationInput }),
  fault("slow", { worker: Text, factor: Quantity, for: DurationInput }),
  fault("mute", { worker: Text, for: DurationInput }),
  fault("lag", { worker: Text, by: DurationInput, for: DurationInput }),
  fault("join", { worker: SimulatedWorker }),
  fault("leave", { worker: Text })
])

const types = typesIn(Fault)

/** Each entry of what is given as a list of faults. */
export const faultVariants = (faults: unknown, path: string): ReadonlyArray<Variant> =>
  Array.isArray(faults)
    ? faults.map((input: unknown, index) => ({ path: `${path}[${index}]`, input, noun: "fault", types }))
    : []
