import type { RunCommand } from "../../../src/execution/index.ts"
import type { Millis } from "../../../src/model/index.ts"
import type { Chance } from "../workload/chance.ts"
import type { WorldOptions } from "../world/world-options.ts"
import { isJob, type Job } from "./job.ts"

/** What one run will do, if it is let. */
export interface RunPlan {
  /** The work of each step; a checkpoint stands between two. */
  readonly steps: ReadonlyArray<Millis>
  /** `crashes`: the thread ends with it, and it is named; `vanishes`: nobody knows which run it was. */
  readonly end: "completes" | "fails" | "hangs" | "crashes" | "vanishes"
  readonly heeds: boolean
}

const upTo = (most: Millis, chance: Chance): Millis => Math.round(chance() * most)

export const bootTime = ({ boot }: WorldOptions, chance: Chance): Millis => (boot === 0 ? 0 : 1 + upTo(boot, chance))

/** Steps a task had done when it saved this. */
export const doneIn = (state: unknown): number =>
  typeof state === "object" && state !== null && "done" in state && typeof state.done === "number" ? state.done : 0

const isSmooth = ({ failures, hangs, crashes, heeding }: WorldOptions): boolean =>
  failures + hangs + crashes === 0 && heeding === 1

/**
 * The plan of a run that goes on where its state says, so that moved and resumed work is not done again. `named` gives
 * the chance that its fate follows from; it is only asked for where there is something to draw.
 */
export const planRun = (world: WorldOptions, { payload, state }: RunCommand, named: () => Chance): RunPlan => {
  const done = doneIn(state)
  if (!isJob(payload)) {
    const chance = named()
    const checkpoints = Math.floor(chance() * (world.checkpoints + 1))
    const steps = Array.from({ length: Math.max(1, checkpoints + 1 - done) }, () => 1 + upTo(world.step, chance))
    return { steps, ...fateOf(world, chance) }
  }
  const steps = stepsOf(payload, done)
  return isSmooth(world) ? { steps, end: "completes", heeds: true } : { steps, ...fateOf(world, named()) }
}

const stepsOf = ({ work, checkpointEvery }: Job, done: number): ReadonlyArray<Millis> => {
  if (checkpointEvery === undefined || checkpointEvery <= 0 || work <= checkpointEvery) return [work]
  const count = Math.ceil(work / checkpointEvery)
  const last = work - (count - 1) * checkpointEvery
  return Array.from({ length: Math.max(1, count - done) }, (_, index, left = count - done) =>
    index >= left - 1 ? last : checkpointEvery
  )
}

const fateOf = ({ failures, hangs, crashes, heeding }: WorldOptions, chance: Chance): Omit<RunPlan, "steps"> => {
  const luck = chance()
  const named = chance() < 0.5
  const heeds = chance() < heeding
  if (luck < failures) return { end: "fails", heeds }
  if (luck < failures + hangs) return { end: "hangs", heeds }
  if (luck < failures + hangs + crashes) return { end: named ? "crashes" : "vanishes", heeds }
  return { end: "completes", heeds }
}
