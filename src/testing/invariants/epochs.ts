import type { LedgerEvent } from "../../model/index.ts"
import type { Invariant } from "./invariant.ts"

/** The epoch an event speaks for, where only the live assignment may. */
const spokenFor = (event: LedgerEvent): { readonly taskId: string; readonly epoch: number } | undefined => {
  switch (event._tag) {
    case "TaskCheckpointed":
    case "TaskCompleted":
    case "TaskDelayed":
    case "TaskRequeued":
    case "MigrationOffered":
      return event
    case "TaskFailed":
      return event.epoch === undefined ? undefined : { taskId: event.taskId, epoch: event.epoch }
    default:
      return undefined
  }
}

/** A caller that speaks for an older run is checked where the call is seen: `LedgerWatch.spoke`. */
export const epochs = {
  id: "D3",
  promise: "a task has at most one live assignment, and only its current epoch may finish it",
  *onEvent(event, { history }) {
    if (event._tag === "TaskPlaced") {
      const task = history.tasks.get(event.taskId)
      if (task?.epoch !== undefined) yield `${event.taskId} runs under epoch ${task.epoch} and is placed again`
      if (event.epoch <= history.lastEpoch) yield `epoch ${event.epoch} comes after ${history.lastEpoch}`
    }
    const spoken = spokenFor(event)
    if (spoken === undefined) return
    const live = history.tasks.get(spoken.taskId)?.epoch
    if (live !== spoken.epoch)
      yield `${event._tag} of ${spoken.taskId} by epoch ${spoken.epoch}, live is ${live ?? "none"}`
  },
  *atRest(ledger, { history }) {
    for (const [workerId, worker] of ledger.workers) {
      for (const { taskId, epoch } of worker.running.values()) {
        const live = history.tasks.get(taskId)?.epoch
        if (live !== epoch) yield `${workerId} runs ${taskId} under epoch ${epoch}, live is ${live ?? "none"}`
      }
    }
    for (const { kind, taskId, epoch, reservation } of history.held) {
      if (kind !== "run") continue
      const { assignment } = ledger.task(taskId) ?? {}
      const runs = ledger.worker(reservation.workerId)?.running.get(epoch)?.taskId === taskId
      if (assignment?.epoch !== epoch || !runs) yield `${taskId} was placed under epoch ${epoch} and does not run`
    }
  }
} satisfies Invariant
