import type { LedgerEventOf } from "../../model/index.ts"
import type { LedgerHistory } from "../history.ts"
import type { Invariant } from "./invariant.ts"

function* onCommit(event: LedgerEventOf<"TaskPlaced">, history: LedgerHistory): Iterable<string> {
  const { taskId, migrationId = 0, reservation } = event
  const migration = history.migrations.get(migrationId)
  if (migration?.phase !== "released") yield `${taskId} starts on its target while its source has not let go`
  if (migration?.taskId !== taskId) yield `migration ${migrationId} is not ${taskId}'s`
  const held = history.held.find(({ kind, taskId: of }) => kind === "target" && of === taskId)
  if (JSON.stringify(held?.reservation) !== JSON.stringify(reservation)) {
    yield `${taskId} starts on ${reservation.workerId} with what was not held for it`
  }
}

/** Offered (it runs on its source, both sides held) → released (it runs nowhere, its state saved) → placed or aborted. */
export const migrations = {
  id: "D6",
  promise: "a migration is a transaction: its task never runs twice, is never nowhere, and never loses its state",
  *onEvent(event, { history }) {
    switch (event._tag) {
      case "TaskPlaced":
        if (event.migrationId !== undefined) yield* onCommit(event, history)
        return
      case "MigrationOffered": {
        const run = history.held.find(({ kind, taskId }) => kind === "run" && taskId === event.taskId)
        if (run?.reservation.workerId !== event.source) yield `${event.taskId} does not run on ${event.source}`
        if (event.source === event.reservation.workerId) yield `${event.taskId} moves to where it is`
        if (history.migrations.has(event.migrationId)) yield `migration ${event.migrationId} is offered twice`
        for (const { taskId } of history.migrations.values()) {
          if (taskId === event.taskId) yield `${taskId} is moved twice at once`
        }
        return
      }
      case "MigrationReleased":
      case "MigrationAborted": {
        const migration = history.migrations.get(event.migrationId)
        if (migration?.taskId !== event.taskId) yield `${event._tag}: migration ${event.migrationId} is over`
        if (event._tag === "MigrationReleased" && migration?.phase === "released") {
          yield `migration ${event.migrationId} is released twice`
        }
        return
      }
      case "TaskCompleted":
      case "TaskFailed":
      case "TaskDelayed":
      case "TaskRequeued":
      case "TaskCancelled":
      case "TaskExpired":
      case "TaskQuarantined":
        for (const [id, { taskId }] of history.migrations) {
          if (taskId === event.taskId) yield `${event._tag} of ${taskId} while migration ${id} is under way`
        }
    }
  },
  *atRest(ledger, { history }) {
    for (const [id, { taskId, phase }] of history.migrations) {
      if (ledger.migrations.get(id)?.phase !== phase)
        yield `migration ${id} of ${taskId} is ${phase} by its events alone`
      const runsOn = [...ledger.workers.values()].filter(({ running }) =>
        [...running.values()].some((run) => run.taskId === taskId)
      ).length
      if (runsOn !== (phase === "offered" ? 1 : 0)) yield `${taskId} is ${phase} and runs on ${runsOn} workers`
    }
    for (const id of ledger.migrations.keys()) if (!history.migrations.has(id)) yield `migration ${id} is over and kept`
    for (const [taskId, { saved }] of history.tasks) {
      const task = ledger.task(taskId)
      if (task !== undefined && JSON.stringify(task.state) !== JSON.stringify(saved)) {
        yield `${taskId} saved ${JSON.stringify(saved)} and has ${JSON.stringify(task.state)}`
      }
    }
  },
  *atEnd(ledger) {
    for (const { id, taskId } of ledger.migrations.values()) yield `migration ${id} of ${taskId} never ended`
  }
} satisfies Invariant
