import { RankHeap, RankQueue } from "../collections/index.ts"
import { type Millis, priorityRank, type TaskId, type TaskSpec } from "../model/index.ts"
import type { TaskEntry } from "./state.ts"

/** Least rank first; of equal rank, the first accepted. */
export const goesBefore = (a: TaskEntry, b: TaskEntry): boolean =>
  a.rank < b.rank || (a.rank === b.rank && a.seq < b.seq)

/** The share of its expected duration by which a task goes ahead of others: enough to order what comes in one burst. */
const headStart = 1 / 8

/**
 * The place in the order of waiting work. A task that declares how long it takes goes ahead of those accepted up to an
 * eighth of that before it, since a long one begun last is what everybody waits for at the end. The head start is at
 * most half an ageing span: it takes no task past one of higher priority accepted at the same time, and what is
 * accepted later than that goes behind.
 *
 * The bound on waiting (A2) follows: of two tasks that fit the same workers, one that could run is passed only by one
 * accepted at most (steps by which that is more urgent) × the ageing span after it, and as much later as its head start
 * is larger: 4.5 spans at most, and among equals not at all.
 */
export const rankOf = ({ priority, expectedDuration = 0 }: TaskSpec, acceptedAt: Millis, ageing: Millis): number =>
  priorityRank[priority] * ageing + acceptedAt - Math.min(expectedDuration * headStart, ageing / 2)

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
 * same workers, so only the first of it need be tried), or, while its concurrency key is taken, in the key's own lot.
 */
export class Waiting {
  readonly #lanes = new Map<string, RankQueue<TaskEntry>>()
  readonly #keys = new Map<string, Key>()
  /** An empty lane for the next shape: where work trickles in, lanes come and go with every task. */
  #spare: RankQueue<TaskEntry> | undefined

  #declaredMs = 0
  #declared = 0
  #undeclared = 0

  /** How much waits, in sum: what tasks declare that they take, and how many do not. */
  get work(): { readonly declaredMs: Millis; readonly undeclared: number } {
    return { declaredMs: this.#declaredMs, undeclared: this.#undeclared }
  }

  /** Lanes by shape; none is empty. */
  get lanes(): ReadonlyMap<string, RankQueue<TaskEntry>> {
    return this.#lanes
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
    const { concurrencyKey, concurrencyLimit } = task.spec
    if (concurrencyKey === undefined) return this.#joinLane(task)
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
    const key = this.#keyOf(task)
    if (key === undefined) return this.#quitLane(task)
    if (!key.lot.remove(task)) this.#withdraw(key, task)
    this.#settle(task.spec.concurrencyKey, key)
  }

  /** A task stops waiting because it is placed; from now on it holds its key. */
  place(task: TaskEntry): void {
    this.#count(task, -1)
    const key = this.#keyOf(task)
    this.#quitLane(task)
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

  /** Whether the task stands in its lane: only its fit decides when it goes. */
  isReady(task: TaskEntry): boolean {
    return this.#lanes.get(task.spec.requirements.shape)?.has(task) ?? false
  }

  /** The first task of the lane it would stand in. */
  firstOf(shape: string): TaskEntry | undefined {
    return this.#lanes.get(shape)?.first
  }

  /** Whether the task stands in the lot of its key. */
  isParked(taskId: TaskId, name: string): boolean {
    return this.#keys.get(name)?.lot.items.some((task) => task.spec.id === taskId) ?? false
  }

  #count({ spec: { expectedDuration } }: TaskEntry, by: 1 | -1): void {
    if (expectedDuration === undefined) {
      this.#undeclared += by
      return
    }
    this.#declared += by
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
      this.#joinLane(next)
    }
  }

  #park(key: Key, task: TaskEntry | undefined): void {
    if (task === undefined) return
    this.#withdraw(key, task)
    key.lot.push(task)
  }

  #withdraw(key: Key, task: TaskEntry): void {
    key.admitted.delete(task)
    this.#quitLane(task)
  }

  #joinLane(task: TaskEntry): void {
    const { shape } = task.spec.requirements
    let lane = this.#lanes.get(shape)
    if (lane === undefined) {
      lane = this.#spare ?? new RankQueue<TaskEntry>(goesBefore)
      this.#spare = undefined
      this.#lanes.set(shape, lane)
    }
    lane.push(task)
  }

  #quitLane(task: TaskEntry): void {
    const { shape } = task.spec.requirements
    const lane = this.#lanes.get(shape)
    if (lane === undefined) return
    lane.remove(task)
    if (lane.size > 0) return
    this.#lanes.delete(shape)
    this.#spare = lane
  }
}
