import type { Millis } from "../../model/index.ts"
import { drainSeconds, isActive, isMeasured, type WorkerLoad } from "./worker-load.ts"

export interface SessionSettings {
  /** Unevenness from which on there is anything to do. */
  readonly even: number
  /** Looks in a row without a better balance after which a session has got nowhere. */
  readonly patience: number
  /** A change of unevenness below that is none. */
  readonly change: number
  /** The first pause, in looks; each further one is twice as long, up to the longest. */
  readonly firstPause: number
  readonly longestPause: number
  /**
   * It is woken early when things have become so many times as uneven as when it went to sleep, or what there was of
   * evenness is so many times less: of what was very uneven already there is no multiple.
   */
  readonly wakeAt: number
}

export const sessionDefaults: SessionSettings = {
  even: 1e-3,
  patience: 3,
  change: 1e-4,
  firstPause: 1,
  longestPause: 16,
  wakeAt: 1.5
}

/** Rebalancing, from the look at which it was found worth while until it has come to rest. */
export interface Session {
  /** `idle`: evenly loaded, or nothing was ever tried. */
  readonly phase: "idle" | "active" | "asleep"
  /** At the last look. */
  readonly unevenness: number
  /** Looks in a row at which nothing got better. */
  readonly stalled: number
  /** Sessions in a row that got nowhere. */
  readonly failed: number
  /** While asleep: until when, unless it is woken. */
  readonly until: Millis
}

export const noSession: Session = { phase: "idle", unevenness: 0, stalled: 0, failed: 0, until: 0 }

/**
 * How unevenly backlogs are shared, 0 (all equal) – 1 (one worker has everything): (ln n − H) ÷ ln n, with H the entropy
 * of the workers' shares of the seconds until all are done. Of workers that take work and have usable figures.
 */
export const unevennessOf = (workers: ReadonlyArray<WorkerLoad>): number => {
  const seconds = workers.filter((load) => isActive(load) && isMeasured(load)).map(drainSeconds)
  const sum = seconds.reduce((all, each) => all + each, 0)
  if (seconds.length < 2 || !(sum > 0)) return 0
  const most = Math.log(seconds.length)
  const entropy = seconds.reduce((all, each) => (each > 0 ? all - (each / sum) * Math.log(each / sum) : all), 0)
  return Math.min(1, Math.max(0, (most - entropy) / most))
}

/** Whether to look for moves now. */
export const isAwake = (session: Session): boolean => session.phase !== "asleep"

/**
 * The session as a look begins: over once things are even; awake once its pause is over or things have become much worse;
 * begun where they are uneven.
 */
export const beginLook = (session: Session, unevenness: number, settings: SessionSettings, now: Millis): Session => {
  if (unevenness <= settings.even) return { ...noSession, unevenness }
  switch (session.phase) {
    case "idle":
      return { ...session, phase: "active", unevenness, stalled: 0 }
    case "asleep": {
      const { wakeAt } = settings
      const isWorse = unevenness > wakeAt * session.unevenness || (1 - unevenness) * wakeAt < 1 - session.unevenness
      if (!isWorse && now < session.until) return session
      return { ...session, phase: "active", unevenness, stalled: 0, failed: isWorse ? 0 : session.failed }
    }
    case "active": {
      const isBetter = session.unevenness - unevenness > settings.change
      return {
        ...session,
        unevenness,
        stalled: isBetter ? 0 : session.stalled + 1,
        failed: isBetter ? 0 : session.failed
      }
    }
  }
}

/**
 * The session as a look ends. One that found nothing worth moving while nothing got better for a few looks has got
 * nowhere, and sleeps: twice as long each time in a row.
 *
 * @param moves that were chosen, or are on their way
 * @param interval between two looks, in milliseconds
 */
export const endLook = (
  session: Session,
  moves: number,
  interval: Millis,
  settings: SessionSettings,
  now: Millis
): Session => {
  if (session.phase !== "active") return session
  if (moves > 0 || session.stalled < settings.patience) return session
  const pause = Math.min(settings.longestPause, settings.firstPause * 2 ** session.failed)
  // A little less, so that the look which falls on its end is no longer part of it.
  return { ...session, phase: "asleep", failed: session.failed + 1, until: now + (pause + 0.5) * interval }
}
