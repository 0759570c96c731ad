import { Actor, type ActorContext } from "../../../src/actor/index.ts"
import {
  chooseEvacuations,
  consolidate,
  consolidationDefaults,
  type Evacuation,
  economicsDefaults,
  type MigrationMemory,
  migrationDefaults,
  type Recovery,
  type RunningTask
} from "../../../src/adaptation/index.ts"
import type { EnergySettings } from "../../../src/config/index.ts"
import { type Commit, fitsNow, type MigrationRecord, takesWork } from "../../../src/ledger/index.ts"
import type { Millis, TaskId, WorkerId } from "../../../src/model/index.ts"
import type { CoordinatorRef } from "../../coordinator.ts"
import type { EventBus } from "../../event-bus.ts"
import type { SlotLimits } from "../slot-limits.ts"
import type { EnergyRecord } from "./energy-record.ts"
import { type EnergySources, evacuationWorkers, pooledWorkers, restlessTasks } from "./energy-view.ts"
import type { HeatRecord } from "./heat-record.ts"

export const energyProtocol = {
  /** Look who is needed. */
  Check: Actor.message<Record<never, never>>(),
  /** The coordinator has answered; `undefined`: it is being restarted. */
  Answered: Actor.message<{ readonly evacuation: Evacuation; readonly answer: Commit<MigrationRecord> | undefined }>()
}

export interface EnergyManagerOptions {
  readonly sources: EnergySources
  /** Outlives the actor: what was asked of the pool, and who has been superfluous since when. */
  readonly record: EnergyRecord
  readonly memory: MigrationMemory
  /** Nothing moves to save energy while the pool recovers from a failure. */
  readonly recovery: (now: Millis) => Recovery
  readonly bus: EventBus
  readonly coordinator: () => CoordinatorRef | undefined
  readonly tasks: (now: Millis) => ReadonlyArray<RunningTask>
  /** How hot workers are; outlives the actor, too. */
  readonly heat: HeatRecord
  readonly slotLimits: SlotLimits
  /** `undefined`: nobody rests for being superfluous. */
  readonly settings: Exclude<EnergySettings["consolidation"], false> | undefined
  readonly interval: Millis
  readonly maxSimultaneousMigrations: number
  /** Whether tasks may be moved, so that a worker can sleep sooner. */
  readonly moves: boolean
}

/** What sleep must save for each joule that moving costs. */
const worth = 2
const unknown = { celsius: Number.NaN, headroom: 1, isCritical: false }

/**
 * Lets workers rest that are not needed, and wakes them ahead of need; gives less to hot ones (G10). Who is needed at once,
 * dispatch wakes.
 */
export const energyManager = (options: EnergyManagerOptions) => {
  const { sources, record, memory, bus, coordinator, tasks, interval, moves, heat, slotLimits } = options
  const { ledger } = sources
  const settings = { ...consolidationDefaults, ...options.settings, worth, minHealth: migrationDefaults.minHealth }

  /** Hot ones may take fewer slots, and none while they are critical and others can do it. */
  const cool = (now: Millis): void => {
    const shares = heat.look(now)
    for (const [workerId, worker] of ledger.workers) {
      const share = shares.get(workerId)
      const slots = share === undefined || share === 1 ? undefined : Math.ceil(worker.spec.limits.slots * share)
      const before = slotLimits.wishOf("heat", workerId)
      if (slots !== undefined || before !== undefined) slotLimits.wish("heat", workerId, slots)
      const { celsius, headroom, isCritical } = heat.of(workerId) ?? unknown
      if (before !== slots) bus.publish({ _tag: "WorkerHeat", at: now, workerId, celsius, headroom })
      if (isCritical && worker.phase === "up" && othersAwake(workerId)) {
        heat.rested.add(workerId)
        change(workerId, "rest", `it is at ${Math.round(celsius)} °C`, now)
      } else if (!isCritical && heat.rested.delete(workerId) && worker.phase === "resting") {
        change(workerId, "wake", "it has cooled down", now)
      }
    }
  }

  const othersAwake = (workerId: WorkerId): boolean => {
    for (const [id, { phase }] of ledger.workers) {
      if (id !== workerId && takesWork(phase) && heat.of(id)?.isCritical !== true) return true
    }
    return false
  }

  const consolidateNow = (context: ActorContext<typeof energyProtocol>, now: Millis): void => {
    // Who rests for being too hot is not to be woken for its thrift.
    const workers = pooledWorkers(sources).filter(({ workerId }) => heat.of(workerId)?.isCritical !== true)
    if (!workers.some(({ power }) => power !== undefined)) return
    const demand = record.look(workers, now)
    const { rest, wake, superfluous } = consolidate(workers, demand, settings, record.superfluous, now)
    record.superfluous = superfluous
    for (const { workerId, because } of wake) change(workerId, "wake", because, now)
    for (const { workerId, because } of rest) change(workerId, "rest", because, now)
    if (moves && !demand.isWaiting && !options.recovery(now).recovering) evacuate(context, now)
  }

  const change = (workerId: WorkerId, event: "rest" | "wake", because: string, at: Millis): void => {
    void coordinator()
      ?.askPromise("ChangePhase", { workerId, event })
      .then(
        (answer) => {
          if (!answer.ok) return
          bus.publish({ _tag: event === "rest" ? "WorkerRested" : "WorkerWoken", at, workerId, reason: because })
        },
        // The coordinator is being restarted: nothing has changed, and the next check looks again.
        () => undefined
      )
  }

  const fits = (taskId: TaskId, workerId: WorkerId): boolean => {
    const task = ledger.task(taskId)
    const worker = ledger.worker(workerId)
    if (task === undefined || worker === undefined || heat.of(workerId)?.isCritical === true) return false
    return fitsNow(task.spec.requirements, worker)
  }

  const moveSeconds = ({ type, stateBytes }: RunningTask): number => {
    const known = memory.ofType(type)?.meanMs
    return (known ?? economicsDefaults.moveMs + (stateBytes / economicsDefaults.bytesPerSecond) * 1_000) / 1_000
  }

  const evacuate = (context: ActorContext<typeof energyProtocol>, now: Millis): void => {
    const isFree = ({ taskId }: RunningTask): boolean =>
      !memory.isActive(taskId) &&
      ledger.task(taskId)?.migration === undefined &&
      memory.restingUntil(taskId, now) === undefined
    const input = {
      tasks: restlessTasks(tasks(now), sources, moveSeconds, isFree),
      workers: evacuationWorkers(sources),
      fits,
      room: Math.max(0, options.maxSimultaneousMigrations - memory.active)
    }
    const asked = coordinator()
    if (asked === undefined) return
    for (const evacuation of chooseEvacuations(input, settings)) {
      const { taskId, epoch, type, workerId: source } = evacuation.task
      const { target } = evacuation
      // Whoever else moves tasks is to know of it before it is answered.
      memory.offered({ taskId, type, source, target, startedAt: now })
      void asked.askPromise("Migrate", { taskId, epoch, target }).then(
        (answer) => context.self.tell("Answered", { evacuation, answer }),
        () => context.self.tell("Answered", { evacuation, answer: undefined })
      )
    }
  }

  return Actor.make("EnergyManager", {
    protocol: energyProtocol,
    initial: (context) => {
      context.timers.every("check", interval, "Check")
      return {}
    },
    handlers: {
      Check: (state, _, context) => {
        const now = context.now()
        cool(now)
        if (options.settings !== undefined) consolidateNow(context, now)
        return state
      },
      Answered: (state, { evacuation, answer }, context) => {
        const { task, target, because } = evacuation
        const { taskId, type, workerId: source, moveSeconds: costSeconds } = task
        if (answer?.ok !== true) {
          // A coordinator that was restarted meanwhile may have agreed: whoever balances finds that out.
          if (answer !== undefined) memory.withdrawn(taskId)
          return state
        }
        const now = context.now()
        memory.begun({ taskId, type, source, target, startedAt: now })
        bus.publish({
          _tag: "MigrationChosen",
          at: now,
          taskId,
          source,
          target,
          costSeconds,
          benefitSeconds: 0,
          costScore: 0,
          reason: "consolidate",
          explanation: because
        })
        return state
      }
    }
  })
}
