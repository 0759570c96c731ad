import type { Millis, WorkerId, WorkerPhase } from "../../model/index.ts"
import type { Outlier } from "./outliers.ts"

export interface EjectionSettings {
  /** What a first ejection takes; the next takes as much more each time. Default 30 s. */
  readonly base: Millis
  /** What one takes at most. Default 300 s. */
  readonly longest: Millis
  /** Time without a new cause after which one ejection is forgotten. Default 10 s. */
  readonly forgive: Millis
  /** Share of the pool that may be ejected at a time; one always may. Default 0.1. */
  readonly maxShare: number
  /** Share of the pool that takes work, below which nobody is ejected and all come back. Default 0.5. */
  readonly panic: number
}

export const ejectionDefaults: EjectionSettings = {
  base: 30_000,
  longest: 300_000,
  forgive: 10_000,
  maxShare: 0.1,
  panic: 0.5
}

/** What is remembered of one worker. */
export interface Ejection {
  /** Consecutive ejections, those forgiven taken off. */
  readonly times: number
  /** Until when it is out; `undefined`: it is not. */
  readonly until: Millis | undefined
  /** When it was taken out last. */
  readonly since: Millis
  /** When it was looked at last and nothing was counted against it. */
  readonly forgivenAt: Millis
  readonly cause: Outlier["signal"]
}

export type Ejections = ReadonlyMap<WorkerId, Ejection>

export interface EjectionInput {
  readonly workers: ReadonlyArray<{ readonly workerId: WorkerId; readonly phase: WorkerPhase }>
  readonly outliers: ReadonlyArray<Outlier>
  /** Whether everything that waits, and that the worker could take, could be taken by others than these, too. */
  readonly canDoWithout: (workerId: WorkerId, gone: ReadonlySet<WorkerId>) => boolean
}

/** Why an ejection ends. */
export type EjectionEnd = "time" | "panic" | "needed" | "forgotten"

export interface EjectionDecision {
  readonly eject: ReadonlyArray<{ readonly outlier: Outlier; readonly until: Millis }>
  readonly restore: ReadonlyArray<{
    readonly workerId: WorkerId
    readonly why: EjectionEnd
  }>
  readonly ejections: Ejections
  /** Whether so few take work that health is not asked about any more. */
  readonly isPanic: boolean
}

/** Whoever uses the runtime, or energy, has taken it out on purpose: it is no sign of ill health. */
const onPurpose: ReadonlySet<WorkerPhase> = new Set(["draining", "maintenance", "resting"])
/** How long the ledger may take to carry an ejection out, in milliseconds. */
const underWay = 5_000
const isOpen = (phase: WorkerPhase): boolean => phase === "up" || phase === "warming"

/**
 * Who is taken out of placement, and who comes back (2.9). Guarantees: never more than `maxShare` of the pool at a time (but
 * one always may be), never the last that something waiting could run on, nobody while fewer than `panic` of the pool take
 * work; each comes back, after `longest` at the latest.
 */
export const sweepEjections = (
  before: Ejections,
  input: EjectionInput,
  settings: EjectionSettings,
  now: Millis
): EjectionDecision => {
  const pool = input.workers.filter(({ phase }) => !onPurpose.has(phase))
  const open = new Set(pool.filter(({ phase }) => isOpen(phase)).map(({ workerId }) => workerId))
  const isPanic = open.size < settings.panic * pool.length
  const { after, out, restore } = whoReturns(before, input, isPanic, settings, now)
  const eject: Array<EjectionDecision["eject"][number]> = []
  const most = Math.max(1, Math.floor(settings.maxShare * pool.length))
  // One more than these, and it would be panic; and somebody has to be left.
  const spare = open.size - Math.max(1, settings.panic * pool.length)
  for (const outlier of input.outliers.toSorted((a, b) => b.severity - a.severity)) {
    const { workerId, signal } = outlier
    if (isPanic || out.size >= most || eject.length + 1 > spare) break
    if (out.has(workerId) || !open.has(workerId)) continue
    if (!input.canDoWithout(workerId, new Set(out).add(workerId))) continue
    const times = (after.get(workerId)?.times ?? 0) + 1
    const until = now + Math.min(settings.longest, settings.base * times)
    // What lasts the longest is not counted beyond.
    const counted = Math.min(times, Math.ceil(settings.longest / Math.max(1, settings.base)))
    after.set(workerId, { times: counted, until, since: now, forgivenAt: until, cause: signal })
    out.add(workerId)
    eject.push({ outlier, until })
  }
  return { eject, restore, ejections: after, isPanic }
}

interface Returning {
  readonly after: Map<WorkerId, Ejection>
  /** Those that stay out. */
  readonly out: Set<WorkerId>
  readonly restore: ReadonlyArray<EjectionDecision["restore"][number]>
}

const whoReturns = (
  before: Ejections,
  { workers, outliers, canDoWithout }: EjectionInput,
  isPanic: boolean,
  settings: EjectionSettings,
  now: Millis
): Returning => {
  const after = new Map<WorkerId, Ejection>()
  const out = new Set<WorkerId>()
  const restore: Array<EjectionDecision["restore"][number]> = []
  const suspects = new Set(outliers.map(({ workerId }) => workerId))
  const comesBack = (workerId: WorkerId, why: EjectionEnd): void => {
    restore.push({ workerId, why })
    out.delete(workerId)
    const known = before.get(workerId)
    if (known !== undefined) after.set(workerId, { ...known, until: undefined, forgivenAt: now })
  }
  for (const { workerId, phase } of workers) {
    const known = before.get(workerId)
    const until = known?.until
    const isUnderWay = isOpen(phase) && until !== undefined && now - (known?.since ?? now) < underWay
    if (phase !== "ejected" && !isUnderWay) {
      // Whatever brought it back, be it that its thread was lost: it is not out any more.
      const left = known && forgiven(known, suspects.has(workerId), settings, now)
      if (left !== undefined) after.set(workerId, left)
    } else if (known === undefined || until === undefined) comesBack(workerId, "forgotten")
    else if (isPanic && !isUnderWay) comesBack(workerId, "panic")
    else if (until <= now && !isUnderWay) comesBack(workerId, "time")
    else {
      out.add(workerId)
      after.set(workerId, known)
    }
  }
  for (const { workerId, phase } of workers) {
    if (phase === "ejected" && out.has(workerId) && !canDoWithout(workerId, out)) comesBack(workerId, "needed")
  }
  return { after, out, restore }
}

/** One less for each span without a new cause; `undefined`: nothing is held against it any more. */
const forgiven = (
  known: Ejection,
  isSuspect: boolean,
  { forgive }: EjectionSettings,
  now: Millis
): Ejection | undefined => {
  const next = { ...known, until: undefined }
  // Where its ejection ended before its time, it is forgiven from now on.
  const since = Math.min(known.forgivenAt, now)
  if (isSuspect) return { ...next, forgivenAt: now }
  if (now - since < forgive) return { ...next, forgivenAt: since }
  return known.times <= 1 ? undefined : { ...next, times: known.times - 1, forgivenAt: now }
}
