import { resourceNames } from "../../model/index.ts"
import type { Ledger } from "../ledger.ts"
import type { WorkerEntry } from "../worker-entry.ts"

/** What is wrong with the hold on a worker: whom it is kept for must wait, and what was spared must still be spared. */
export const auditHold = (ledger: Ledger, worker: WorkerEntry): ReadonlyArray<string> => {
  const { heldFor, passage, spec } = worker
  if (heldFor === undefined) return passage === undefined ? [] : [`${spec.id}: a passage, and it is kept for nobody`]
  const holder = ledger.state.tasks.get(heldFor)
  if (holder?.status !== "queued") return [`${spec.id} is kept free for ${heldFor}, which does not wait`]
  if (passage === undefined) return []
  const demands = [...worker.running.values()].flatMap(({ epoch, taskId }) => {
    const task = ledger.state.tasks.get(taskId)
    return task === undefined || !passage.stayers.has(epoch) ? [] : [task.spec.requirements.demand]
  })
  const { granted, spare } = passage
  const violations: Array<string> = []
  if (spare.slots + demands.length > granted.spare.slots) violations.push(`${spec.id}: slots are spared twice`)
  for (const name of resourceNames) {
    const taken = demands.reduce((sum, { resources }) => sum + resources[name], 0)
    if (spare.resources[name] + taken > granted.spare.resources[name]) {
      violations.push(`${spec.id}: ${name} is spared twice`)
    }
  }
  return violations
}
