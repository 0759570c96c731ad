import { Ring } from "../collections/index.ts"

/** Tasks by priority, the lowest number first; within a priority the oldest, or one that `pick` chooses. */
export class ReadyTasks {
  readonly #pick: ((count: number) => number) | undefined
  readonly #buckets = new Map<number, Bucket>()
  #size = 0

  constructor(pick: ((count: number) => number) | undefined) {
    this.#pick = pick
  }

  get size(): number {
    return this.#size
  }

  add(task: () => void, priority: number): void {
    let bucket = this.#buckets.get(priority)
    if (bucket === undefined) {
      bucket = this.#pick === undefined ? new Ring() : new Lottery(this.#pick)
      this.#buckets.set(priority, bucket)
    }
    bucket.push(task)
    this.#size += 1
  }

  take(): (() => void) | undefined {
    if (this.#size === 0) return undefined
    this.#size -= 1
    return this.#first?.shift()
  }

  get #first(): Bucket | undefined {
    let least = Number.POSITIVE_INFINITY
    let first: Bucket | undefined
    for (const [priority, bucket] of this.#buckets) {
      if (bucket.size === 0 || priority >= least) continue
      least = priority
      first = bucket
    }
    return first
  }
}

/** Tasks of one priority. */
interface Bucket {
  readonly size: number
  push(task: () => void): void
  shift(): (() => void) | undefined
}

/** Any of the tasks may be next. */
class Lottery implements Bucket {
  readonly #pick: (count: number) => number
  readonly #tasks: Array<() => void> = []

  constructor(pick: (count: number) => number) {
    this.#pick = pick
  }

  get size(): number {
    return this.#tasks.length
  }

  push(task: () => void): void {
    this.#tasks.push(task)
  }

  shift(): (() => void) | undefined {
    const index = this.#pick(this.#tasks.length)
    const last = this.#tasks.pop()
    const chosen = this.#tasks[index] ?? last
    if (last !== undefined && index < this.#tasks.length) this.#tasks[index] = last
    return chosen
  }
}
