import type { Epoch, PowerModel, TaskId, WorkerId } from "../../model/index.ts"
import { wattsAt } from "../../power/index.ts"
import { type EfficiencySettings, workPerJoule } from "./efficiency.ts"

/** A task that runs on a worker that is to rest. */
export interface RestlessTask {
  readonly taskId: TaskId
  readonly epoch: Epoch
  readonly type: string
  readonly workerId: WorkerId
  /** Whether it goes on elsewhere from where it is, and is neither on its way nor lately moved. */
  readonly isMovable: boolean
  /** Work it still has to do, in seconds at speed 1; left out where nothing is known of it. */
  readonly remainingSeconds?: number
  /** What a move takes, in seconds. */
  readonly moveSeconds: number
}

export interface EvacuationWorker {
  readonly workerId: WorkerId
  readonly isAwake: boolean
  /** 0 failing – 1 sound. */
  readonly health: number
  readonly power?: PowerModel
  readonly slots: number
  readonly running: number
  readonly speed: number
}

export interface EvacuationInput {
  readonly tasks: ReadonlyArray<RestlessTask>
  readonly workers: ReadonlyArray<EvacuationWorker>
  /** Whether the worker has room for the task now. */
  readonly fits: (taskId: TaskId, workerId: WorkerId) => boolean
  /** Moves that may begin now. */
  readonly room: number
}

export interface Evacuation {
  readonly task: RestlessTask
  readonly target: WorkerId
  readonly because: string
}

export interface EvacuationSettings extends EfficiencySettings {
  /** What sleep must save at least for each joule that the moves cost. */
  readonly worth: number
  /** Health below which a worker takes no moved task. */
  readonly minHealth: number
}

/** What a worker that could be asleep draws for that alone, until the last of its tasks has ended, in joules. */
const saved = (worker: EvacuationWorker, tasks: ReadonlyArray<RestlessTask>): number => {
  if (worker.power === undefined) return 0
  const seconds = Math.max(...tasks.map(({ remainingSeconds = 0 }) => remainingSeconds)) / worker.speed
  return (worker.power.idleWatts - (worker.power.sleepWatts ?? 0)) * Math.max(0, seconds)
}

/** What the moves cost: the peak of one slot for as long as the task stands still. */
const spent = (worker: EvacuationWorker, tasks: ReadonlyArray<RestlessTask>): number => {
  const watts = worker.power === undefined ? 0 : wattsAt(worker.power, 1) / worker.slots
  return tasks.reduce((sum, { moveSeconds }) => sum + moveSeconds * watts, 0)
}

/**
 * Which tasks leave workers that are to rest, so that these can sleep (G10). A worker is cleared only where all that runs
 * there can be moved to ones that are awake, sound and not slower than `pace` times its own speed, and where sleeping sooner saves
 * `worth` times what the moves cost. The one that saves most is cleared first; its tasks go where there is room, to the
 * worker that does the most work for a joule.
 */
export const chooseEvacuations = (
  { tasks, workers, fits, room }: EvacuationInput,
  settings: EvacuationSettings
): ReadonlyArray<Evacuation> => {
  const targets = workers
    .filter(({ isAwake, health }) => isAwake && health >= settings.minHealth)
    .map((worker) => ({ worker, worth: workPerJoule(worker, settings.target), room: worker.slots - worker.running }))
    .sort((a, b) => b.worth - a.worth)
  const cleared = workers
    .filter(({ isAwake }) => !isAwake)
    .map((worker) => ({ worker, tasks: tasks.filter(({ workerId }) => workerId === worker.workerId) }))
    .filter(({ tasks: own }) => own.length > 0 && own.every(({ isMovable }) => isMovable))
    .map((each) => ({ ...each, saves: saved(each.worker, each.tasks), costs: spent(each.worker, each.tasks) }))
    .filter(({ saves, costs }) => saves > settings.worth * costs)
    .sort((a, b) => b.saves - a.saves)
  const chosen: Array<Evacuation> = []
  for (const { worker, tasks: own, saves } of cleared) {
    // The longest first: it is what the worker would stay awake for.
    for (const task of own.toSorted((a, b) => (b.remainingSeconds ?? 0) - (a.remainingSeconds ?? 0))) {
      if (chosen.length >= room) return chosen
      const target = targets.find(
        (each) =>
          each.room > 0 && each.worker.speed >= settings.pace * worker.speed && fits(task.taskId, each.worker.workerId)
      )
      if (target === undefined) break
      target.room -= 1
      const because = `${worker.workerId} is to rest, which saves ${Math.round(saves)} J`
      chosen.push({ task, target: target.worker.workerId, because })
    }
  }
  return chosen
}
