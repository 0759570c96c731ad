import type { Problem, WorkerId } from "../../../src/model/index.ts"
import { type Fault, joinersOf } from "./fault.ts"
import { millisOf } from "./millis-of.ts"
import { type NamedWorker, namedByEntry } from "./simulated-workers.ts"
import type { SimulatedWorker } from "./worker-traits.ts"

const hint = "each worker needs an id of its own"

const workerDuplicates = (entries: ReadonlyArray<ReadonlyArray<NamedWorker>>): ReadonlyArray<Problem> => {
  const seen = new Set<WorkerId>()
  return entries.flatMap((workers, index) => {
    const twice = workers.find(({ id }) => seen.has(id))
    for (const { id } of workers) seen.add(id)
    return twice === undefined ? [] : [{ path: `workers[${index}].id`, message: `"${twice.id}" is given twice`, hint }]
  })
}

/** Whoever has left may come again. */
const joinDuplicates = (faults: ReadonlyArray<Fault>, workers: ReadonlyArray<NamedWorker>): ReadonlyArray<Problem> => {
  const there = new Set(workers.map(({ id }) => id))
  const joiners = joinersOf(faults, workers)
  const inTime = faults
    .map((fault, index) => ({ fault, index }))
    .sort((a, b) => millisOf(a.fault.at) - millisOf(b.fault.at))
  return inTime.flatMap(({ fault, index }) => {
    if (fault.type === "leave") there.delete(fault.worker)
    const joining = joiners[index] ?? []
    const known = joining.find(({ id }) => there.has(id))
    for (const { id } of joining) there.add(id)
    if (known === undefined) return []
    return [{ path: `faults[${index}].worker.id`, message: `there is a worker "${known.id}" already`, hint }]
  })
}

/** Workers whose id another has at the same time, from the beginning or by joining: path and hint each. */
export const duplicateProblems = (
  workers: number | ReadonlyArray<SimulatedWorker>,
  faults: ReadonlyArray<Fault>
): ReadonlyArray<Problem> => {
  const entries = namedByEntry(workers)
  return [...workerDuplicates(entries), ...joinDuplicates(faults, entries.flat())]
}
