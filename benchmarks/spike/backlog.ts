import { mean } from "../../src/statistics/index.ts"
import { type Account, type WorkerName, workerIds } from "./account.ts"
import { slice, type Task } from "./trace.ts"

/** Seconds of work that each worker has before it, by the clock of that moment. */
export interface Look {
  /** Milliseconds from the start. */
  readonly at: number
  readonly backlogs: ReadonlyArray<number>
}

/**
 * How much each worker has before it: of what has come and is not done, by where it runs, or by where it belongs while it
 * waits. Read from what the tasks themselves count, not from what the runtime believes.
 */
export class Backlog {
  readonly #account: Account
  readonly #open = new Map<number, { readonly task: Task; worker: WorkerName }>()

  constructor(account: Account) {
    this.#account = account
  }

  came(task: Task): void {
    this.#open.set(task.number, { task, worker: task.home })
  }

  placed(number: number, worker: WorkerName): void {
    const open = this.#open.get(number)
    if (open !== undefined) open.worker = worker
  }

  ended(number: number): void {
    this.#open.delete(number)
  }

  look(at: number): Look {
    const backlogs = workerIds.map((id) => {
      let left = 0
      for (const { task, worker } of this.#open.values()) {
        if (worker === id) left += task.slices - this.#account.done(task.number)
      }
      return (left * slice * this.#account.slowness(id)) / 1_000
    })
    return { at, backlogs }
  }
}

export interface Balanced {
  /** Seconds that the largest backlog may be above the mean of all. */
  readonly within: number
  /** Milliseconds for which it must stay so. */
  readonly lasting: number
}

/** Whether nobody has much more before it than the others: what one task more or less makes is none. */
export const isBalanced = ({ backlogs }: Look, { within }: Balanced): boolean =>
  Math.max(...backlogs) - mean(backlogs) <= within

/** Milliseconds from that moment until the backlogs are balanced and stay so; `undefined` where that never comes. */
export const balancedAfter = (looks: ReadonlyArray<Look>, from: number, rule: Balanced): number | undefined => {
  let since: number | undefined
  for (const look of looks) {
    if (look.at < from) continue
    if (!isBalanced(look, rule)) since = undefined
    else since ??= look.at
    if (since !== undefined && look.at - since >= rule.lasting) return since - from
  }
  return undefined
}
