import type { Millis, WorkerId } from "../../model/index.ts"

/** What is known of a worker's health. Whatever is left out, or is not a finite number, counts neither way. */
export interface HealthSignals {
  readonly workerId: WorkerId
  /** When its thread was last started. */
  readonly startedAt: Millis
  /** When it first reported after that start; left out until then. */
  readonly readyAt?: Millis
  readonly lastHeartbeatAt?: Millis
  /** Its silence is the business of a lease, which is as long as was agreed. Left out: it is not. */
  readonly isLeased?: boolean
  /** Tasks on it now. A handler that computes without a pause keeps heartbeats from being sent, and is not a fault. */
  readonly running: number
  /** How late its timers are. */
  readonly eventLoopDelay?: Millis
  /** Runs lately, and how many of them failed. */
  readonly recentRuns?: number
  readonly recentFailures?: number
  /** Share of its memory limit in use, 0–1. */
  readonly memory?: number
  /** How many times as long as usual its runs take, those of the others taken out. */
  readonly slowness?: number
  /** How late the observer itself was: silence it could not have heard through is not held against the worker. */
  readonly observerDelay?: Millis
}

export interface HealthSettings {
  /** Time a worker may take from start to its first report. */
  readonly startTimeout: Millis
  /** Time after its first report during which it warms up. */
  readonly warmUp: Millis
  /** Silence from which the score falls. */
  readonly heartbeatLate: Millis
  /** Silence of an idle worker at which it has failed. */
  readonly heartbeatLost: Millis
  /** The same while tasks run on it. Infinite by default: an endless loop is ended by its task's timeout. */
  readonly busyHeartbeatLost: Millis
  /** Event-loop delay up to which all is well, and from which the worker hardly answers. */
  readonly delay: { readonly fine: Millis; readonly severe: Millis }
  /** Share of memory in use up to which all is well. */
  readonly memoryFine: number
  /** Times as long as usual up to which all is well, and from which the worker hardly gets on. */
  readonly slow: { readonly fine: number; readonly severe: number }
  /** A worker is impaired below `leave`, and up again only from `enter` on. */
  readonly leave: number
  readonly enter: number
}

export const healthDefaults: HealthSettings = {
  startTimeout: 30_000,
  warmUp: 5_000,
  heartbeatLate: 3_000,
  heartbeatLost: 10_000,
  busyHeartbeatLost: Number.POSITIVE_INFINITY,
  delay: { fine: 50, severe: 1_000 },
  memoryFine: 0.8,
  slow: { fine: 1.5, severe: 10 },
  leave: 0.5,
  enter: 0.7
}

/**
 * `failed` asks for a restart and holds until the worker is started anew; `impaired` gets no migrations and little
 * new work; `warming` and `up` take work.
 */
export type HealthVerdict = "starting" | "warming" | "up" | "impaired" | "failed"

/** One signal's part in the score. */
export interface HealthReason {
  readonly signal: "start" | "heartbeat" | "eventLoopDelay" | "failures" | "memory" | "serviceTime"
  readonly figure: number
  readonly unit: "ms" | "share" | "factor"
  /** What it multiplies the score by, 0–1. */
  readonly factor: number
  readonly message: string
}

export interface Assessment {
  readonly workerId: WorkerId
  /** 0 failing – 1 sound. */
  readonly score: number
  readonly verdict: HealthVerdict
  /** When this verdict was first reached. */
  readonly since: Millis
  /** The start it speaks of. */
  readonly startedAt: Millis
  /** Only what lowers the score. */
  readonly reasons: ReadonlyArray<HealthReason>
}

/** 1 up to `fine`, then falling in a line to `floor` at `severe`. */
const falling = (figure: number, fine: number, severe: number, floor: number): number =>
  figure <= fine ? 1 : Math.max(floor, 1 - ((figure - fine) / (severe - fine)) * (1 - floor))

/** What a handler that computes without a pause does to its thread: it goes where that goes. */
const ofItsTasks: ReadonlySet<HealthReason["signal"]> = new Set(["heartbeat", "eventLoopDelay"])

/**
 * Whether the worker takes work and is impaired for a reason of its own, so that its tasks are better off elsewhere. Silence
 * and late timers are no such reason: while it runs something they are what that does, on any worker.
 */
export const isIll = ({ verdict, reasons }: Assessment, { enter }: Pick<HealthSettings, "enter">): boolean =>
  verdict === "impaired" &&
  reasons.reduce((product, { signal, factor }) => (ofItsTasks.has(signal) ? product : product * factor), 1) < enter

const percent = (share: number): string => `${Math.round(share * 100)} %`

/**
 * Judges one worker: the score is the product of what each signal leaves of 1, the verdict follows with hysteresis
 * from `previous`. Where several workers must be told apart from one that is merely slow, compare their scores.
 */
export const assess = (
  signals: HealthSignals,
  previous: Assessment | undefined,
  settings: HealthSettings,
  now: Millis
): Assessment => {
  const { workerId, startedAt } = signals
  const before = previous?.startedAt === startedAt ? previous : undefined
  const conclude = (verdict: HealthVerdict, score: number, reasons: ReadonlyArray<HealthReason>): Assessment => ({
    workerId,
    score,
    verdict,
    since: before?.verdict === verdict ? before.since : now,
    startedAt,
    reasons
  })

  // One writer, one way out: only a new start ends a failure, no late heartbeat does.
  if (before?.verdict === "failed") return before
  if (signals.readyAt === undefined) return conclude(...notReady(signals, settings, now))

  const silence = heartbeat(signals, signals.readyAt, settings, now)
  const reasons = [
    silence,
    delay(signals, settings),
    failures(signals),
    memory(signals, settings),
    slowness(signals, settings)
  ].filter((reason) => reason !== undefined)
  if (silence?.factor === 0) return conclude("failed", 0, reasons)
  const score = reasons.reduce((product, { factor }) => product * factor, 1)
  const bound = before?.verdict === "impaired" ? settings.enter : settings.leave
  if (score < bound) return conclude("impaired", score, reasons)
  return conclude(now - signals.readyAt < settings.warmUp ? "warming" : "up", score, reasons)
}

type Conclusion = readonly [HealthVerdict, number, ReadonlyArray<HealthReason>]

const notReady = ({ startedAt }: HealthSignals, { startTimeout }: HealthSettings, now: Millis): Conclusion => {
  const age = now - startedAt
  if (age <= startTimeout) return ["starting", 0, []]
  const message = `started ${age} ms ago and never reported (limit ${startTimeout} ms)`
  return ["failed", 0, [{ signal: "start", figure: age, unit: "ms", factor: 0, message }]]
}

const heartbeat = (
  { lastHeartbeatAt, isLeased, running, observerDelay }: HealthSignals,
  readyAt: Millis,
  { heartbeatLate, heartbeatLost, busyHeartbeatLost }: HealthSettings,
  now: Millis
): HealthReason | undefined => {
  if (isLeased === true) return undefined
  const blind = observerDelay !== undefined && Number.isFinite(observerDelay) ? Math.max(0, observerDelay) : 0
  const heard = lastHeartbeatAt !== undefined && Number.isFinite(lastHeartbeatAt) ? lastHeartbeatAt : readyAt
  const age = now - Math.max(heard, readyAt) - blind
  if (age <= heartbeatLate) return undefined
  const lost = running > 0 ? busyHeartbeatLost : heartbeatLost
  const factor = age > lost ? 0 : falling(age, heartbeatLate, heartbeatLost, 0.2)
  const message = `no heartbeat for ${Math.round(age)} ms, ${running} running (late from ${heartbeatLate} ms, lost from ${lost} ms)`
  return { signal: "heartbeat", figure: age, unit: "ms", factor, message }
}

const delay = ({ eventLoopDelay }: HealthSignals, { delay }: HealthSettings): HealthReason | undefined => {
  if (eventLoopDelay === undefined || !(eventLoopDelay > delay.fine)) return undefined
  const message = `event loop ${Math.round(eventLoopDelay)} ms late (fine up to ${delay.fine} ms)`
  const factor = falling(eventLoopDelay, delay.fine, delay.severe, 0.3)
  return { signal: "eventLoopDelay", figure: eventLoopDelay, unit: "ms", factor, message }
}

const failures = ({ recentRuns, recentFailures }: HealthSignals): HealthReason | undefined => {
  if (recentRuns === undefined || recentFailures === undefined || !(recentRuns > 0) || !(recentFailures > 0)) {
    return undefined
  }
  // Two successes are taken for granted, so that one failure of one run does not condemn a worker.
  const failed = Math.min(recentFailures, recentRuns)
  const factor = 1 - failed / (recentRuns + 2)
  const share = failed / recentRuns
  const message = `${failed} of the last ${recentRuns} runs failed (${percent(share)})`
  return { signal: "failures", figure: share, unit: "share", factor, message }
}

const memory = ({ memory }: HealthSignals, { memoryFine }: HealthSettings): HealthReason | undefined => {
  if (memory === undefined || !(memory > memoryFine)) return undefined
  const message = `${percent(memory)} of its memory limit in use (fine up to ${percent(memoryFine)})`
  return { signal: "memory", figure: memory, unit: "share", factor: falling(memory, memoryFine, 1, 0.3), message }
}

const slowness = ({ slowness }: HealthSignals, { slow }: HealthSettings): HealthReason | undefined => {
  if (slowness === undefined || !(slowness > slow.fine)) return undefined
  const message = `runs take ${slowness.toFixed(1)} times as long as usual (fine up to ${slow.fine})`
  const factor = falling(slowness, slow.fine, slow.severe, 0.3)
  return { signal: "serviceTime", figure: slowness, unit: "factor", factor, message }
}
