import type { WorkerRecord } from "../../../ledger/index.ts"
import type { HardwareProfile, Millis, PowerModel, Priority, TaskSpec, WorkerId } from "../../../model/index.ts"
import { isUsablePower, wattsAt } from "../../../power/index.ts"
import { workerIn } from "../../pipeline/homing.ts"
import type { ScoreStrategy } from "../../strategy.ts"
import type { PlacementView } from "../../view.ts"
import { forgetOthers } from "../forget-others.ts"
import { speedOn } from "./speed-on.ts"

export interface EnergyAwareOptions {
  /** The share of a worker's idle watts that a task is charged with where nothing else runs: what sleep would have saved. */
  readonly waking: number
  /** By how much a worker that has run at its peak for long counts as dearer, as a share. */
  readonly heat: number
  /** The time after which heat is down to 1/e. */
  readonly cooling: Millis
  /** How much time counts beside energy for tasks of each priority: cost = joules × seconds^delay. */
  readonly delay: Readonly<Record<Priority, number>>
}

/** Joules × seconds is the energy-delay product, joules × seconds² that of what must be done soon. */
export const energyAwareDefaults: EnergyAwareOptions = {
  waking: 1,
  heat: 1,
  cooling: 60_000,
  delay: { critical: 2, high: 1, normal: 0, low: 0, minimal: 0 }
}

/** Where a worker's power is not known: what a plain CPU is taken to need. */
const assumed: PowerModel = { idleWatts: 30, peakWatts: 100, curve: [30, 100] }
const unknown: HardwareProfile = {
  kind: "cpu",
  performance: 1,
  energyEfficiency: 0.7,
  thermalEfficiency: 0.8,
  power: assumed
}
/** Watts that no task is without: with a curve that is flat somewhere, energy would not tell workers apart. */
const leastWatts = 0.01

/** Heat of one worker, when it was last looked at: 0 is cool; 1 is long at its peak with nothing led away. */
interface Heat {
  level: number
  at: Millis
}

/**
 * Energy-aware: the worker that does the task with the fewest joules, the hot ones less.
 *
 * Formula: the least watts × seconds^(1 + delay) × (1 + heat). Watts: what the task adds to the power curve of the worker, and
 * its idle watts where nothing else runs there, so that work gathers and idle workers can sleep. Seconds: the expected work
 * of the task ÷ the speed of the worker. Delay is 0 for normal tasks and below; for high ones the cost is the energy-delay
 * product, for critical ones energy × delay². Heat: each run adds its joules × (1 − thermal efficiency), which fade by
 * e^(−t/cooling), against the peak power over that time. For critical and high tasks ÷ the worker's priority multiplier.
 * Where the power of a worker is not known it is taken to be that of a plain CPU.
 * Source: S4 (efficiencies by kind; power-efficient tasks to power-efficient hardware; thermal management); the
 * energy-delay product of Gonzalez and Horowitz (1996).
 * Ties: the one that joined first. Cost: O(n), since heat fades at each worker in its own way.
 * Not where time is all that matters: efficient workers are often slow ones, and are filled first. It gathers work where
 * others spread it.
 */
export const energyAware = (
  options: Partial<Omit<EnergyAwareOptions, "delay">> & { readonly delay?: Partial<EnergyAwareOptions["delay"]> } = {}
) => {
  const { waking, heat: heatWeight, cooling } = { ...energyAwareDefaults, ...options }
  const delay = { ...energyAwareDefaults.delay, ...options.delay }
  const heats = new Map<WorkerId, Heat>()

  const profileOf = ({ spec }: WorkerRecord, { profiles }: PlacementView): HardwareProfile => {
    const profile = profiles?.of(spec.id) ?? unknown
    return isUsablePower(profile.power) ? profile : { ...profile, power: assumed }
  }

  const heatOf = (workerId: WorkerId, now: Millis): number => {
    const heat = heats.get(workerId)
    return heat === undefined ? 0 : heat.level * Math.exp(-Math.max(0, now - heat.at) / cooling)
  }

  const secondsOn = (task: TaskSpec, worker: WorkerRecord, view: PlacementView): number => {
    const work = task.expectedDuration ?? view.times?.workMs(task.type) ?? 1_000
    return (work > 0 ? work : 1) / 1_000 / speedOn(worker, view, task.type)
  }

  return {
    id: "energy_aware",
    score: (task, worker, view, now) => {
      const { slots, spec } = worker
      const { power } = profileOf(worker, view)
      const taken = task.requirements.demand.whole === true ? spec.limits.slots : 1
      const added = wattsAt(power, (slots + taken) / spec.limits.slots) - wattsAt(power, slots / spec.limits.slots)
      const seconds = secondsOn(task, worker, view) ** (1 + delay[task.priority])
      const running = Math.max(leastWatts, added) * seconds
      const woken = slots === 0 ? waking * power.idleWatts * seconds : 0
      return { running: -running, waking: -woken, heat: -heatWeight * heatOf(spec.id, now) * (running + woken) }
    },
    ended: ({ workerId, ms }, view, now) => {
      const worker = workerIn(view, workerId)
      if (worker === undefined || !(ms > 0 && ms < Number.POSITIVE_INFINITY)) return
      const { power, thermalEfficiency } = profileOf(worker, view)
      const share = (power.peakWatts - power.idleWatts) / power.peakWatts / worker.spec.limits.slots
      const kept =
        thermalEfficiency >= 0 && thermalEfficiency <= 1 ? 1 - thermalEfficiency : 1 - unknown.thermalEfficiency
      heats.set(workerId, {
        // What came at the beginning of a long run has faded by its end.
        level: heatOf(workerId, now) + Math.max(0, share) * kept * (1 - Math.exp(-ms / cooling)),
        at: now
      })
      forgetOthers(heats, view.workers)
    }
  } satisfies ScoreStrategy
}
