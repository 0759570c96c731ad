import * as Brand from "effect/Brand"

/** A point in time or a span, in milliseconds. Points come from one monotonic clock; the ledger never reads it. */
export type Millis = number

/**
 * An integer count of thousandths: of a core, of a GiB, of a Mbps, of an accelerator.
 * Reservations are added and subtracted millions of times, so they are integers: no drift.
 */
export type Milli = number & Brand.Brand<"Milli">
export const Milli: Brand.Constructor<Milli> = Brand.nominal<Milli>()

/** Rounds a quantity in whole units to thousandths. */
export const toMilli = (quantity: number): Milli => Milli(Math.round(quantity * 1000))

/** The fencing token of one assignment. Rises over the life of a ledger; a task's accepted epochs strictly rise. */
export type Epoch = number & Brand.Brand<"Epoch">
export const Epoch: Brand.Constructor<Epoch> = Brand.nominal<Epoch>()
