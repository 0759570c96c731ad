import type { RunTimes } from "../../../src/adaptation/index.ts"
import { RecentMap } from "../../../src/collections/index.ts"
import type { Millis, TaskSpec } from "../../../src/model/index.ts"
import type { BallastEvent, BallastEventTag } from "../../events.ts"

/** What came of one kind, or of all, since it was counted last. */
export interface Arrived {
  /** Tasks a second. */
  readonly tasks: number
  /** Seconds of work, at speed 1, a second: so many workers of one slot it keeps busy. */
  readonly work: number
}

interface Count {
  tasks: number
  workMs: number
}

/** Kinds that are counted by themselves at most; beyond that the one longest without a task goes. */
const mostKinds = 200

/** Counts the tasks that are accepted, by kind, and the work they bring, as declared or as learned of their kind. */
export class Arrivals {
  readonly #times: Pick<RunTimes, "workMs">
  readonly #kinds = new RecentMap<string, Count>(mostKinds)
  readonly #all: Count = { tasks: 0, workMs: 0 }
  #since: Millis | undefined

  /** What it is to be told. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = ["TaskAccepted"]

  constructor(times: Pick<RunTimes, "workMs">) {
    this.#times = times
  }

  readonly onEvent = (event: BallastEvent): void => {
    if (event._tag === "TaskAccepted") this.#add(event.task)
  }

  /** What has come since the last time, by kind: also of those of which nothing came. `undefined` where that is now. */
  take(now: Millis): { readonly all: Arrived; readonly kinds: ReadonlyMap<string, Arrived> } | undefined {
    const passed = this.#since === undefined ? 0 : (now - this.#since) / 1_000
    this.#since = Math.max(now, this.#since ?? now)
    if (!(passed > 0)) return undefined
    const taken = (count: Count): Arrived => {
      const { tasks, workMs } = count
      count.tasks = 0
      count.workMs = 0
      return { tasks: tasks / passed, work: workMs / 1_000 / passed }
    }
    return { all: taken(this.#all), kinds: new Map([...this.#kinds.entries()].map(([kind, at]) => [kind, taken(at)])) }
  }

  #add({ type, expectedDuration }: TaskSpec): void {
    const workMs = expectedDuration ?? this.#times.workMs(type) ?? 0
    add(this.#all, workMs)
    add(this.#kinds.use(type, none), workMs)
  }
}

const none = (): Count => ({ tasks: 0, workMs: 0 })

const add = (count: Count, workMs: Millis): void => {
  count.tasks += 1
  count.workMs += workMs
}
