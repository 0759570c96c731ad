/** One of those among whom a router chooses. */
export interface Routee {
  /** Stays the same as long as the routee does, also when others come and go: what a consistent hash goes by. */
  readonly name: string
  /** Ascending in the order in which routees came. */
  readonly serial: number
  /** Messages in its mailbox, and the one that it is at. */
  readonly load: number
}

/** A message that is to be routed. */
export interface Routed {
  readonly tag: string
  readonly payload: unknown
  /** The serial of the routee that the message before went to; -1 at first. */
  readonly last: number
  /** 0 ≤ x < 1, from Effect's `Random`. */
  readonly random: () => number
}

/**
 * Chooses whom messages go to.
 *
 * It is called whenever routees have come or gone, with those there are: at least one, by ascending serial. What it
 * gives is called for each message and says which of them get it: at least one. Both are pure.
 */
export type RoutingStrategy = <R extends Routee>(routees: ReadonlyArray<R>) => (message: Routed) => ReadonlyArray<R>

/** The first routee after that serial, in a circle. */
export const after = <R extends Routee>(routees: ReadonlyArray<R>, serial: number): ReadonlyArray<R> => {
  const next = routees.find((routee) => routee.serial > serial) ?? routees[0]
  return next === undefined ? [] : [next]
}
