/**
 * A stretch of a queue: the parts of messages side by side, and as its last item the stretch that follows. So a message
 * on its way takes no object: what is not made need not be moved or collected by a garbage collector either, and under
 * a flood that is most of the work. Growing copies nothing, and what was emptied is let go of.
 */
export type Stretch = Array<unknown>

/** Tag, payload, postmark. */
export const parts = 3

/** Messages the first stretch of a queue holds; each further one holds four times as many, up to the largest. */
const firstRoom = 4
const largestRoom = 512

const stretchOf = (messages: number): Stretch => new Array<unknown>(messages * parts + 1)

export const firstStretch = (): Stretch => stretchOf(firstRoom)

/** The stretch to follow this one. */
export const nextStretch = (last: Stretch): Stretch => stretchOf(Math.min(largestRoom, ((last.length - 1) / parts) * 4))

export const isStretch = (value: unknown): value is Stretch => Array.isArray(value)
