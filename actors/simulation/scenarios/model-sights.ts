import type { BaselineTask, Outcome, Server } from "../baselines/index.ts"
import type { Sight } from "./sight.ts"

const never = Number.POSITIVE_INFINITY

/** What has been done on one server until each look. */
class Done {
  readonly #every: number
  /** What ended since the look before. */
  readonly #ended: Float64Array
  /** What has been done of that which is in progress. */
  readonly #inProgress: Float64Array

  constructor(looks: number, every: number) {
    this.#every = every
    this.#ended = new Float64Array(looks)
    this.#inProgress = new Float64Array(looks)
  }

  /** So much is done from `start` to `end`, evenly. */
  add(amount: number, start: number, end: number): void {
    let look = Math.ceil(start / this.#every)
    for (; look * this.#every < end; look += 1) {
      this.#inProgress[look] = (this.#inProgress[look] ?? 0) + (amount * (look * this.#every - start)) / (end - start)
    }
    this.#ended[look] = (this.#ended[look] ?? 0) + amount
  }

  byLook(): Float64Array {
    let ended = 0
    return this.#inProgress.map((amount, look) => {
      ended += this.#ended[look] ?? 0
      return ended + amount
    })
  }
}

/** The last of them that is one; 0 where there is none. */
export const lastEnd = (ends: Float64Array): number =>
  ends.reduce((last, end) => (end === never ? last : Math.max(last, end)), 0)

/**
 * What looks at a queueing model would have seen, told from its outcome: one at 0 and at each multiple of `every` until
 * all has ended that ever does. A run is taken to do its work evenly; one that never ends keeps its server busy, and
 * does none.
 */
export const modelSights = (
  tasks: ReadonlyArray<BaselineTask>,
  servers: ReadonlyArray<Server>,
  { starts, ends, servers: chosen }: Outcome,
  every: number
): ReadonlyArray<Sight> => {
  const looks = Math.ceil(lastEnd(ends) / every) + 1
  const last = (looks - 1) * every
  const seen = servers.map(() => ({ busy: new Done(looks, every), work: new Done(looks, every) }))
  tasks.forEach(({ work }, index) => {
    const server = seen[chosen[index] ?? -1]
    const start = starts[index] ?? never
    const end = ends[index] ?? never
    if (server === undefined || start >= last) return
    if (end === never) server.busy.add(last - start, start, last)
    else {
      server.busy.add(end - start, start, end)
      server.work.add(work, start, end)
    }
  })
  const columns = seen.map(({ busy, work }) => ({ busyMs: busy.byLook(), workMs: work.byLook() }))
  return Array.from({ length: looks }, (_, look) => ({
    now: look * every,
    workers: servers.map(({ id }, index) => ({
      id,
      busyMs: columns[index]?.busyMs[look] ?? 0,
      workMs: columns[index]?.workMs[look] ?? 0
    }))
  }))
}
