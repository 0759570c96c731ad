import type { WorkerSpec } from "../../../src/model/index.ts"
import type { TaskDraft } from "../../../src/testing/index.ts"
import type { SwarmCommand } from "./action.ts"

/** What sets the task apart: what every task has is left out. */
const tellTask = ({ requirements, concurrencyLimit, concurrencyKey, ...draft }: TaskDraft): object => {
  const { type: _1, payload: _2, preferredWorkers: _3, ...rest } = draft
  const { demand, constraints } = requirements
  const asked = Object.entries(demand.resources).filter(([, amount]) => amount > 0)
  return {
    ...rest,
    ...(concurrencyKey !== undefined && { key: concurrencyKey, limit: concurrencyLimit }),
    ...(asked.length > 0 && { resources: Object.fromEntries(asked) }),
    ...(demand.devices.length > 0 && { devices: demand.devices }),
    ...(Object.keys(constraints).length > 0 && { constraints })
  }
}

const tellWorker = ({ id, limits, restart }: WorkerSpec): string =>
  `${id} (${limits.slots} slots, ${restart.maxRestarts} restarts)`

/** One line of a story: when, what, and how many turns were taken before the next. */
export const tell = (at: number, { action, turns }: SwarmCommand): string => {
  const { _tag, ...what } = action
  const told = JSON.stringify({
    ...what,
    ...("draft" in action && { draft: tellTask(action.draft) }),
    ...(action._tag === "AddWorker" && { worker: tellWorker(action.worker) }),
    ...(action._tag === "Storm" && { join: action.join.map(tellWorker) })
  })
  return `${at} ms: ${_tag} ${told}${turns > 0 ? `, ${turns} turns` : ""}`
}
