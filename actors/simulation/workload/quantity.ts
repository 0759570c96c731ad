import * as Schema from "effect/Schema"

/** What a figure of a workload may be; none is NaN or infinite. */
export const Quantity = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

export const Positive = Schema.Finite.check(Schema.isGreaterThan(0))

export const Share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

export const Natural = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

export const Text = Schema.String.check(Schema.isNonEmpty())
