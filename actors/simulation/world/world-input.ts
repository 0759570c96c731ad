import * as Schema from "effect/Schema"
import type { Problem } from "../../../src/model/index.ts"
import { Natural, Quantity, Share } from "../workload/quantity.ts"
import type { WorldOptions } from "./world-options.ts"

const AtLeastOne = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(1))
/** It may be infinite: nothing takes any time on its way. */
const Bandwidth = Schema.Number.check(Schema.isGreaterThan(0))

/** How a world is, from outside. */
export const World = Schema.Struct({
  boot: Schema.optionalKey(Quantity),
  loadFailures: Schema.optionalKey(Share),
  step: Schema.optionalKey(Quantity),
  checkpoints: Schema.optionalKey(Natural),
  failures: Schema.optionalKey(Share),
  hangs: Schema.optionalKey(Share),
  crashes: Schema.optionalKey(Share),
  heeding: Schema.optionalKey(Share),
  latency: Schema.optionalKey(Quantity),
  bandwidth: Schema.optionalKey(Bandwidth),
  dispatchCost: Schema.optionalKey(Quantity),
  heartbeatInterval: Schema.optionalKey(AtLeastOne)
})

const share = "a share, 0 to 1"
const fate = "a share, 0 to 1; failures, hangs and crashes are at most 1 together"
const time = "milliseconds, not negative"

export const worldHints: Readonly<Record<keyof WorldOptions, string>> = {
  boot: time,
  loadFailures: share,
  step: time,
  checkpoints: "a whole number, at least 0",
  failures: fate,
  hangs: fate,
  crashes: fate,
  heeding: share,
  latency: time,
  bandwidth: "bytes in a millisecond, above 0",
  dispatchCost: time,
  heartbeatInterval: "milliseconds, at least 1"
}

/** What does not fit together in it. */
export const worldOptionProblems = (
  { failures = 0, hangs = 0, crashes = 0 }: Partial<WorldOptions>,
  path: string
): ReadonlyArray<Problem> =>
  // A little more is rounding.
  failures + hangs + crashes <= 1 + 1e-9
    ? []
    : [{ path, message: "more runs go wrong than there are", hint: "failures + hangs + crashes ≤ 1" }]
