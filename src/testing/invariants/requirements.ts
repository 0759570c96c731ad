import type { WorkerId } from "../../model/index.ts"
import type { LedgerHistory } from "../history.ts"
import { firstUnmet } from "../requirements-oracle.ts"
import type { Invariant } from "./invariant.ts"

const counted = (of: ReadonlyArray<{ readonly device: number }>): number => new Set(of.map(({ device }) => device)).size

/** Whoever has a worker to itself is alone there: nothing else runs, is kept room for, is being stopped or sent ahead. */
function* joined(workerId: WorkerId, history: LedgerHistory): Iterable<string> {
  const all = history.heldOn(workerId)
  const alone = all.find(({ reservation }) => reservation.whole === true)
  if (alone !== undefined && all.length > 1) {
    yield `${alone.taskId} is to be alone on ${workerId}, and ${all.map(({ taskId }) => taskId).join(", ")} are there`
  }
}

/** Checked when a worker is reserved for a task: at its placement, or at the offer of a migration. */
export const requirements = {
  id: "D7",
  promise: "a task runs only where every hard requirement holds",
  *onEvent(event, { history }) {
    const reserves =
      event._tag === "MigrationOffered" || (event._tag === "TaskPlaced" && event.migrationId === undefined)
    if (!reserves) return
    const { taskId, reservation } = event
    const { workerId, resources, devices, whole = false } = reservation
    const task = history.tasks.get(taskId)
    const worker = history.workers.get(workerId)
    if (task === undefined || worker === undefined) return
    const { spec, suspect } = task
    const wanted = suspect || spec.requirements.demand.whole === true
    if (wanted !== whole) yield `${taskId} is given ${whole ? "all" : "a part"} of ${workerId}, and asks for the other`
    if (worker.phase !== "up" && worker.phase !== "warming") yield `${workerId} is ${worker.phase} and takes ${taskId}`
    const { constraints, demand } = spec.requirements
    const unmet = firstUnmet(constraints, worker.spec)
    if (unmet !== undefined) yield `${workerId} does not meet ${taskId}'s ${unmet}`
    if (JSON.stringify(resources) !== JSON.stringify(demand.resources)) yield `${taskId} is not given what it asks`
    for (const { kind, count, share, memory, computeCapability = 0 } of demand.devices) {
      const given = devices.filter((of) => {
        const device = worker.spec.limits.devices[of.device]
        const able = device?.kind === kind && (device.computeCapability ?? 0) >= computeCapability
        return able && of.share === share && of.memory === memory
      })
      if (counted(given) < count) yield `${taskId} asks for ${count} ${kind} and is given ${counted(given)}`
    }
  },
  *afterEvent(event, { history }) {
    if (event._tag === "TaskPlaced" || event._tag === "MigrationOffered") {
      yield* joined(event.reservation.workerId, history)
    }
  }
} satisfies Invariant
