import { fitsNow, takesWork, unmetEver, type WorkerRecord } from "../ledger/index.ts"
import type { Millis, TaskId, TaskSpec, WorkerId } from "../model/index.ts"

/** What is known of run times and speeds. Work is in milliseconds at speed 1. `undefined`: never seen. */
export interface RunTimesView {
  /** Runs learned from so far. */
  readonly runs: number
  /** Mean work of tasks that did not declare how long they take. */
  readonly meanWorkMs: Millis
  workMs(type: string): Millis | undefined
  workQuantile(type: string, q: number): Millis | undefined
  remainingWorkMs(type: string, doneMs: Millis): Millis | undefined
  speedOf(workerId: WorkerId, type?: string): number
  /** The most the speed may be by what was seen; infinite where nothing was. */
  speedAtMost(workerId: WorkerId, type?: string): number
}

/** All that waits for a worker, in sum. */
export interface WaitingWork {
  /** What tasks declare that they take. */
  readonly declaredMs: Millis
  /** Tasks that do not. */
  readonly undeclared: number
}

export interface PatienceSources {
  readonly times: RunTimesView
  readonly waiting: () => WaitingWork
  readonly task: (taskId: TaskId) => { readonly spec: TaskSpec } | undefined
  /** The share of its thread's time that a worker's tasks compute while they run, 0–1. */
  readonly busy: (workerId: WorkerId) => number
}

/** A free worker that is not worth it: by when the task would be done there, and how otherwise. */
export interface Declined {
  readonly workerId: WorkerId
  readonly hereMs: Millis
  /** Where it would be done sooner, though that worker may still be busy. */
  readonly betterId: WorkerId
  readonly thereMs: Millis
  /** When that worker is expected to be free: by then the question is asked again. */
  readonly reconsiderAt: Millis
}

/** Speeds within this ratio count as equal. */
const unequal = 1.25
/** A task whose duration is not declared is taken to be among the longest tenth of its type, where it might be slow. */
const caution = 0.9
/** A task that has had all the work it declared is expected to need this share of it again. */
const overrun = 0.1
/** Tasks looked at on one worker; more are taken to be like these. */
const sample = 32
/** Types and shapes of which something is kept. */
const kept = 512

/**
 * By how much tasks that share a thread slow each other down: where they compute all the time they get equal parts of
 * it, where they wait (for a disk, a network, a timer) hardly at all.
 */
export const crowding = (tasks: number, busy: number): number => Math.max(1, tasks * busy)

/** What holds for a type among the workers of now. */
interface Speeds {
  /** `RunTimesView.runs` when it was worked out. */
  readonly runs: number
  readonly fastest: number
  /** Whether some worker is slower than the fastest even with the benefit of the doubt. */
  readonly differ: boolean
}

/** What else there is for a task than the worker in question. */
interface Elsewhere {
  readonly bestId: WorkerId
  /** Until it is done at the best of the others, and until that one begins. */
  readonly doneMs: Millis
  readonly freeMs: Millis
  /** Until the others have done all that waits and runs. */
  readonly drainedMs: Millis
}

/**
 * Whether a free worker is worth it. Where speeds differ, the worker that is free is often free because it is slow,
 * and a long task begun there last is what everybody waits for at the end.
 *
 * The rule: a worker is declined if the task would be done there later than on the best of the others, which may have
 * to end something first, and also later than the others would have done all the work there is. So a slow worker
 * takes its share as long as there is enough to do, and no long task near the end. Source: earliest finish time, as
 * list schedulers for unequal machines have it, with the second condition to keep it from idling.
 *
 * What is not known does not count: a worker is taken to be as fast as it may be by what was seen of it, and where no
 * run times or speeds are known nothing is declined. Of the free workers that fit, at least one is not declined for
 * the sake of another free one, so nobody waits for a worker that waits.
 *
 * Cost: a look-up where speeds do not differ, otherwise O(workers + running tasks) for a slow worker.
 */
export class Patience {
  readonly #sources: PatienceSources
  readonly #speeds = new Map<string, Speeds>()
  /** For each shape, which of the workers could ever run it, by place. */
  readonly #able = new Map<string, ReadonlyArray<boolean>>()
  #workers: ReadonlyArray<WorkerRecord> = []

  constructor(sources: PatienceSources) {
    this.#sources = sources
  }

  /** Why the task should not go to this worker, which is free for it; `refused` are those the ledger has turned down. */
  declines(
    task: TaskSpec,
    worker: WorkerRecord,
    workers: ReadonlyArray<WorkerRecord>,
    now: Millis,
    refused?: ReadonlySet<WorkerId>
  ): Declined | undefined {
    if (this.#sources.times.runs === 0 || workers.length < 2) return undefined
    // When a worker will be empty nobody can say.
    if (task.requirements.demand.whole === true) return undefined
    const speeds = this.#speedsFor(task.type, workers)
    if (!speeds.differ) return undefined
    const { times } = this.#sources
    const workerId = worker.spec.id
    const speed = times.speedAtMost(workerId, task.type)
    if (speed * unequal >= speeds.fastest) return undefined
    const work = task.expectedDuration ?? times.workQuantile(task.type, caution)
    if (work === undefined) return undefined
    const hereMs = (work / speed) * this.#crowdingOn(worker, worker.slots + 1)
    const elsewhere = this.#elsewhere(task, work, worker, workers, now, refused)
    if (elsewhere === undefined || hereMs <= Math.max(elsewhere.doneMs, elsewhere.drainedMs)) return undefined
    const { bestId: betterId, doneMs: thereMs, freeMs } = elsewhere
    return { workerId, hereMs, betterId, thereMs, reconsiderAt: now + Math.max(1, freeMs) }
  }

  /** What the task is expected to take on the worker; `undefined` where nothing is known of it. */
  expectedMs(task: TaskSpec, workerId: WorkerId): Millis | undefined {
    const { times } = this.#sources
    const work = task.expectedDuration ?? times.workMs(task.type)
    return work === undefined ? undefined : work / times.speedOf(workerId, task.type)
  }

  #elsewhere(
    task: TaskSpec,
    work: Millis,
    worker: WorkerRecord,
    workers: ReadonlyArray<WorkerRecord>,
    now: Millis,
    refused: ReadonlySet<WorkerId> | undefined
  ): Elsewhere | undefined {
    const { times, waiting } = this.#sources
    const able = this.#ableFor(task, workers)
    let bestId: WorkerId | undefined
    let doneMs = Number.POSITIVE_INFINITY
    let bestFreeMs = 0
    let capacity = 0
    const { declaredMs, undeclared } = waiting()
    let left = declaredMs + undeclared * times.meanWorkMs
    for (let place = 0; place < workers.length; place += 1) {
      const other = workers[place]
      if (other === undefined || other === worker || able[place] !== true || !takesWork(other.phase)) continue
      const { id, limits } = other.spec
      if (refused?.has(id) || (other.heldFor !== undefined && other.heldFor !== task.id)) continue
      // Of a worker that was never compared with others nobody can say that it is faster.
      if (times.speedAtMost(id, task.type) === Number.POSITIVE_INFINITY) continue
      const speed = times.speedOf(id, task.type)
      const running = this.#running(other, speed, now)
      left += running.leftMs * speed
      capacity += (speed * limits.slots) / this.#crowdingOn(other, limits.slots)
      const free = fitsNow(task.requirements, other)
      const freeMs = free ? 0 : running.soonestMs
      const tasks = free ? other.slots + 1 : other.slots
      const otherMs = freeMs + (work / speed) * this.#crowdingOn(other, tasks)
      if (otherMs < doneMs) {
        doneMs = otherMs
        bestId = id
        bestFreeMs = freeMs
      }
    }
    return bestId === undefined ? undefined : { bestId, doneMs, freeMs: bestFreeMs, drainedMs: left / capacity }
  }

  /** How long what runs on a worker will still take: until the first of it ends, and in sum as if one by one. */
  #running(worker: WorkerRecord, speed: number, now: Millis): { readonly soonestMs: Millis; readonly leftMs: Millis } {
    const { times, task: taskOf } = this.#sources
    const slowdown = this.#crowdingOn(worker, worker.slots)
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

  #crowdingOn({ spec }: WorkerRecord, tasks: number): number {
    return spec.limits.slots === 1 ? 1 : crowding(tasks, this.#sources.busy(spec.id))
  }

  /** Worked out anew once every worker may have ended a task since. */
  #speedsFor(type: string, workers: ReadonlyArray<WorkerRecord>): Speeds {
    this.#meet(workers)
    const { times } = this.#sources
    const known = this.#speeds.get(type)
    if (known !== undefined && times.runs - known.runs < workers.length) return known
    let fastest = 0
    let slowest = Number.POSITIVE_INFINITY
    for (const { spec } of workers) {
      const atMost = times.speedAtMost(spec.id, type)
      if (atMost === Number.POSITIVE_INFINITY) continue
      fastest = Math.max(fastest, times.speedOf(spec.id, type))
      slowest = Math.min(slowest, atMost)
    }
    const speeds = { runs: times.runs, fastest, differ: slowest * unequal < fastest }
    if (this.#speeds.size >= kept) this.#speeds.clear()
    this.#speeds.set(type, speeds)
    return speeds
  }

  #ableFor({ requirements }: TaskSpec, workers: ReadonlyArray<WorkerRecord>): ReadonlyArray<boolean> {
    const known = this.#able.get(requirements.shape)
    if (known !== undefined) return known
    const able = workers.map(({ spec }) => unmetEver(requirements, spec).length === 0)
    if (this.#able.size >= kept) this.#able.clear()
    this.#able.set(requirements.shape, able)
    return able
  }

  /** What was worked out holds for one set of workers. */
  #meet(workers: ReadonlyArray<WorkerRecord>): void {
    if (workers === this.#workers) return
    this.#workers = workers
    this.#speeds.clear()
    this.#able.clear()
  }
}

/** A time in words, as exact as an estimate deserves. */
export const duration = (ms: Millis): string =>
  ms < 10 ? `${Math.round(ms * 10) / 10} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1000)} s`

/** Why a worker was declined, in words. */
export const describeDeclined = ({ hereMs, betterId, thereMs }: Declined): string =>
  `waits for a faster worker: about ${duration(hereMs)} here, done in about ${duration(thereMs)} on ${betterId}`
