import type { WorkerDefinition } from "../../../src/config/index.ts"
import type { WorkerId } from "../../../src/model/index.ts"
import { millisOf } from "./millis-of.ts"
import type { SimulatedWorker, WorkerTraits } from "./worker-traits.ts"

/** A worker of a simulated world that has its id, its times in milliseconds. */
export interface NamedWorker extends WorkerDefinition, WorkerTraits {
  readonly id: WorkerId
}

/** The ids that it is given: `<id>-1` … where there are several of it; none where it has no id. */
const givenIds = ({ id, count }: SimulatedWorker): ReadonlyArray<WorkerId> => {
  if (id === undefined) return []
  return count === undefined ? [id] : Array.from({ length: count }, (_, index) => `${id}-${index + 1}`)
}

/** What the runtime is told of a simulated worker. */
export const toldOf = (worker: SimulatedWorker): WorkerDefinition => {
  const {
    speed: _1,
    cores: _2,
    boot: _3,
    warmUp: _4,
    phases: _5,
    fixed: _6,
    count: _7,
    contention: _8,
    ...definition
  } = worker
  return definition
}

/** What it is, with its times in milliseconds. */
const traitsOf = ({ speed, cores, contention, boot, warmUp, phases, fixed }: SimulatedWorker): WorkerTraits => ({
  ...(speed !== undefined && { speed }),
  ...(cores !== undefined && { cores }),
  ...(contention !== undefined && { contention }),
  ...(boot !== undefined && { boot: millisOf(boot) }),
  ...(warmUp !== undefined && { warmUp: { for: millisOf(warmUp.for), factor: warmUp.factor } }),
  ...(phases !== undefined && {
    phases: phases.map(({ from, until, factor }) => ({
      from: millisOf(from),
      ...(until !== undefined && { until: millisOf(until) }),
      factor
    }))
  }),
  ...(fixed !== undefined && {
    fixed: fixed.map(({ from, until, ms }) => ({ from: millisOf(from), until: millisOf(until), ms: millisOf(ms) }))
  })
})

/** For each entry of the list its workers, as `namedWorkers` has them. */
export const namedByEntry = (
  workers: number | ReadonlyArray<SimulatedWorker>,
  others: ReadonlyArray<WorkerId> = []
): ReadonlyArray<ReadonlyArray<NamedWorker>> => {
  const list: ReadonlyArray<SimulatedWorker> = typeof workers === "number" ? [{ count: workers }] : workers
  const taken = new Set([...others, ...list.flatMap(givenIds)])
  let number = 0
  const nextFree = (): WorkerId => {
    do number += 1
    while (taken.has(`w${number}`))
    return `w${number}`
  }
  return list.map((worker) => {
    const { count = 1, id } = worker
    const ids = id === undefined ? Array.from({ length: count }, nextFree) : givenIds(worker)
    const definition = { ...toldOf(worker), ...traitsOf(worker) }
    return ids.map((itsId) => ({ ...definition, id: itsId }))
  })
}

/**
 * Each worker by itself, with its id: `w1`, `w2` … where it has none, `<id>-1` … where there are several of it. No
 * number stands for a worker whose id is given, here or among the `others`.
 */
export const namedWorkers = (
  workers: number | ReadonlyArray<SimulatedWorker>,
  others: ReadonlyArray<WorkerId> = []
): ReadonlyArray<NamedWorker> => namedByEntry(workers, others).flat()
