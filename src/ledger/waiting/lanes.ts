import { type Ranked, RankHeap, RankQueue } from "../../collections/index.ts"
import type { TaskEntry } from "../task-entry.ts"

type Before = (a: TaskEntry, b: TaskEntry) => boolean

/** The tasks of one shape: they fit the same workers, so only the first of them need be tried. */
export class Lane implements Ranked {
  shape: string
  heapIndex = -1
  /** Whether it is looked at: nobody can take its tasks for now, and whoever knows that wakes it. */
  isAsleep = false
  first: TaskEntry | undefined = undefined
  readonly #queue: RankQueue<TaskEntry>

  constructor(shape: string, before: Before) {
    this.shape = shape
    this.#queue = new RankQueue(before)
  }

  get size(): number {
    return this.#queue.size
  }

  /** All tasks, in no particular order. */
  get items(): ReadonlyArray<TaskEntry> {
    return this.#queue.items
  }

  /** The first tasks in order, at most so many. */
  inOrder(count: number): ReadonlyArray<TaskEntry> {
    return this.#queue.inOrder(count)
  }

  has(task: TaskEntry): boolean {
    return this.#queue.has(task)
  }

  /** Whether its first task is another now. */
  push(task: TaskEntry): boolean {
    this.#queue.push(task)
    return this.#lookAgain()
  }

  /** Whether its first task is another now. */
  remove(task: TaskEntry): boolean {
    this.#queue.remove(task)
    return this.#lookAgain()
  }

  #lookAgain(): boolean {
    const before = this.first
    this.first = this.#queue.first
    return this.first !== before
  }
}

/**
 * The lanes that tasks stand in, by shape, none of them empty; those that are awake by their first task. The next task
 * is known at once, and what enters or leaves costs O(log lanes) at most.
 */
export class Lanes {
  readonly #lanes = new Map<string, Lane>()
  readonly #awake: RankHeap<Lane>
  /** An empty lane for the next shape: where work trickles in, lanes come and go with every task. */
  #spare: Lane | undefined
  readonly #before: Before

  constructor(before: Before) {
    this.#before = before
    this.#awake = new RankHeap((a, b) => a.first !== undefined && b.first !== undefined && before(a.first, b.first))
  }

  get byShape(): ReadonlyMap<string, Lane> {
    return this.#lanes
  }

  /** The first task of all lanes that are awake. */
  get first(): TaskEntry | undefined {
    return this.#awake.first?.first
  }

  /** Lanes that are looked at, in no particular order. */
  get awake(): ReadonlyArray<Lane> {
    return this.#awake.items
  }

  has(task: TaskEntry): boolean {
    return this.#lanes.get(task.spec.requirements.shape)?.has(task) ?? false
  }

  push(task: TaskEntry): void {
    const { shape } = task.spec.requirements
    const lane = this.#lanes.get(shape)
    if (lane === undefined) return this.#open(shape, task)
    if (lane.push(task) && !lane.isAsleep) this.#awake.moved(lane)
  }

  remove(task: TaskEntry): void {
    const lane = this.#lanes.get(task.spec.requirements.shape)
    if (lane === undefined) return
    const isOther = lane.remove(task)
    if (lane.size === 0) this.#close(lane)
    else if (isOther && !lane.isAsleep) this.#awake.moved(lane)
  }

  /** The lane is not looked at until it is woken, or has become empty. */
  sleep(shape: string): void {
    const lane = this.#lanes.get(shape)
    if (lane === undefined || lane.isAsleep) return
    lane.isAsleep = true
    this.#awake.remove(lane)
  }

  wake(shape: string): void {
    const lane = this.#lanes.get(shape)
    if (lane === undefined || !lane.isAsleep) return
    lane.isAsleep = false
    this.#awake.push(lane)
  }

  #open(shape: string, task: TaskEntry): void {
    const lane = this.#spare ?? new Lane(shape, this.#before)
    this.#spare = undefined
    lane.shape = shape
    lane.push(task)
    this.#lanes.set(shape, lane)
    this.#awake.push(lane)
  }

  #close(lane: Lane): void {
    this.#lanes.delete(lane.shape)
    this.#awake.remove(lane)
    lane.isAsleep = false
    this.#spare = lane
  }
}
