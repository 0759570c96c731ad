import { knownHardware } from "../../../src/adaptation/index.ts"
import type { StrategySetting } from "../../../src/config/index.ts"
import type { Millis, TaskId, WorkerId } from "../../../src/model/index.ts"
import type { BallastEvent } from "../../events.ts"
import type { SimulatedOptions } from "../definition.ts"
import { simulate } from "../simulate.ts"
import { isJob } from "../threads/job.ts"
import { figureOf, type Goal, type Seen } from "./goal.ts"
import type { HistoryWorld } from "./history-world.ts"
import type { Stretch } from "./stretches.ts"

/** Options of a runtime that are tried, as plain data. */
export interface TunedSettings extends SimulatedOptions {
  readonly strategy?: StrategySetting | string
}

/** One stretch under one setting, as plain data. */
export interface Trial {
  readonly stretch: Stretch
  readonly settings: TunedSettings
  readonly goal: Goal
  readonly seed: number
}

export interface TrialResult {
  readonly figure: number
  /** Judged tasks that were completed. */
  readonly completed: number
}

/** Follows the tasks of a stretch that are judged. */
class Judge {
  readonly #begin: Millis
  readonly #hardware: NonNullable<TunedSettings["hardware"]>
  readonly #arrived = new Map<TaskId, Millis>()
  readonly #restingSince = new Map<WorkerId, Millis>()
  readonly sojourns: Array<Millis> = []
  readonly rested = new Map<WorkerId, Millis>()
  readonly workers: Array<Seen["workers"][number]> = []
  lastEnd: Millis = 0

  constructor(begin: Millis, hardware: NonNullable<TunedSettings["hardware"]> = {}) {
    this.#begin = begin
    this.#hardware = hardware
  }

  readonly onEvent = (event: BallastEvent): void => {
    switch (event._tag) {
      case "WorkerAdded": {
        const { id, capabilities, limits } = event.worker
        const kind = capabilities.hardware
        const given = Object.hasOwn(this.#hardware, kind) ? this.#hardware[kind] : undefined
        this.workers.push({ id, power: knownHardware(kind, given).power, slots: limits.slots })
        return
      }
      case "WorkerPhaseChanged":
        return this.#phase(event.workerId, event.phase === "resting", event.at)
      case "TaskAccepted": {
        const { payload, id } = event.task
        if (isJob(payload) && payload.at >= this.#begin) this.#arrived.set(id, payload.at)
        return
      }
      case "TaskCompleted": {
        const arrived = this.#arrived.get(event.taskId)
        if (arrived === undefined) return
        this.#arrived.delete(event.taskId)
        this.sojourns.push(event.at - arrived)
        this.lastEnd = event.at
      }
    }
  }

  /** It is over: who rests has rested until now. */
  close(now: Millis): void {
    for (const id of this.#restingSince.keys()) this.#phase(id, false, now)
  }

  #phase(id: WorkerId, rests: boolean, now: Millis): void {
    const since = this.#restingSince.get(id)
    if (since !== undefined) this.rested.set(id, (this.rested.get(id) ?? 0) + now - since)
    if (rests) this.#restingSince.set(id, now)
    else this.#restingSince.delete(id)
  }
}

/** Lets the stretch happen once more, under these settings. */
export const runTrial = async (world: HistoryWorld, { stretch, settings, goal, seed }: Trial): Promise<TrialResult> => {
  const { strategy, ...options } = settings
  const own = world.of(stretch)
  const begin = world.arrivalOf(stretch.from) - world.arrivalOf(stretch.warmFrom)
  const judge = new Judge(begin, settings.hardware)
  const outcome = await simulate({
    ...own,
    seed,
    options,
    ...(strategy !== undefined && { strategy }),
    onEvent: judge.onEvent
  })
  judge.close(outcome.makespan)
  const { sojourns, rested, workers } = judge
  const lasting = Math.max(0, judge.lastEnd - begin)
  return {
    figure: figureOf(goal, { sojourns, lasting, outcome, workers, rested }),
    completed: sojourns.length
  }
}
