import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import type { Millis } from "../../src/model/index.ts"

/** How often what happens in a simulated world. Shares, 0–1; times in milliseconds. */
export interface WorldOptions {
  /** The longest a thread takes to load its handlers. */
  readonly boot: Millis
  /** Share of starts in which the handlers cannot be loaded. */
  readonly loadFailures: number
  /** The longest step of a run: the time between two checkpoints. */
  readonly step: Millis
  /** The most checkpoints a run makes. */
  readonly checkpoints: number
  /** Share of runs that fail. */
  readonly failures: number
  /** Share of runs that never settle, unless they are told to stop and heed it. */
  readonly hangs: number
  /** Share of runs that end their thread, being named for it or not. */
  readonly crashes: number
  /** Share of runs that heed the signal between checkpoints. */
  readonly heeding: number
  /** The longest a report, a cancellation or the end of a thread is on its way. */
  readonly latency: Millis
  /** Milliseconds between two heartbeats. */
  readonly heartbeatInterval: Millis
}

export const worldDefaults: WorldOptions = {
  boot: 40,
  loadFailures: 0,
  step: 50,
  checkpoints: 3,
  failures: 0.1,
  hangs: 0.05,
  crashes: 0.03,
  heeding: 0.7,
  latency: 3,
  heartbeatInterval: 5_000
}

/** The same with nothing going wrong. */
export const calm = (world: WorldOptions): WorldOptions => ({
  ...world,
  loadFailures: 0,
  failures: 0,
  hangs: 0,
  crashes: 0,
  heeding: 1
})

/** What one run will do, if it is let. */
export interface RunPlan {
  /** The length of each step; a checkpoint stands between two. */
  readonly steps: ReadonlyArray<Millis>
  /** `crashes`: the thread ends with it, and it is named; `vanishes`: nobody knows which run it was. */
  readonly end: "completes" | "fails" | "hangs" | "crashes" | "vanishes"
  readonly heeds: boolean
}

export type Chance = () => number

/** Numbers 0 ≤ x < 1 that follow from the name alone, whatever else was drawn before. */
export const chanceOf = (name: string): Chance => {
  const random = Effect.runSync(Random.withSeed(Effect.service(Random.Random), name))
  return () => random.nextDoubleUnsafe()
}

const upTo = (most: Millis, chance: Chance): Millis => Math.round(chance() * most)

export const bootTime = ({ boot }: WorldOptions, chance: Chance): Millis => 1 + upTo(boot, chance)

/** The plan of a run that goes on where `state` says, so that moved and resumed work is not done again. */
export const planRun = (world: WorldOptions, done: number, chance: Chance): RunPlan => {
  const checkpoints = Math.floor(chance() * (world.checkpoints + 1))
  const steps = Array.from({ length: Math.max(1, checkpoints + 1 - done) }, () => 1 + upTo(world.step, chance))
  const luck = chance()
  const { failures, hangs, crashes } = world
  const named = chance() < 0.5
  const heeds = chance() < world.heeding
  if (luck < failures) return { steps, end: "fails", heeds }
  if (luck < failures + hangs) return { steps, end: "hangs", heeds }
  if (luck < failures + hangs + crashes) return { steps, end: named ? "crashes" : "vanishes", heeds }
  return { steps, end: "completes", heeds }
}
