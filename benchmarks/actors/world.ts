/**
 * What a contender offers to be measured: a fresh system of actors in this process. Each way to load it is there only
 * where the contender can do that work at all. Whatever is sent is handled: a contender that has no room must not lose it.
 */
export interface World {
  /** So many fresh actors with a number for a state. The result tells the actor of that index to add 1; each handling calls `handled`. */
  readonly counters?: (count: number, handled: () => void) => Promise<(index: number) => void>
  /** So many fresh actors with a number for a state. The result asks the actor of that index to add 1 and to reply the sum. */
  readonly answerers?: (count: number) => Promise<(index: number) => PromiseLike<unknown>>
  /** The same for a contender whose askers are not promises: asks round robin, so many under way, until all are replied to. */
  readonly askAll?: (count: number) => Promise<(asks: number, lanes: number) => Promise<void>>
  /** A ring of so many actors: each tells the next, until `again` says no. The result gives a ball to the actor of that index. */
  readonly relay?: (count: number, again: () => boolean) => Promise<(index: number) => void>
  /** Spawns so many actors, has them stopped, and waits until all have ended. */
  readonly spawnAndStop?: (count: number) => Promise<void>
  /** Keeps so many idle actors, each of which has handled a message. */
  readonly idle?: (count: number) => Promise<void>
  /** So many failures, one after the other: µs from each until the next incarnation has handled a message. */
  readonly restarts?: (times: number) => Promise<ReadonlyArray<number>>
  /** Starts an actor whose timer tells it after so many milliseconds; it calls `fired`, and sets the timer anew if that says so. */
  readonly timer?: (ms: number, fired: () => boolean) => Promise<void>
  readonly close: () => Promise<void>
}
