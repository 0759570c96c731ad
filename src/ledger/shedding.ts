import { type Priority, priorities, priorityRank } from "../model/index.ts"
import type { TaskRecord } from "./records.ts"

/**
 * Load shedding (A6): under overload the least urgent waiting task ends to make room for a more urgent one. Lowest
 * priority first, within it the latest accepted; what has begun to run is never shed, and nothing critical is. Equals
 * make no room for each other: a burst of one priority is held back, not shed.
 */

/** What the load is made of. */
export interface Occupancy {
  readonly running: number
  readonly waiting: number
  /** Of all workers that take work. */
  readonly slots: number
  /** How many may wait. */
  readonly maxQueue: number
}

/** (running + waiting) / (slots + queue); 1 where every slot and every place in the queue is taken. */
export const loadOf = ({ running, waiting, slots, maxQueue }: Occupancy): number =>
  (running + waiting) / (slots + maxQueue)

/** Whether the first is the more urgent. */
export const outranks = (first: Priority, second: Priority): boolean => priorityRank[first] < priorityRank[second]

/** The priorities that may be shed, the least urgent first. */
const sheddable = priorities.filter((priority) => priority !== "critical").toReversed()

/** Whether it waits and has never begun to run. */
const mayBeShed = ({ status, attempts }: TaskRecord): boolean => status === "queued" && attempts === 0

/** Entries from which on a stack is worth clearing of what no longer waits. */
const smallest = 64

/** Waiting tasks of one priority, the latest accepted on top. What no longer waits lies among them for a while. */
class Stack {
  #tasks: Array<TaskRecord> = []
  #clearAt = smallest

  /** Mostly the latest; one that was called back before it began takes its old place again. */
  put(task: TaskRecord): void {
    if (this.#tasks.length >= this.#clearAt) this.#clear()
    const place = 1 + this.#tasks.findLastIndex(({ seq }) => seq <= task.seq)
    if (place === this.#tasks.length) this.#tasks.push(task)
    else if (this.#tasks[place - 1] !== task) this.#tasks.splice(place, 0, task)
  }

  get top(): TaskRecord | undefined {
    let top = this.#tasks.at(-1)
    while (top !== undefined && !mayBeShed(top)) {
      this.#tasks.pop()
      top = this.#tasks.at(-1)
    }
    return top
  }

  get size(): number {
    return this.#tasks.length
  }

  /** Clearing when it has doubled since costs O(1) a task. */
  #clear(): void {
    this.#tasks = this.#tasks.filter(mayBeShed)
    this.#clearAt = Math.max(smallest, 2 * this.#tasks.length)
  }
}

/** Waiting tasks by what would be shed first. To add the latest and to find the next to be shed cost O(1), amortised. */
export class ShedOrder {
  readonly #stacks = new Map<Priority, Stack>(sheddable.map((priority) => [priority, new Stack()]))

  /** The tasks in the order they were accepted. */
  constructor(tasks: Iterable<TaskRecord> = []) {
    for (const task of tasks) this.add(task)
  }

  /** Entries, those included that no longer wait: at most twice as many as wait, and a few. */
  get size(): number {
    let size = 0
    for (const stack of this.#stacks.values()) size += stack.size
    return size
  }

  /** A task that has been accepted, or called back to the queue. */
  add(task: TaskRecord): void {
    if (mayBeShed(task)) this.#stacks.get(task.spec.priority)?.put(task)
  }

  /** The task to be shed for one of this priority; `undefined` where none that may be shed is less urgent. */
  victimFor(priority: Priority): TaskRecord | undefined {
    for (const [lower, stack] of this.#stacks) {
      if (!outranks(priority, lower)) return undefined
      const victim = stack.top
      if (victim !== undefined) return victim
    }
    return undefined
  }
}
