import type { Millis } from "../../model/index.ts"

export interface SlowStartSettings {
  /** Time after which a worker has all its slots. Default 5 s. */
  readonly window: Millis
  /** Runs for each of its slots after which it has, however short they are: its code is compiled by then. Default 20. */
  readonly runs: number
  /** The share of its slots that it begins with. Default 0.1. */
  readonly least: number
  /** 1: as time goes; greater: faster at first. Default 1. */
  readonly aggression: number
}

export const slowStartDefaults: SlowStartSettings = { window: 5_000, runs: 20, least: 0.1, aggression: 1 }

/** How far a worker has come since it began to take work. */
export interface Warming {
  readonly startedAt: Millis
  /** Runs completed since. */
  readonly runs: number
}

/**
 * The share of its slots that a worker may have by now (2.8, Envoy's slow start):
 * `max(least, progress^(1 / aggression))`, progress being the greater of time ÷ window and runs ÷ (runs a slot × slots).
 * Never less for more time or more runs.
 */
export const warmShare = (
  { startedAt, runs }: Warming,
  slots: number,
  { window, runs: enough, least, aggression }: SlowStartSettings,
  now: Millis
): number => {
  const elapsed = Math.max(0, now - startedAt)
  const progress = Math.max(elapsed >= window ? 1 : elapsed / window, runs / Math.max(1, enough * slots))
  return Math.min(1, Math.max(least, progress ** (1 / aggression)))
}

/** The same in whole slots, at least one. */
export const warmSlots = (warming: Warming, slots: number, settings: SlowStartSettings, now: Millis): number =>
  Math.max(1, Math.floor(warmShare(warming, slots, settings, now) * slots + 1e-9))

/**
 * Whether a worker that begins to take work starts slowly: only where others carry the load meanwhile, and it has more slots
 * than the one it needs.
 *
 * @param others slots of those that take work beside it, and are not warming up themselves
 */
export const startsSlowly = (slots: number, others: number): boolean => slots > 1 && others > 0
