import type { TaskId, WorkerId } from "../../model/index.ts"

/** A task that waits for a worker and may go to another. */
export interface Stealable {
  readonly taskId: TaskId
  /** What it takes at speed 1. */
  readonly seconds: number
  /** What it loses by going elsewhere: what it has there already, and what has to be carried. */
  readonly moveSeconds: number
}

/** A worker, as one to steal from or for. */
export interface StealWorker {
  readonly workerId: WorkerId
  /** Tasks that it can get on with at a time. */
  readonly slots: number
  readonly speed: number
  /** What runs there: how many, and what is left of them together, at speed 1. */
  readonly running: number
  readonly runningSeconds: number
  /** What waits for it, in its order. */
  readonly waiting: ReadonlyArray<Stealable>
  /** Whether it may take work now. Left out: it may. */
  readonly takes?: boolean
}

export interface Steal {
  readonly taskId: TaskId
  readonly victim: WorkerId
  readonly thief: WorkerId
}

export interface StealSettings {
  /** A worker with so much that waits, in seconds of each of its slots … */
  readonly enough: number
  /** … and so many times the mean of all has too much, and is the first to be relieved. */
  readonly excess: number
}

export const stealDefaults: StealSettings = { enough: 0.4, excess: 1.9 }

interface Standing {
  readonly worker: StealWorker
  /** Seconds until all it has is done, with what was stolen so far; for each of its slots. */
  occupied: number
  tasks: number
  /** Whether it was stolen from, and whether for it. */
  gave: boolean
  took: boolean
}

/**
 * What idle workers take of what waits for others: the cheapest to move first, from the most loaded first, for the least
 * loaded first. One steal after the other, each counted on both sides before the next.
 *
 * A task is taken where it will be done elsewhere, its move included, before its worker comes to half of it:
 * occupied(thief) + move + task ÷ speed ≤ occupied(victim) − (task ÷ speed) ÷ 2. So a worker that was stolen from is not
 * idle because of it, and nothing is stolen back. Idle is for whom nothing waits, and
 * who has a slot free or less than half of what all have in the mean. Source: the work stealing of Dask's scheduler, with speeds.
 *
 * Guarantees: each task goes once; nobody gives and takes; without new work the passes come to rest. Cost: O(tasks that
 * wait × workers).
 */
export const planSteals = (
  workers: ReadonlyArray<StealWorker>,
  fits: (taskId: TaskId, workerId: WorkerId) => boolean,
  settings: StealSettings = stealDefaults
): ReadonlyArray<Steal> => {
  const standings = workers.filter(isUsable).map(standingOf)
  const mean = meanOccupied(standings)
  const steals: Array<Steal> = []
  let left = itemsOf(standings, mean, settings)
  // What was not worth it at first may be, once others are where they belong.
  for (let before = -1; before < steals.length; ) {
    before = steals.length
    left = left.filter(({ victim, task }) => {
      const thief = victim.took ? undefined : thiefFor(task, victim, standings, mean, fits)
      if (thief === undefined) return true
      steals.push({ taskId: task.taskId, victim: victim.worker.workerId, thief: thief.worker.workerId })
      give(task, victim, thief)
      return false
    })
  }
  return steals
}

const give = ({ seconds, moveSeconds }: Stealable, victim: Standing, thief: Standing): void => {
  thief.occupied += (moveSeconds * thief.worker.speed + seconds) / capacityOf(thief.worker)
  thief.tasks += 1
  thief.took = true
  victim.occupied -= seconds / capacityOf(victim.worker)
  victim.tasks -= 1
  victim.gave = true
}

const isUsable = ({ speed, slots, runningSeconds }: StealWorker): boolean =>
  speed > 0 && slots > 0 && runningSeconds >= 0 && Number.isFinite(speed + slots + runningSeconds)

const capacityOf = ({ slots, speed }: StealWorker): number => slots * speed

/** The larger what it loses is against what it takes, the later. */
const costOf = ({ moveSeconds, seconds }: Stealable): number => moveSeconds / Math.max(seconds, 1e-9)

const standingOf = (worker: StealWorker): Standing => {
  const waiting = worker.waiting.reduce((sum, { seconds }) => sum + seconds, 0)
  const occupied = (worker.runningSeconds + waiting) / capacityOf(worker)
  return { worker, occupied, tasks: worker.running + worker.waiting.length, gave: false, took: false }
}

const meanOccupied = (standings: ReadonlyArray<Standing>): number => {
  let [seconds, slots] = [0, 0]
  for (const { occupied, worker } of standings) {
    seconds += occupied * worker.slots
    slots += worker.slots
  }
  return slots === 0 ? 0 : seconds / slots
}

/** What waits for those that have too much, then for others: what is cheapest to move first, of the most loaded first. */
const itemsOf = (standings: ReadonlyArray<Standing>, mean: number, settings: StealSettings) =>
  standings
    .filter(({ worker }) => worker.waiting.length > 0)
    .map((victim) => ({ victim, before: victim.occupied, rank: hasTooMuch(victim, mean, settings) ? 0 : 1 }))
    .flatMap((from) => from.victim.worker.waiting.map((task) => ({ ...from, task })))
    .sort((a, b) => a.rank - b.rank || costOf(a.task) - costOf(b.task) || b.before - a.before)

const hasTooMuch = (
  { worker, occupied, tasks }: Standing,
  mean: number,
  { enough, excess }: StealSettings
): boolean => {
  const pending = (occupied * Math.max(0, tasks - worker.slots)) / tasks
  return pending > enough && pending > excess * mean
}

const thiefFor = (
  { taskId, seconds, moveSeconds }: Stealable,
  victim: Standing,
  standings: ReadonlyArray<Standing>,
  mean: number,
  fits: (taskId: TaskId, workerId: WorkerId) => boolean
): Standing | undefined => {
  let best: Standing | undefined
  for (const standing of standings) {
    const { worker, occupied, tasks, gave } = standing
    if (standing === victim || gave || worker.takes === false || worker.waiting.length > 0) continue
    if (tasks >= worker.slots && occupied >= mean / 2) continue
    if (best !== undefined && occupied >= best.occupied) continue
    const there = occupied + moveSeconds + seconds / worker.speed
    if (there > victim.occupied - seconds / victim.worker.speed / 2) continue
    if (fits(taskId, worker.workerId)) best = standing
  }
  return best
}
