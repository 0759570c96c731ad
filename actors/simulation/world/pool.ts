import { toWorkerSpec } from "../../../src/config/index.ts"
import type { WorkerId } from "../../../src/model/index.ts"
import type { Simulation } from "../simulation.ts"
import { plenty } from "./befall.ts"
import { type NamedWorker, namedByEntry, toldOf } from "./simulated-workers.ts"
import type { SimulatedWorker } from "./worker-traits.ts"

/** Has the workers of the list, each entry a kind, be a pool: more like them can come. */
export const formPool = ({ runtime, driver }: Simulation, workers: number | ReadonlyArray<SimulatedWorker>): void => {
  const entries = namedByEntry(workers)
  const members = new Map(entries.flatMap((named, kind) => named.map(({ id }): [WorkerId, number] => [id, kind])))
  let number = members.size
  const nextFree = (): WorkerId => {
    do number += 1
    while (runtime.ledger.workers.has(`w${number}`) || members.has(`w${number}`))
    return `w${number}`
  }
  const specOf = (worker: NamedWorker, id: WorkerId) => toWorkerSpec({ ...toldOf(worker), id }, id, plenty, 1)
  const kinds = entries.flatMap(([first]) => {
    if (first === undefined) return []
    const make = () => {
      const id = nextFree()
      driver.describe(id, first)
      return specOf(first, id)
    }
    return [{ spec: specOf(first, ""), make }]
  })
  runtime.workforce.formPool(kinds, members)
}
