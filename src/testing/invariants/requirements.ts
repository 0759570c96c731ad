import { firstUnmet } from "../requirements-oracle.ts"
import type { Invariant } from "./invariant.ts"

const counted = (of: ReadonlyArray<{ readonly device: number }>): number => new Set(of.map(({ device }) => device)).size

/** Checked when a worker is reserved for a task: at its placement, or at the offer of a migration. */
export const requirements = {
  id: "D7",
  promise: "a task runs only where every hard requirement holds",
  *onEvent(event, { history }) {
    const reserves =
      event._tag === "MigrationOffered" || (event._tag === "TaskPlaced" && event.migrationId === undefined)
    if (!reserves) return
    const { taskId, reservation } = event
    const { workerId, resources, devices } = reservation
    const spec = history.tasks.get(taskId)?.spec
    const worker = history.workers.get(workerId)
    if (spec === undefined || worker === undefined) return
    if (worker.phase !== "up" && worker.phase !== "warming") yield `${workerId} is ${worker.phase} and takes ${taskId}`
    const { constraints, demand } = spec.requirements
    const unmet = firstUnmet(constraints, worker.spec)
    if (unmet !== undefined) yield `${workerId} does not meet ${taskId}'s ${unmet}`
    if (JSON.stringify(resources) !== JSON.stringify(demand.resources)) yield `${taskId} is not given what it asks`
    for (const { kind, count, share, memory } of demand.devices) {
      const given = devices.filter(
        (of) => worker.spec.limits.devices[of.device]?.kind === kind && of.share === share && of.memory === memory
      )
      if (counted(given) < count) yield `${taskId} asks for ${count} ${kind} and is given ${counted(given)}`
    }
  }
} satisfies Invariant
