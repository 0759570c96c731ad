import { RankHeap } from "../../collections/index.ts"
import { type Millis, type Priority, priorities, type TaskId } from "../../model/index.ts"
import type { Order } from "../order/index.ts"
import type { TaskEntry } from "../task-entry.ts"
import { type Lane, Lanes } from "./lanes.ts"

type Placed = Pick<TaskEntry, "rank" | "seq">

/** Least rank first; of equal rank, the first accepted. */
export const goesBefore = (a: Placed, b: Placed): boolean => a.rank < b.rank || (a.rank === b.rank && a.seq < b.seq)

/** What waits, in sum: how many tasks, what they declare that they take, and how many of them do not. */
export interface WorkAhead {
  readonly tasks: number
  readonly declaredMs: Millis
  readonly undeclared: number
}

/** A concurrency key in use. */
class Key {
  /** The smallest limit any task brought while the key has been in use. */
  limit: number
  /** Tasks that hold the key: running, moving, or ended and still on their worker. */
  holders = 0
  /** Waiting tasks that may run as far as the key is concerned; they stand in their lanes. */
  readonly admitted = new Set<TaskEntry>()
  /** The others, in order. */
  readonly lot = new RankHeap<TaskEntry>(goesBefore)

  constructor(limit: number) {
    this.limit = limit
  }

  get idle(): boolean {
    return this.holders === 0 && this.admitted.size === 0 && this.lot.size === 0
  }
}

const last = (tasks: Iterable<TaskEntry>): TaskEntry | undefined => {
  let latest: TaskEntry | undefined
  for (const task of tasks) if (latest === undefined || goesBefore(latest, task)) latest = task
  return latest
}

/**
 * Where queued tasks wait. A task stands in exactly one place: in the lane of its shape (all tasks of a lane fit the
 * same workers, so only the first of it need be tried), or, while its concurrency key is taken, in the key's own lot; or
 * aside, where it waits for a worker of its own choice and those behind it need not.
 */
export class Waiting {
  readonly #lanes = new Lanes(goesBefore)
  readonly #keys = new Map<string, Key>()
  readonly #aside = new Set<TaskEntry>()

  #declaredMs = 0
  #declared = 0
  #undeclared = 0
  readonly #order: Order
  readonly #byPriority: Record<Priority, number> = { critical: 0, high: 0, normal: 0, low: 0, minimal: 0 }
  /** Of those that declare how long they take, how many and how much. */
  readonly #declaredBy: Record<Priority, { tasks: number; ms: Millis }> = {
    critical: { tasks: 0, ms: 0 },
    high: { tasks: 0, ms: 0 },
    normal: { tasks: 0, ms: 0 },
    low: { tasks: 0, ms: 0 },
    minimal: { tasks: 0, ms: 0 }
  }

  constructor(order: Order) {
    this.#order = order
  }

  /** How much waits, in sum: what tasks declare that they take, and how many do not. */
  get work(): { readonly declaredMs: Millis; readonly undeclared: number } {
    return { declaredMs: this.#declaredMs, undeclared: this.#undeclared }
  }

  /** How much waits of this priority and above, in sum, as `work`. */
  workAhead(priority: Priority): WorkAhead {
    let [tasks, declaredMs, undeclared] = [0, 0, 0]
    for (const each of priorities) {
      const declared = this.#declaredBy[each]
      tasks += this.#byPriority[each]
      declaredMs += declared.ms
      undeclared += this.#byPriority[each] - declared.tasks
      if (each === priority) break
    }
    return { tasks, declaredMs, undeclared }
  }

  /** Tasks of a priority that wait. */
  of(priority: Priority): number {
    return this.#byPriority[priority]
  }

  /** Lanes by shape; none is empty. */
  get lanes(): ReadonlyMap<string, Lane> {
    return this.#lanes.byShape
  }

  /** The first task of all lanes that are awake. */
  get first(): TaskEntry | undefined {
    return this.#lanes.first
  }

  /** Lanes that are awake, in no particular order. */
  get awake(): ReadonlyArray<Lane> {
    return this.#lanes.awake
  }

  /** Tasks of this shape are not looked at until it is woken, or none of them waits. */
  sleep(shape: string): void {
    this.#lanes.sleep(shape)
  }

  wake(shape: string): void {
    this.#lanes.wake(shape)
  }

  /** Keys in use: tasks that hold each, tasks admitted to their lanes, tasks in its lot, and its limit. */
  *keys(): Iterable<{ key: string; holders: number; admitted: ReadonlySet<TaskEntry>; lot: number; limit: number }> {
    for (const [key, { holders, admitted, lot, limit }] of this.#keys) {
      yield { key, holders, admitted, lot: lot.size, limit }
    }
  }

  /** A task begins to wait. */
  enter(task: TaskEntry): void {
    this.#count(task, 1)
    this.#order.entered?.(task.spec)
    const { concurrencyKey, concurrencyLimit } = task.spec
    if (concurrencyKey === undefined) return this.#lanes.push(task)
    let key = this.#keys.get(concurrencyKey)
    if (key === undefined) {
      key = new Key(concurrencyLimit)
      this.#keys.set(concurrencyKey, key)
    }
    key.lot.push(task)
    if (concurrencyLimit < key.limit) key.limit = concurrencyLimit
    this.#admit(key)
  }

  /** A task stops waiting without being placed. */
  leave(task: TaskEntry): void {
    this.#count(task, -1)
    this.#order.left?.(task.spec)
    const key = this.#keyOf(task)
    if (key === undefined) return this.#remove(task)
    if (!key.lot.remove(task)) this.#withdraw(key, task)
    this.#settle(task.spec.concurrencyKey, key)
  }

  /** A task stops waiting because it is placed; from now on it holds its key. */
  place(task: TaskEntry): void {
    this.#count(task, -1)
    this.#order.left?.(task.spec)
    const key = this.#keyOf(task)
    this.#remove(task)
    if (key === undefined) return
    key.admitted.delete(task)
    key.holders += 1
  }

  /** A holder gives its key back. */
  releaseKey(name: string | undefined): void {
    if (name === undefined) return
    const key = this.#keys.get(name)
    if (key === undefined) return
    key.holders -= 1
    this.#settle(name, key)
  }

  /** The task leaves its lane for a while. As far as its key goes, it is still the one whose turn it is. */
  stepAside(task: TaskEntry): void {
    if (!this.#lanes.has(task)) return
    this.#lanes.remove(task)
    this.#aside.add(task)
  }

  /** It takes its old place in its lane. */
  stepBack(task: TaskEntry): void {
    if (this.#aside.delete(task)) this.#lanes.push(task)
  }

  isAside(task: TaskEntry): boolean {
    return this.#aside.has(task)
  }

  /** Whether the task stands in its lane: only its fit decides when it goes. */
  isReady(task: TaskEntry): boolean {
    return this.#lanes.has(task)
  }

  /** A task of its lane that goes before it and of which this is true. */
  anyBefore(task: TaskEntry, is: (other: TaskEntry) => boolean): TaskEntry | undefined {
    const lane = this.#lanes.byShape.get(task.spec.requirements.shape)
    return lane?.items.find((other) => goesBefore(other, task) && is(other))
  }

  /** The first task of the lane it would stand in. */
  firstOf(shape: string): TaskEntry | undefined {
    return this.#lanes.byShape.get(shape)?.first
  }

  /** Whether the task stands in the lot of its key. */
  isParked(taskId: TaskId, name: string): boolean {
    return this.#keys.get(name)?.lot.items.some((task) => task.spec.id === taskId) ?? false
  }

  #count({ spec: { expectedDuration, priority } }: TaskEntry, by: 1 | -1): void {
    this.#byPriority[priority] += by
    if (expectedDuration === undefined) {
      this.#undeclared += by
      return
    }
    this.#declared += by
    const declared = this.#declaredBy[priority]
    declared.tasks += by
    declared.ms = declared.tasks === 0 ? 0 : Math.max(0, declared.ms + by * expectedDuration)
    // Sums of fractions drift; with none left there is nothing.
    this.#declaredMs = this.#declared === 0 ? 0 : Math.max(0, this.#declaredMs + by * expectedDuration)
  }

  #keyOf(task: TaskEntry): Key | undefined {
    const name = task.spec.concurrencyKey
    return name === undefined ? undefined : this.#keys.get(name)
  }

  #settle(name: string | undefined, key: Key): void {
    this.#admit(key)
    if (name !== undefined && key.idle) this.#keys.delete(name)
  }

  /** Keeps the best tasks of the key, as many as it has room for, in their lanes, and the others in its lot. */
  #admit(key: Key): void {
    const room = Math.max(0, key.limit - key.holders)
    while (key.admitted.size > room) this.#park(key, last(key.admitted))
    for (let next = key.lot.first; next !== undefined; next = key.lot.first) {
      if (key.admitted.size >= room) {
        const worst = last(key.admitted)
        if (worst === undefined || !goesBefore(next, worst)) return
        this.#park(key, worst)
      }
      key.lot.remove(next)
      key.admitted.add(next)
      this.#lanes.push(next)
    }
  }

  #park(key: Key, task: TaskEntry | undefined): void {
    if (task === undefined) return
    this.#withdraw(key, task)
    key.lot.push(task)
  }

  #withdraw(key: Key, task: TaskEntry): void {
    key.admitted.delete(task)
    this.#remove(task)
  }

  #remove(task: TaskEntry): void {
    if (this.#aside.size === 0 || !this.#aside.delete(task)) this.#lanes.remove(task)
  }
}
