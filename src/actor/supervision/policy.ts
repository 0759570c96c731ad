import type { Backoff } from "./backoff.ts"

/**
 * Who is restarted with a failed child. one-for-one: nobody. one-for-all: all others. rest-for-one: those started
 * after it.
 */
export type Strategy = "one-for-one" | "one-for-all" | "rest-for-one"

/** permanent: always restarted. transient: only after a failure. temporary: never. */
export type RestartType = "permanent" | "transient" | "temporary"

/**
 * What becomes of a child that failed. restart: by its restart type. resume: it goes on with the state it has. stop:
 * it ends, as failed, and stays down. escalate: the supervisor fails with the child's cause. Only a restart counts
 * toward the intensity.
 */
export type Directive = "restart" | "resume" | "stop" | "escalate"

/** Whether the supervisor stops once any, or all, of its significant children have ended by themselves. */
export type AutoShutdown = "never" | "any" | "all"

export interface Policy {
  readonly strategy: Strategy
  /** Restarts allowed within `window` milliseconds; 0 gives up at the first failure. */
  readonly maxRestarts: number
  readonly window: number
  /** Default never. */
  readonly autoShutdown?: AutoShutdown
  /**
   * Children come and go at run time, one-for-one, and stop all at once: the state holds none but those in trouble.
   * One that has ended for good is forgotten, whatever its restart type.
   */
  readonly dynamic?: boolean
}

export interface ChildPolicy {
  readonly id: string
  readonly restart: RestartType
  readonly backoff: Backoff | undefined
  /** Its end may stop the supervisor (`autoShutdown`). Never a permanent one. */
  readonly significant?: boolean
}

/** Why nobody can count restarts by this. */
export const flawOfIntensity = ({
  maxRestarts,
  window
}: Pick<Policy, "maxRestarts" | "window">): string | undefined => {
  if (!(maxRestarts >= 0)) return `maxRestarts is 0 or more, not ${maxRestarts}`
  if (!(window > 0)) return `window is more than 0 ms, not ${window}`
  return undefined
}

/** Why this child cannot be under a supervisor of that policy. */
export const flawOfChild = (
  { autoShutdown = "never", dynamic = false }: Policy,
  { restart, backoff, significant = false }: ChildPolicy
): string | undefined => {
  if (significant && restart === "permanent") return "a permanent child cannot be significant: it never ends by itself"
  if (significant && dynamic) return "a child of a dynamic supervisor cannot be significant"
  if (significant && autoShutdown === "never") return "it is significant, but autoShutdown is never"
  return flawOfBackoff(backoff)
}

/** Why no restart can wait by this. */
export const flawOfBackoff = (backoff: Backoff | undefined): string | undefined => {
  if (backoff === undefined) return undefined
  const { base, max, jitter } = backoff
  if (!(base >= 0 && max >= base)) return `its backoff must grow from 0 or more to its max, not from ${base} to ${max}`
  if (!(jitter >= 0 && jitter <= 1)) return `its jitter is a share of 0 to 1, not ${jitter}`
  return undefined
}
