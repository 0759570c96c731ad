import { Actor, type ActorRef } from "../../../src/actor/index.ts"
import { assess, type HealthSignals, healthDefaults, slownessBeside } from "../../../src/adaptation/index.ts"
import type { Heartbeat } from "../../../src/execution/index.ts"
import type { LedgerReader } from "../../../src/ledger/index.ts"
import type { Millis, WorkerId } from "../../../src/model/index.ts"
import type { EventBus } from "../../event-bus.ts"
import type { HealthRecord } from "./health-record.ts"
import type { OutlierWatch } from "./outlier-watch.ts"
import type { SlowStarts } from "./slow-starts.ts"
import type { Vitals } from "./vitals.ts"

export const healthProtocol = {
  Beat: Actor.message<{ readonly workerId: WorkerId; readonly beat: Heartbeat }>(),
  /** Judge everybody. */
  Check: Actor.message<Record<never, never>>(),
  /** See to what does not wait for that: who is silent, who does worse than the others, who gets more slots. */
  Sweep: Actor.message<Record<never, never>>()
}

export type HealthMonitorRef = ActorRef<typeof healthProtocol>

export interface HealthMonitorOptions {
  readonly ledger: LedgerReader
  /** Outlives the actor, as all that it works on. */
  readonly record: HealthRecord
  readonly outliers: OutlierWatch
  readonly slowStarts: SlowStarts
  readonly vitals: Vitals
  readonly bus: EventBus
  /** Milliseconds between two checks. */
  readonly interval: Millis
  /** Milliseconds between two sweeps. */
  readonly sweepInterval: Millis
  readonly heartbeatInterval: Millis
  /** A worker that has failed without its thread ending: it is to be started anew. */
  readonly restart: (workerId: WorkerId) => void
}

interface State {
  checkedAt: Millis | undefined
  sweptAt: Millis | undefined
}

/** How late timers always may be, in milliseconds. */
const jitter = 20

/** Judges each worker at an interval, never in the way of a placement (E1), and looks after those that need it. */
export const healthMonitor = (options: HealthMonitorOptions) => {
  const { ledger, record, outliers, slowStarts, vitals, bus, interval, sweepInterval, heartbeatInterval, restart } =
    options
  const settings = {
    ...healthDefaults,
    heartbeatLate: Math.max(healthDefaults.heartbeatLate, 3 * heartbeatInterval),
    heartbeatLost: Math.max(healthDefaults.heartbeatLost, 10 * heartbeatInterval)
  }

  const signalsOf = (workerId: WorkerId, observerDelay: Millis, slowness?: number): HealthSignals | undefined => {
    const worker = ledger.worker(workerId)
    const seen = record.of(workerId)
    if (worker === undefined || seen === undefined) return undefined
    const beat = vitals.beat(workerId)
    const { maxOldGenerationSizeMb } = worker.spec.resourceLimits
    return {
      workerId,
      startedAt: seen.startedAt,
      running: worker.running.size,
      isLeased: worker.spec.isolation === "remote",
      recentRuns: seen.runs,
      recentFailures: seen.failures,
      observerDelay,
      ...(seen.readyAt !== undefined && { readyAt: seen.readyAt }),
      ...(seen.heardAt !== undefined && { lastHeartbeatAt: seen.heardAt }),
      ...(slowness !== undefined && { slowness }),
      ...(beat !== undefined && { eventLoopDelay: beat.eventLoopDelay }),
      ...(beat !== undefined &&
        maxOldGenerationSizeMb !== undefined && { memory: beat.heapUsed / (maxOldGenerationSizeMb * 2 ** 20) })
    }
  }

  const judge = (signals: HealthSignals, now: Millis): void => {
    const { workerId } = signals
    const before = record.assessments.get(workerId)
    const assessment = assess(signals, before, settings, now)
    const { score, verdict, reasons } = assessment
    record.assessments.set(workerId, assessment)
    vitals.judge(workerId, score)
    if (before?.verdict === verdict && Math.abs(before.score - score) < 0.05) return
    const messages = reasons.map(({ message }) => message)
    bus.publish({ _tag: "WorkerAssessed", at: now, workerId, score, verdict, reasons: messages })
    if (verdict !== "failed" || before?.verdict === "failed") return
    const [reason] = reasons
    if (reason !== undefined) {
      const { signal, figure, message } = reason
      const expected = signal === "start" ? settings.startTimeout : settings.heartbeatLost
      outliers.report({ workerId, signal, figure, expected, deviation: figure / expected, message }, now)
    }
    restart(workerId)
  }

  /** An idle worker that has been silent for too long is not left until the next check. */
  const seeToTheSilent = (observerDelay: Millis, now: Millis): void => {
    for (const [workerId, { running, spec }] of ledger.workers) {
      const seen = record.of(workerId)
      if (seen?.readyAt === undefined || running.size > 0 || spec.isolation === "remote") continue
      const silence = now - Math.max(seen.heardAt ?? seen.readyAt, seen.readyAt) - observerDelay
      if (!(silence > settings.heartbeatLost)) continue
      const signals = signalsOf(workerId, observerDelay)
      if (signals !== undefined) judge(signals, now)
    }
  }

  return Actor.make("HealthMonitor", {
    protocol: healthProtocol,
    initial: (context): State => {
      context.timers.every("check", interval, "Check")
      context.timers.every("sweep", sweepInterval, "Sweep")
      return { checkedAt: undefined, sweptAt: undefined }
    },
    handlers: {
      Beat: (state, { workerId, beat }, context) => {
        // The last of one that has left must not stay.
        if (ledger.worker(workerId) === undefined) return state
        const now = context.now()
        vitals.hear(workerId, beat)
        record.hear(workerId, now)
        const figure = beat.eventLoopDelay
        const unusual = record.of(workerId)?.delay.note(figure, jitter)
        if (unusual === undefined || !(figure > settings.delay.fine)) return state
        const { expected, deviation } = unusual
        const message = `event loop ${Math.round(figure)} ms late, usually ${Math.round(expected)} ms`
        outliers.report({ workerId, signal: "eventLoopDelay", figure, expected, deviation, message }, now)
        return state
      },
      Check: (state, _, context) => {
        const now = context.now()
        const late = state.checkedAt === undefined ? 0 : Math.max(0, now - state.checkedAt - interval)
        state.checkedAt = now
        const seen = outliers.signals(now)
        for (const each of seen) {
          const signals = signalsOf(each.workerId, late, slownessBeside(each, seen))
          if (signals !== undefined) judge(signals, now)
        }
        record.fade()
        return state
      },
      Sweep: (state, _, context) => {
        const now = context.now()
        const late = state.sweptAt === undefined ? 0 : Math.max(0, now - state.sweptAt - sweepInterval)
        state.sweptAt = now
        seeToTheSilent(late, now)
        outliers.sweep(now)
        slowStarts.step(now)
        return state
      }
    }
  })
}
