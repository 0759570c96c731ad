import { fitsNow, takesWork, unmetEver, type WorkerRecord } from "../ledger/index.ts"
import {
  type Demand,
  Milli,
  type Millis,
  type Passage,
  type Requirements,
  type Reservation,
  type ResourceName,
  resourceNames,
  type WorkerId
} from "../model/index.ts"

/** What is held on a worker, and until when as far as anybody can say; infinite: nobody can. */
export interface Occupant {
  readonly reservation: Reservation
  readonly endsAt: Millis
}

/** A worker that a task might be kept for, and what is there. */
export interface Occupied {
  readonly worker: WorkerRecord
  readonly occupants: ReadonlyArray<Occupant>
  /** Milliseconds that a run takes there for each that is declared. */
  readonly pace: number
}

/** Where and when a task that fits nowhere now will begin, and what may begin there before it. */
export interface PlannedStart {
  readonly workerId: WorkerId
  readonly passage: Passage
}

/** A run that exceeds what was expected of it is expected to take half as long again, and so on. */
const overrun = 1.5

/** When a run that began then will end, by what was expected of it. `undefined`: nothing was, and it may never end. */
export const expectedEnd = (startedAt: Millis, expectedMs: Millis | undefined, now: Millis): Millis => {
  if (expectedMs === undefined) return Number.POSITIVE_INFINITY
  let ms = Math.max(expectedMs, 1)
  while (startedAt + ms < now) ms *= overrun
  return startedAt + ms
}

/** A worker as it will be, written to while its occupants leave. */
class Emptying implements WorkerRecord {
  readonly spec
  readonly phase
  readonly used: Record<ResourceName, Milli>
  readonly devices
  slots: number
  readonly limit
  alone: boolean
  readonly running = new Map<never, never>()
  readonly ahead = []
  readonly stopping = new Map<never, never>()
  readonly heldFor = undefined
  readonly open

  constructor({ spec, phase, used, devices, slots, limit, alone, open }: WorkerRecord) {
    this.spec = spec
    this.phase = phase
    this.used = { ...used }
    this.devices = devices.map((use) => ({ ...use }))
    this.slots = slots
    this.limit = limit
    this.alone = alone
    this.open = open
  }

  free({ resources, devices, whole, ahead }: Reservation): void {
    if (ahead === true) return
    this.slots -= whole === true ? this.spec.limits.slots : 1
    if (whole === true) this.alone = false
    for (const name of resourceNames) this.used[name] = Milli(this.used[name] - resources[name])
    for (const { device, share, memory } of devices) {
      const use = this.devices[device]
      if (use === undefined) continue
      use.share = Milli(use.share - share)
      use.memory = Milli(use.memory - memory)
    }
  }

  /** What is left once a task with this demand is there, too. */
  spareBeside({ resources, whole }: Demand): Passage["spare"] {
    const { limits } = this.spec
    const left = (name: ResourceName): Milli => Milli(limits.resources[name] - this.used[name] - resources[name])
    return {
      slots: whole === true ? 0 : this.limit - this.slots - 1,
      resources: { cpu: left("cpu"), memory: left("memory"), network: left("network"), storage: left("storage") }
    }
  }
}

/** When the task will fit on this worker as its occupants leave one after another; `undefined`: nobody can say. */
const startOn = (
  requirements: Requirements,
  { worker, occupants, pace }: Occupied,
  now: Millis
): Passage | undefined => {
  const emptying = new Emptying(worker)
  const leaving = occupants.filter(({ endsAt }) => endsAt < Number.POSITIVE_INFINITY)
  leaving.sort((a, b) => a.endsAt - b.endsAt)
  let at = now
  for (let next = 0; !fitsNow(requirements, emptying); ) {
    const first = leaving[next]
    if (first === undefined) return undefined
    at = Math.max(now, first.endsAt)
    for (let other = leaving[next]; other !== undefined && other.endsAt <= at; other = leaving[next]) {
      emptying.free(other.reservation)
      next += 1
    }
  }
  return { until: at, spare: emptying.spareBeside(requirements.demand), pace }
}

/**
 * The worker on which a task that fits nowhere now can begin first, and when: there room is kept for it, and whatever
 * does not delay it may begin before (EASY backfilling).
 *
 * Of each worker that could ever take it, the occupants are let go in the order of their expected ends until it fits; the
 * earliest of these times counts, of equals the worker that comes first. `undefined` where nobody can say.
 *
 * Source: Lifka, The ANL/IBM SP scheduling system, 1995; Mu'alem and Feitelson, TPDS 2001.
 * Cost: O(occupants × log occupants).
 */
export const plannedStart = (
  requirements: Requirements,
  pool: Iterable<Occupied>,
  now: Millis
): PlannedStart | undefined => {
  let best: PlannedStart | undefined
  for (const occupied of pool) {
    const { spec, phase } = occupied.worker
    if (!takesWork(phase) || unmetEver(requirements, spec).length > 0) continue
    const passage = startOn(requirements, occupied, now)
    if (passage === undefined || (best !== undefined && best.passage.until <= passage.until)) continue
    best = { workerId: spec.id, passage }
  }
  return best
}
