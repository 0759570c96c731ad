import type { WorkerDefinition } from "../../../src/config/index.ts"
import type { WorkerId } from "../../../src/model/index.ts"
import type { SimulatedWorker } from "./worker-traits.ts"

/** A worker of a simulated world that has its id. */
export type NamedWorker = Omit<SimulatedWorker, "count"> & { readonly id: WorkerId }

/** Each worker by itself, with its id: `w1`, `w2` … where it has none, `<id>-1` … where there are several of it. */
export const namedWorkers = (workers: number | ReadonlyArray<SimulatedWorker>): ReadonlyArray<NamedWorker> => {
  const list: ReadonlyArray<SimulatedWorker> = typeof workers === "number" ? [{ count: workers }] : workers
  let unnamed = 0
  return list.flatMap(({ count, id, ...worker }) => {
    if (count === undefined && id !== undefined) return [{ ...worker, id }]
    return Array.from({ length: count ?? 1 }, (_, index) => {
      if (id === undefined) unnamed += 1
      return { ...worker, id: id === undefined ? `w${unnamed}` : `${id}-${index + 1}` }
    })
  })
}

/** What the runtime is told of a simulated worker. */
export const toldOf = (worker: SimulatedWorker): WorkerDefinition => {
  const { speed: _1, cores: _2, boot: _3, warmUp: _4, phases: _5, fixed: _6, count: _7, ...definition } = worker
  return definition
}
