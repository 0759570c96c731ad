import {
  DemandBook,
  type DemandSettings,
  MigrationMemory,
  type OpenTask,
  type ReliefSettings,
  reliefDefaults,
  relieve
} from "../../../../src/adaptation/index.ts"
import { Epoch } from "../../../../src/model/index.ts"
import type { HostingPolicy } from "./virtual-machines.ts"

/** As many moves as are worth it: they take no time here, so that none is ever on its way. */
const unbounded = { maxMoves: Number.POSITIVE_INFINITY, movesPerWorker: Number.POSITIVE_INFINITY }

/** By percent of a core. */
const percent = 100

/** What the runtime decides about tasks without a known end, with each machine as one of them and each host as a worker. */
export const relieved = (
  demand: Partial<DemandSettings> = {},
  settings: Partial<ReliefSettings> = {}
): HostingPolicy => {
  const book = new DemandBook(demand)
  const every = 300_000
  return (hosting, sample) => {
    const { use, hosts, capacity } = hosting.machines
    const tasks = [...use.entries()].flatMap(([vm, row]): ReadonlyArray<OpenTask> => {
      const taskId = String(vm)
      book.observe(taskId, "machine", (row[sample - 1] ?? 0) / percent)
      const known = book.of(taskId)
      if (known === undefined) return []
      const workerId = String(hosting.hostOf(vm))
      return [{ taskId, epoch: Epoch(1), workerId, type: "machine", demand: known, checkpointed: true, stateBytes: 0 }]
    })
    const workers = Array.from({ length: hosts }, (_, host) => ({
      workerId: String(host),
      capacity: capacity / percent
    }))
    const state = { tasks, workers, fits: () => true, memory: new MigrationMemory() }
    const moves = relieve(state, { ...reliefDefaults, ...unbounded, moveMs: 0, ...settings }, sample * every)
    for (const { taskId, target } of moves) hosting.move(Number(taskId), Number(target))
  }
}
