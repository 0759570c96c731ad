import { hash32 } from "../../../hashing/index.ts"
import { fitsNow, type WorkerRecord } from "../../../ledger/index.ts"
import type { Millis, TaskSpec } from "../../../model/index.ts"
import type { Filter } from "../../pipeline/filter.ts"
import { type Homing, willFit, workerIn } from "../../pipeline/homing.ts"
import type { SeekStrategy } from "../../strategy.ts"
import type { PlacementView } from "../../view.ts"
import { leastLoaded } from "../by-load/least-loaded.ts"
import { directoryFor } from "../keyed/directory.ts"
import { AffinityMemory, type AffinityMemoryOptions, type Expectation } from "./affinity-memory.ts"
import { ClassNames } from "./class-names.ts"
import { modelFamilyOf } from "./model-family.ts"

export interface AffinityBasedOptions extends AffinityMemoryOptions {
  /** The family that models of an id belong to. */
  readonly familyOf: (model: string) => string
}

/** The weight of affinity against other strategies where it is a part of a composite. */
export const affinityWeight = 0.3

/** A class stays warm as long as a session does; the share assumed is the weight that affinity has among strategies. */
export const affinityBasedDefaults: AffinityBasedOptions = {
  holds: 16,
  staysWarm: 3_600_000,
  assumedShare: affinityWeight,
  maxClasses: 4_096,
  maxHomes: 8,
  familyOf: modelFamilyOf
}

/** What a home must save for a task to wait for its own turn there rather than be sent ahead elsewhere. */
const worthARoundTrip: Millis = 1

/** A run that has not ended when it should have takes at least this share of the mean again. */
const overrun = 0.1

/** A worker, and how long the task would take there with what delays it. */
interface Place {
  readonly worker: WorkerRecord
  readonly ms: Millis
}

/** A class of which something is known. */
interface Known {
  readonly memory: AffinityMemory
  readonly name: string
  readonly expected: Expectation
}

const loadOf = ({ slots, limit }: WorkerRecord): number => slots / limit

/** Until the first of its runs ends, if they take as long as runs of the class do. */
const untilRoom = ({ running }: WorkerRecord, meanMs: Millis, now: Millis): Millis => {
  let soonest = Number.POSITIVE_INFINITY
  for (const { startedAt } of running.values()) {
    soonest = Math.min(soonest, Math.max(meanMs - (now - startedAt), overrun * meanMs))
  }
  return soonest
}

/**
 * Affinity: a task goes where tasks of its class ran before, as long as what that saves is more than what it costs to go
 * there; both in milliseconds.
 *
 * A class is a task's type, its model and its affinity hints, such as language or whether it is cpu-, memory- or
 * I/O-intensive; for a model never seen, its family. The benefit is learned: the mean of cold runs, the first on each
 * worker, less that of warm ones; until both are known it is taken to be 0.3 of the run time. A class is warm on a worker
 * for `staysWarm` after its last run there, and as long as no `holds` others have run since.
 *
 * Formula: the least of run time + load · run time, over the workers where the class is warm and the least loaded one; run
 * time: on a warm worker the mean of warm runs there, on another the mean of warm runs + benefit; load: slots in use ÷
 * slots. So a home is left as soon as others are less loaded by more than the benefit, and whoever it is left for is a home
 * from then on. A class that is warm nowhere goes to the least loaded, of equals to the one that a hash ring gives it, so
 * that classes spread and find back after a restart. Tasks without model and hints go to the least loaded.
 * Source: cache-aware routing by cost; delay scheduling (Zaharia et al. 2010) for the wait.
 * Ties: the home used last. Cost: O(homes + log n) with `view.pool`, at most `maxHomes` homes.
 * Not for tasks of one class whose run times differ a hundredfold: the mean says little of any of them.
 */
export const affinityBased = (options: Partial<AffinityBasedOptions> = {}) => {
  const { familyOf, ...limits } = { ...affinityBasedDefaults, ...options }
  /** Of classes, and of the families they belong to: a worker holds so many of each. */
  const memories = [new AffinityMemory(limits), new AffinityMemory(limits)]
  /** The time of the decision at hand, which `proposed` is not told. No answer rests on it. */
  let at: Millis = 0

  const classes = new ClassNames(familyOf)
  const directoryOf = directoryFor("ring")

  /** The nearest class of which something is known. */
  const knownOf = (task: TaskSpec): Known | undefined => {
    const names = classes.of(task)
    for (const [level, memory] of memories.entries()) {
      const name = names[level]
      const expected = name === undefined ? undefined : memory.expectation(name)
      if (name !== undefined && expected !== undefined) return { memory, name, expected }
    }
    return undefined
  }

  const msOn = (worker: WorkerRecord, runMs: Millis): Millis => runMs * (1 + loadOf(worker))

  /** The best of its homes that will do. */
  const bestHome = (
    { memory, name, expected }: Known,
    view: PlacementView,
    now: Millis,
    msAt: (worker: WorkerRecord, runMs: Millis) => Millis | undefined
  ): Place | undefined =>
    memory.best(name, now, (workerId, warmMs) => {
      const worker = workerIn(view, workerId)
      const ms = worker && msAt(worker, warmMs ?? expected.warmMs)
      return worker === undefined || ms === undefined ? undefined : { worker, ms }
    })

  /** Where a class goes that is warm nowhere: the least loaded, and of these the one that the ring gives it. */
  const coldPlace = (name: string, least: WorkerRecord, view: PlacementView, filter: Filter): WorkerRecord => {
    const given = directoryOf(view.workers).at(hash32(name))?.worker
    return given !== undefined && loadOf(given) <= loadOf(least) && filter.fits(given) ? given : least
  }

  const bestAmong = (task: TaskSpec, view: PlacementView, filter: Filter, now: Millis) => {
    const least = leastLoaded(task, view, filter, now)
    const [name] = classes.of(task)
    if (least === undefined || name === undefined) return least
    const known = knownOf(task)
    if (known === undefined) return coldPlace(name, least, view, filter)
    const { warmMs, benefitMs } = known.expected
    const home = bestHome(known, view, now, (worker, ms) => (filter.fits(worker) ? msOn(worker, ms) : undefined))
    if (home !== undefined && home.ms <= msOn(least, warmMs + benefitMs)) return home.worker
    return coldPlace(name, least, view, filter)
  }

  return {
    id: "affinity_based",
    tieRule: "the home used last",
    seek: (task, view, filter, now) => {
      at = now
      return bestAmong(task, view, filter, now)
    },
    prefer: (task, candidates, _view, now, into) => {
      at = now
      const known = knownOf(task)
      if (known === undefined) return
      const { warmMs, benefitMs } = known.expected
      const homes = known.memory.homes(known.name, now)
      candidates.forEach(({ spec: { id } }, index) => {
        into[index] = -(homes.has(id) ? (homes.get(id) ?? warmMs) : warmMs + benefitMs)
      })
    },
    waitFor: (task, view, now, since) => {
      const known = knownOf(task)
      if (known === undefined) return undefined
      const { warmMs, benefitMs } = known.expected
      const until = since + benefitMs
      let free = false
      const home = bestHome(known, view, now, (worker) => {
        free ||= fitsNow(task.requirements, worker)
        return willFit(task, worker) ? untilRoom(worker, warmMs, now) : undefined
      })
      if (home === undefined || free || now + home.ms >= until) return undefined
      const workerId = home.worker.spec.id
      const others = [...known.memory.homes(known.name, now).keys()].filter((id) => id !== workerId)
      return { workerId, ...(others.length > 0 && { others }), until }
    },
    homeOf: (task, view, now) => {
      const known = knownOf(task)
      if (known === undefined || known.expected.benefitMs < worthARoundTrip) return undefined
      const home = bestHome(known, view, now, (worker, ms) => (willFit(task, worker) ? msOn(worker, ms) : undefined))
      return home?.worker.spec.id
    },
    proposed: (task, worker) => {
      classes.of(task).forEach((name, level) => {
        memories[level]?.placed(name, worker.spec.id, at)
      })
    },
    ended: ({ task, workerId, ms, ok }, _view, now) => {
      if (!ok) return
      classes.of(task).forEach((name, level) => {
        memories[level]?.ended(name, workerId, ms, now)
      })
    }
  } satisfies SeekStrategy & Homing
}
