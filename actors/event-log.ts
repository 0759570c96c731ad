import { type ActorEvent, describeExit } from "../src/actor/index.ts"
import type { Log, LogEvent, LogFields, LogLevel } from "../src/telemetry/index.ts"
import type { BallastEvent } from "./events.ts"

type Line = readonly [level: "debug" | "info" | "warn" | "error", event: LogEvent, fields: LogFields]

/** The line an event is worth, under its fixed name; `undefined` for what is only for programs. */
const lineOf = (event: BallastEvent): Line | undefined => {
  switch (event._tag) {
    case "WorkerAdded":
      return ["info", "worker.added", { worker: event.worker.id }]
    case "WorkerReady":
      return ["info", "worker.ready", { worker: event.workerId, bootMs: event.bootMs }]
    case "MachineProbed":
      return event.changes.length === 0 ? undefined : ["info", "machine.changed", { changes: event.changes }]
    case "WorkerPhaseChanged":
      return ["debug", "worker.phase", { worker: event.workerId, phase: event.phase }]
    case "WorkerExited":
      return [
        "warn",
        "worker.failed",
        { worker: event.workerId, reason: event.reason, failedOver: event.failedOver.length }
      ]
    case "WorkerMemoryExceeded": {
      const { workerId: worker, of, used, limit } = event
      return ["error", "worker.memory_exceeded", { worker, of, used, limit }]
    }
    case "MemoryShort":
      return ["warn", "memory.short", { used: event.used, limit: event.limit }]
    case "WorkerGivenUp":
      return ["error", "worker.given_up", { worker: event.workerId, cause: event.cause }]
    case "WorkerRestarted":
      return ["info", "worker.restarted", { worker: event.workerId, delay: event.delay }]
    case "WorkerRemoved":
      return ["info", "worker.removed", { worker: event.workerId }]
    case "WorkerAssessed":
      return ["debug", "health.assessed", { worker: event.workerId, score: event.score, reasons: event.reasons }]
    case "WorkerEjected": {
      const { workerId: worker, until, signal, figure, expected, message } = event
      return ["warn", "worker.ejected", { worker, for: until - event.at, signal, figure, expected, message }]
    }
    case "WorkerReturned":
      return ["info", "worker.returned", { worker: event.workerId, reason: event.reason }]
    case "WorkerAnomaly": {
      const { workerId: worker, signal, figure, expected, deviation, message } = event
      return ["warn", "worker.anomaly", { worker, signal, figure, expected, deviation, message }]
    }
    case "WorkerLimited":
      return ["debug", "worker.limited", { worker: event.workerId, slots: event.slots }]
    case "PoolScaled":
      return ["info", "pool.scaled", { from: event.from, to: event.to, reason: event.reason }]
    case "TaskAccepted":
      return ["debug", "task.accepted", { task: event.task.id, type: event.task.type }]
    case "TaskParked":
      return ["info", "task.parked", { task: event.taskId, requeues: event.requeues, unmet: event.unmet }]
    case "TaskPlaced":
      return ["debug", "task.placed", { task: event.taskId, worker: event.reservation.workerId, epoch: event.epoch }]
    case "TaskCheckpointed":
      return ["debug", "task.checkpointed", { task: event.taskId, epoch: event.epoch }]
    case "TaskCompleted":
      return ["debug", "task.completed", { task: event.taskId, epoch: event.epoch }]
    case "TaskDelayed":
      return ["info", "task.delayed", { task: event.taskId, epoch: event.epoch, error: event.error.message }]
    case "TaskRequeued":
      return [
        "info",
        "task.requeued",
        { task: event.taskId, epoch: event.epoch, reason: event.reason, ...(event.suspect && { suspect: true }) }
      ]
    case "TaskFailed":
      return ["warn", "task.failed", { task: event.taskId, reason: event.reason, error: event.error.message }]
    case "TaskCancelled":
      return ["info", "task.cancelled", { task: event.taskId, reason: event.reason }]
    case "TaskExpired":
      return ["info", "task.expired", { task: event.taskId, limit: event.limit }]
    case "TaskShed":
      return ["warn", "task.shed", { task: event.taskId, load: event.load }]
    case "TaskQuarantined":
      return ["error", "task.quarantined", { task: event.taskId, crashes: event.crashes }]
    case "TaskLogged":
      return [event.level, "task.log", { task: event.taskId, message: event.message, ...event.fields }]
    case "MigrationOffered":
      return [
        "info",
        "migration.offered",
        { task: event.taskId, epoch: event.epoch, source: event.source, target: event.reservation.workerId }
      ]
    case "MigrationReleased":
      return ["debug", "migration.released", { task: event.taskId, migration: event.migrationId }]
    case "MigrationAborted":
      return ["info", "migration.aborted", { task: event.taskId, migration: event.migrationId, reason: event.reason }]
    case "ThresholdsMoved":
      return ["debug", "thresholds.changed", { high: event.high, low: event.low }]
    case "StrategyFaulted":
      return ["error", "placement.fault", { strategy: event.strategy, task: event.taskId, fault: event.message }]
    case "StrategyChanged":
      return [
        "info",
        "placement.strategy",
        { strategy: event.strategy, from: event.from, to: event.to, reason: event.reason }
      ]
    case "RuntimeEnded":
      return ["info", "runtime.stopped", { reason: event.reason }]
    case "JournalRecovered": {
      const { tasks, ended, setAside, cut, ms } = event
      return [setAside.length > 0 ? "warn" : "info", "journal.recovered", { tasks, ended, setAside, cut, ms }]
    }
    case "JournalDegraded":
      return ["error", "journal.degraded", { kind: event.kind, problem: event.problem }]
    case "JournalResumed":
      return ["info", "journal.resumed", { failures: event.failures }]
    case "MetricsDegraded":
      return ["warn", "storage.problem", { problem: event.problem }]
    default:
      return undefined
  }
}

/** Writes each event as a log line with its ids. */
export const logEvents =
  (log: Log) =>
  (event: BallastEvent): void => {
    const line = lineOf(event)
    if (line !== undefined) log[line[0]](line[1], line[2])
  }

const actorLevels = {
  "actor.started": "debug",
  "actor.failed": "warn",
  "actor.restarting": "warn",
  "actor.stopped": "debug",
  "actor.overran": "warn",
  "supervisor.gave_up": "error",
  dead_letter: "debug"
} as const satisfies Record<ActorEvent["event"], LogLevel>

/**
 * Writes what happens to actors, the runtime's and those beside them, under the kernel's own names. Of an actor for
 * which `isToldElsewhere` holds, at debug only.
 */
export const logActorEvents =
  (log: Log, isToldElsewhere: (actor: string) => boolean) =>
  ({ event, at: _, ...fields }: ActorEvent): void => {
    const level = isToldElsewhere(fields.actor) ? "debug" : actorLevels[event]
    if (!log.enabled(level)) return
    const { cause, reason, ...rest } = { cause: undefined, reason: undefined, ...fields }
    log[level](event, {
      ...rest,
      ...(reason !== undefined && { reason: typeof reason === "string" ? reason : describeExit(reason) }),
      ...(cause !== undefined && { err: cause })
    })
  }
