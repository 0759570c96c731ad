import * as Schema from "effect/Schema"
import { Count, DurationInput, Share } from "./validate.ts"

/** How inputs are dealt out in batches. */
export const BatchOptions = Schema.Struct({
  concurrency: Schema.optional(Count),
  batch: Schema.Struct({
    target: Schema.optional(DurationInput),
    overheadShare: Schema.optional(Share),
    most: Schema.optional(Count)
  })
})
