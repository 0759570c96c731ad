import { type DurationInput, toMillis } from "../../../src/config/index.ts"
import type { Millis } from "../../../src/model/index.ts"

/** The span in milliseconds: a number as it is, of which `toMillis` keeps whole nanoseconds only. */
export const millisOf = (input: DurationInput): Millis => (typeof input === "number" ? input : toMillis(input))
