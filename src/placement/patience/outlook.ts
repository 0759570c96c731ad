import { fitsNow, takesWork, type WorkerRecord } from "../../ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../../model/index.ts"
import { isSlow, type PoolSpeeds } from "./pool-speeds.ts"
import type { PatienceSources } from "./run-times-view.ts"

/** A task that has had all the work it declared is expected to need this share of it again. */
const overrun = 0.1
/** Tasks looked at on one worker; more are taken to be like these. */
const sample = 32
/** Of a large pool: how many of the fastest are looked at, and how many of all, evenly spread. */
const fastestSeen = 16
const spreadSeen = 32
/** And how many of those that are free and not known to be slow. */
const quickSeen = 32
/**
 * Of the work that keeps coming, so much is counted. All of it would have slow workers used as soon as that shortens the
 * mean wait, at the expense of the slowest hundredth; with none of it they would idle while a queue stands.
 */
const foreseen = 0.65

/**
 * By how much tasks that share a thread slow each other down: where they compute all the time they get equal parts of
 * it, where they wait (for a disk, a network, a timer) hardly at all.
 */
export const crowding = (tasks: number, busy: number): number => Math.max(1, tasks * busy)

/** What there is for a task elsewhere than at the worker in question. */
export interface Elsewhere {
  readonly bestId: WorkerId
  /** Until it is done at the best of the others, and until that one begins. */
  readonly doneMs: Millis
  readonly freeMs: Millis
  /** Until the others have done all that waits and runs, and what comes meanwhile; infinite where that never ends. */
  readonly drainedMs: Millis
}

/** One task that is to be placed, and the workers as they are now. */
export interface Question {
  readonly task: TaskSpec
  readonly workers: ReadonlyArray<WorkerRecord>
  readonly speeds: PoolSpeeds
  readonly now: Millis
  /** Workers that the ledger has turned down for it. */
  readonly refused: ReadonlySet<WorkerId> | undefined
}

/** The same, with what the task will take at speed 1. */
export interface Situation extends Question {
  readonly work: Millis
}

/** A worker, as somewhere the task could go. */
interface Place {
  readonly worker: WorkerRecord
  readonly doneMs: Millis
  readonly freeMs: Millis
  /** Work left there, and the speed of all its slots together. */
  readonly left: Millis
  readonly capacity: number
}

/** By how much a worker's tasks slow each other down. */
export const crowdingOn = ({ spec }: WorkerRecord, tasks: number, { busy }: PatienceSources): number =>
  spec.limits.slots === 1 ? 1 : crowding(tasks, busy(spec.id))

/** How long what runs on a worker will still take: until the first of it ends, and in sum as if one by one. */
const running = (
  worker: WorkerRecord,
  speed: number,
  now: Millis,
  sources: PatienceSources
): { readonly soonestMs: Millis; readonly leftMs: Millis } => {
  const { times, task: taskOf } = sources
  const slowdown = crowdingOn(worker, worker.slots, sources)
  let soonestMs = Number.POSITIVE_INFINITY
  let sum = 0
  let seen = 0
  for (const { taskId, startedAt } of worker.running.values()) {
    if (seen === sample) break
    seen += 1
    const spec = taskOf(taskId)?.spec
    if (spec === undefined) continue
    const done = (Math.max(0, now - startedAt) * speed) / slowdown
    const declared = spec.expectedDuration
    const left =
      declared === undefined
        ? times.remainingWorkMs(spec.type, done)
        : Math.max(declared - done, overrun * Math.max(declared, done))
    if (left === undefined) continue
    sum += left / speed
    if ((left / speed) * slowdown < soonestMs) soonestMs = (left / speed) * slowdown
  }
  return { soonestMs, leftMs: seen === 0 ? 0 : (sum * worker.running.size) / seen }
}

/** Whether the worker is neither kept free for another task nor turned down for this one. */
const isOpen = ({ spec, heldFor }: WorkerRecord, task: TaskSpec, refused: Question["refused"]): boolean =>
  refused?.has(spec.id) !== true && (heldFor === undefined || heldFor === task.id)

/** `undefined`: the task cannot go there. */
const lookAt = (
  worker: WorkerRecord,
  speed: number,
  { task, work, now, refused }: Situation,
  sources: PatienceSources
): Place | undefined => {
  if (!takesWork(worker.phase)) return undefined
  if (!isOpen(worker, task, refused)) return undefined
  const { limit: slots } = worker
  const { soonestMs, leftMs } = running(worker, speed, now, sources)
  const free = fitsNow(task.requirements, worker)
  const freeMs = free ? 0 : soonestMs
  const tasks = free ? worker.slots + 1 : worker.slots
  return {
    worker,
    doneMs: freeMs + (work / speed) * crowdingOn(worker, tasks, sources),
    freeMs,
    left: leftMs * speed,
    capacity: (speed * slots) / crowdingOn(worker, slots, sources)
  }
}

/** Of a worker that was never compared with others nobody can say that it is faster. */
const isKnown = ({ spec }: WorkerRecord, speeds: PoolSpeeds): boolean =>
  speeds.atMost(spec.id) !== Number.POSITIVE_INFINITY

/** All the work that waits for a worker. */
const waitingMs = ({ waiting, times }: PatienceSources): Millis => {
  const { declaredMs, undeclared } = waiting()
  return declaredMs + undeclared * times.meanWorkMs
}

/** What there is in a small pool: every other worker is looked at. */
export const elsewhereInAll = (
  worker: WorkerRecord,
  able: ReadonlyArray<boolean>,
  situation: Situation,
  sources: PatienceSources
): Elsewhere | undefined => {
  const { workers, speeds } = situation
  let best: Place | undefined
  let capacity = 0
  let left = waitingMs(sources)
  for (let index = 0; index < workers.length; index += 1) {
    const other = workers[index]
    if (other === undefined || other === worker || able[index] !== true || !isKnown(other, speeds)) continue
    const place = lookAt(other, speeds.of(other.spec.id), situation, sources)
    if (place === undefined) continue
    left += place.left
    capacity += place.capacity
    if (place.doneMs < (best?.doneMs ?? Number.POSITIVE_INFINITY)) best = place
  }
  return best && elsewhereOf(best, drained(left, capacity, situation.now, sources))
}

/** How long so much work takes at so much speed, while more keeps coming. */
const drained = (left: Millis, capacity: number, now: Millis, { inflow }: PatienceSources): Millis => {
  const spare = capacity - foreseen * inflow(now)
  return spare > 0 ? left / spare : Number.POSITIVE_INFINITY
}

const elsewhereOf = ({ worker, doneMs, freeMs }: Place, drainedMs: Millis): Elsewhere => ({
  bestId: worker.spec.id,
  doneMs,
  freeMs,
  drainedMs
})

const isSooner = ({ doneMs }: Place, other: Place | undefined): boolean => other === undefined || doneMs < other.doneMs

/** A worker of a large pool whose speed is known. */
interface Member {
  readonly worker: WorkerRecord
  readonly speed: number
}

const bySpeed = (a: Member, b: Member): number => b.speed - a.speed

/** The workers of a large pool that could ever run a kind of task. */
export class Crowd {
  /** Those whose speed is known. */
  readonly known: ReadonlyArray<Member>
  readonly fastest: ReadonlyArray<Member>
  /** Those that are never declined, the fastest first: they are not slow, or nobody can say whether they are. */
  readonly quick: ReadonlyArray<WorkerRecord>
  /** The speed of all slots together, where it is known. */
  readonly capacity: number

  constructor(able: ReadonlyArray<WorkerRecord>, speeds: PoolSpeeds) {
    const known: Array<Member> = []
    const unknown: Array<WorkerRecord> = []
    for (const worker of able) {
      if (isKnown(worker, speeds)) known.push({ worker, speed: speeds.of(worker.spec.id) })
      else unknown.push(worker)
    }
    const sorted = known.toSorted(bySpeed)
    this.known = known
    this.fastest = sorted.slice(0, fastestSeen)
    const sound = sorted.map(({ worker }) => worker).filter(({ spec }) => !isSlow(spec.id, speeds))
    this.quick = [...sound, ...unknown]
    this.capacity = known.reduce((sum, { worker, speed }) => sum + speed * worker.spec.limits.slots, 0)
  }
}

/**
 * What there is for one task in a large pool, whichever worker is in question: of the workers that could ever run it
 * and whose speed is known, the fastest are looked at, and some of all, evenly spread and others at another time, from
 * which the sums over the pool are estimated. Worked out when it is first asked for.
 */
export class CrowdOutlook {
  readonly #crowd: Crowd
  readonly #situation: Situation
  readonly #sources: PatienceSources
  #places: ReadonlyArray<Place> | undefined
  #best: Place | undefined
  #second: Place | undefined
  #drainedMs: Millis = 0

  constructor(crowd: Crowd, situation: Situation, sources: PatienceSources) {
    this.#crowd = crowd
    this.#situation = situation
    this.#sources = sources
  }

  /** The others have at least as much to do: known without a look at any of them. */
  get leastDrainedMs(): Millis {
    return drained(waitingMs(this.#sources), this.#crowd.capacity, this.#situation.now, this.#sources)
  }

  get lookedAt(): number {
    return this.#look().length
  }

  elsewhere(worker: WorkerRecord): Elsewhere | undefined {
    this.#look()
    const best = this.#best?.worker === worker ? this.#second : this.#best
    return best && elsewhereOf(best, this.#drainedMs)
  }

  /**
   * Those looked at that could take the task now, and then, of all that are not slow as far as anybody can say, the
   * first few that could: where one of these is free, one is found. A worker may be named twice.
   */
  *free(): Iterable<WorkerRecord> {
    const { task, refused } = this.#situation
    for (const { worker, freeMs } of this.#look()) if (freeMs === 0) yield worker
    let seen = 0
    for (const worker of this.#crowd.quick) {
      if (!fitsNow(task.requirements, worker) || !isOpen(worker, task, refused)) continue
      yield worker
      seen += 1
      if (seen === quickSeen) return
    }
  }

  #look(): ReadonlyArray<Place> {
    if (this.#places !== undefined) return this.#places
    const { known, fastest } = this.#crowd
    const places: Array<Place> = []
    for (const member of fastest) this.#lookAt(member, places)
    const looks = Math.min(spreadSeen, known.length)
    const from = Math.floor(this.#situation.now)
    let left = 0
    let capacity = 0
    for (let look = 0; look < looks; look += 1) {
      const member = known[(from + Math.floor((look * known.length) / looks)) % known.length]
      const place = member && this.#lookAt(member, places)
      left += place?.left ?? 0
      capacity += place?.capacity ?? 0
    }
    const share = looks === 0 ? 0 : known.length / looks
    const all = waitingMs(this.#sources) + left * share
    this.#drainedMs = drained(all, capacity * share, this.#situation.now, this.#sources)
    this.#places = places
    return places
  }

  /** Notes what there is, too. */
  #lookAt({ worker, speed }: Member, places: Array<Place>): Place | undefined {
    const place = lookAt(worker, speed, this.#situation, this.#sources)
    if (place === undefined) return undefined
    places.push(place)
    if (isSooner(place, this.#best)) {
      if (place.worker !== this.#best?.worker) this.#second = this.#best
      this.#best = place
    } else if (place.worker !== this.#best?.worker && isSooner(place, this.#second)) {
      this.#second = place
    }
    return place
  }
}
