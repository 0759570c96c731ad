import { Forecaster, noDemand, type PoolDemandState, type SizingState, unsized } from "../../../src/adaptation/index.ts"
import type { PoolBounds } from "../../../src/config/index.ts"
import type { Millis, WorkerId, WorkerSpec } from "../../../src/model/index.ts"
import type { BallastEvent, BallastEventTag } from "../../events.ts"

/** A kind of workers that a pool can be grown by. */
export interface WorkerKind {
  /** As each of them will be, but for its id. */
  readonly spec: WorkerSpec
  /** Another, under an id that is free. */
  readonly make: () => WorkerSpec
}

interface Member {
  readonly kind: number
  readonly since: Millis
  /** Whether it has ever come up. */
  isProven: boolean
}

/** What became of a kind of which the latest did not come up. */
interface Failing {
  /** Starts in vain, in a row. */
  readonly times: number
  readonly notBefore: Millis
}

/** Starts in vain in a row after which nobody need wait for another worker of the kind. */
const hopelessFrom = 5
const firstPause: Millis = 1_000
const longestPause: Millis = 60_000
/** How far ahead arrivals are forecast, and from how much of the past: a worker is there in a few seconds. */
const horizon: Millis = 5_000
const window: Millis = 60_000

/**
 * The workers that come and go with the load, and what is remembered of how it went: it outlives the autoscaler. Without
 * bounds nobody comes or goes, and nothing is done.
 */
export class WorkerPool {
  /** The kinds of events it is about. */
  static readonly heeds: ReadonlyArray<BallastEventTag> = ["WorkerReady", "WorkerGivenUp", "WorkerRemoved"]
  bounds: PoolBounds | undefined
  kinds: ReadonlyArray<WorkerKind> = []
  sizing: SizingState = unsized
  demand: PoolDemandState = noDemand
  readonly arrivals = new Forecaster({ horizon, window, bounds: { min: 0, max: Number.POSITIVE_INFINITY } })
  /** Its workers, from when they are asked for until they are gone. */
  readonly members = new Map<WorkerId, Member>()
  /** Those that somebody is taking away at this time. */
  readonly retiring = new Set<WorkerId>()
  /** How long a worker takes to start, as seen. */
  boot: Millis = 0
  /** By kind: one that does not come up says nothing of the others. */
  readonly #failing = new Map<number, Failing>()

  /** Kinds of workers that may still come. */
  get comers(): ReadonlyArray<WorkerSpec> {
    if (this.bounds === undefined) return []
    return this.kinds.flatMap(({ spec }, kind) => ((this.#failing.get(kind)?.times ?? 0) < hopelessFrom ? [spec] : []))
  }

  /** Whether workers of the kind may be started now: not for a while after one that did not come up. */
  mayStart(kind: number, now: Millis): boolean {
    return now >= (this.#failing.get(kind)?.notBefore ?? now)
  }

  joins(workerId: WorkerId, kind: number, now: Millis): void {
    this.members.set(workerId, { kind, since: now, isProven: false })
  }

  leaves(workerId: WorkerId): void {
    this.members.delete(workerId)
    this.retiring.delete(workerId)
  }

  readonly onEvent = (event: BallastEvent): void => {
    switch (event._tag) {
      case "WorkerReady": {
        const member = this.members.get(event.workerId)
        if (member === undefined) return
        member.isProven = true
        this.#failing.delete(member.kind)
        this.boot = this.boot === 0 ? event.bootMs : (3 * this.boot + event.bootMs) / 4
        return
      }
      case "WorkerGivenUp": {
        const member = this.members.get(event.workerId)
        // One that had come up may be followed by another at once.
        if (member === undefined || member.isProven) return
        const times = this.#failing.get(member.kind)?.times ?? 0
        const notBefore = event.at + Math.min(longestPause, firstPause * 2 ** times)
        this.#failing.set(member.kind, { times: times + 1, notBefore })
        return
      }
      case "WorkerRemoved":
        this.leaves(event.workerId)
    }
  }
}
