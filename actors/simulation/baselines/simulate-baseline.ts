import type { Chance } from "../workload/index.ts"
import type { Outcome } from "./outcome.ts"
import { simulatePinned } from "./pinned-queues.ts"
import type { Policy } from "./policy.ts"
import { checkServer, type Server } from "./server.ts"
import { simulateCentral } from "./shared-queue.ts"
import type { BaselineTask } from "./task-class.ts"

const checkTasks = (tasks: ReadonlyArray<BaselineTask>): void => {
  let last = 0
  tasks.forEach(({ at, work }, index) => {
    if (!(at >= last && at < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`task ${index} arrives at ${at}: tasks come in the order of arrival, from 0 on`)
    }
    if (!(work >= 0 && work < Number.POSITIVE_INFINITY)) {
      throw new RangeError(`task ${index} has ${work} ms of work: it is a number of at least 0`)
    }
    last = at
  })
}

/**
 * Runs the tasks, which come in the order of arrival (a closed batch: all at 0), through a queueing model of its own:
 * nothing of the runtime takes part. The same arguments and chance give the same outcome.
 *
 * Throws a `RangeError` for servers or tasks that cannot be: no slots, negative work, arrivals out of order.
 */
export const simulateBaseline = (
  policy: Policy,
  servers: ReadonlyArray<Server>,
  tasks: ReadonlyArray<BaselineTask>,
  chance: Chance
): Outcome => {
  servers.forEach(checkServer)
  checkTasks(tasks)
  return policy.queue === "central"
    ? simulateCentral(policy, servers, tasks)
    : simulatePinned(policy, servers, tasks, chance)
}
