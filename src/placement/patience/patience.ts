import { unmetEver, type WorkerRecord } from "../../ledger/index.ts"
import type { Millis, TaskSpec, WorkerId } from "../../model/index.ts"
import { Crowd, CrowdOutlook, crowdingOn, type Elsewhere, elsewhereInAll, type Question } from "./outlook.ts"
import { isSlow, type PoolSpeeds, poolSpeeds, wholeUpTo } from "./pool-speeds.ts"
import type { PatienceSources } from "./run-times-view.ts"

/** A free worker that is not worth it: by when the task would be done there, and how otherwise. */
export interface Declined {
  readonly workerId: WorkerId
  readonly hereMs: Millis
  /** Where it would be done sooner, though that worker may still be busy. */
  readonly betterId: WorkerId
  readonly thereMs: Millis
  /** When that worker is expected to be free: by then the question is asked again. */
  readonly reconsiderAt: Millis
  /** Of a large pool: the workers looked at, of which that one is the best. */
  readonly lookedAt?: number
}

/** What patience has to say of the free workers of one decision. */
export interface Judgement {
  /** Why the task should not go to this worker, which is free for it. */
  declines(worker: WorkerRecord): Declined | undefined
  /**
   * In a large pool, where not every worker is looked at: those that were, are free, and are worth it, among them one
   * that is not known to be slow, where one is free. The task goes to one of them or waits. Each is found as it is asked
   * for, some twice. `undefined` in a small pool, where each free worker is asked about.
   */
  readonly worthIt: Iterable<WorkerRecord> | undefined
}

/** A task whose duration is not declared is taken to be among the longest tenth of its type, where it might be slow. */
const caution = 0.9
/** Types and shapes of which something is kept. */
const kept = 512
/** Looks at a worker that one run may cost in the mean, so that what is kept is true to what was learned since. */
const looksPerRun = 8

/** What is kept of a type: its speeds, and in a large pool who could run its tasks, by their shape. */
interface Known {
  readonly speeds: PoolSpeeds
  readonly crowds: Map<string, Crowd>
}

/**
 * Whether a free worker is worth it. Where speeds differ, the worker that is free is often free because it is slow,
 * and a long task begun there last is what everybody waits for at the end.
 *
 * The rule: a worker is declined if the task would be done there later than on the best of the others, which may have
 * to end something first, and also later than the others would have done all the work there is, and two thirds of what
 * keeps coming. So a slow worker takes its share as long as there is enough to do, and no long task near the end. Source: earliest finish time, as
 * list schedulers for unequal machines have it, with the second condition to keep it from idling.
 *
 * What is not known does not count: a worker is taken to be as fast as it may be by what was seen of it, and where no
 * run times or speeds are known nothing is declined. Of the free workers that fit, at least one is not declined for
 * the sake of another free one, so nobody waits for a worker that waits.
 *
 * Speeds count for what they are likely to be once the differences that chance makes are taken out (see `poolSpeeds`).
 * Pools of more than 64 workers: of those that could run the task the 16 fastest are looked at and 32 of all; the work of
 * the pool is estimated from these. Of the slow ones that are free the task may go to one of those looked at; of the
 * others, which are not slow or of unknown speed, to any.
 *
 * Cost: a look-up where speeds do not differ, otherwise for a slow worker O(workers + running tasks) in a small pool and
 * O(1) in a large one, with a glance at who is free where it is declined. What speeds differ is worked out anew at O(1) a
 * run.
 */
export class Patience {
  readonly #sources: PatienceSources
  readonly #known = new Map<string, Known>()
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
    return this.judge(task, workers, now, refused)?.declines(worker)
  }

  /** For the free workers of one decision, as everything stands now; `undefined`: none is declined. */
  judge(
    task: TaskSpec,
    workers: ReadonlyArray<WorkerRecord>,
    now: Millis,
    refused?: ReadonlySet<WorkerId>
  ): Judgement | undefined {
    const { times } = this.#sources
    if (times.runs === 0 || workers.length < 2) return undefined
    // When a worker will be empty nobody can say.
    if (task.requirements.demand.whole === true) return undefined
    const known = this.#knownOf(task.type, workers)
    if (!known.speeds.differ) return undefined
    const question = { task, workers, speeds: known.speeds, now, refused }
    return workers.length <= wholeUpTo ? this.#amongAll(question) : this.#amongMany(question, known)
  }

  /** What the task is expected to take on the worker; `undefined` where nothing is known of it. */
  expectedMs(task: TaskSpec, workerId: WorkerId): Millis | undefined {
    const { times } = this.#sources
    const work = task.expectedDuration ?? times.workMs(task.type)
    return work === undefined ? undefined : work / times.speedOf(workerId, task.type)
  }

  #amongAll(question: Question): Judgement {
    const declines = (worker: WorkerRecord): Declined | undefined => {
      const work = this.#workIfSlow(worker, question)
      if (work === undefined) return undefined
      const able = this.#ableFor(question.task, question.workers)
      const elsewhere = elsewhereInAll(worker, able, { ...question, work }, this.#sources)
      return declined(worker, this.#hereMs(worker, work, question), elsewhere, question.now)
    }
    return { declines, worthIt: undefined }
  }

  #amongMany(question: Question, known: Known): Judgement {
    let outlook: CrowdOutlook | undefined
    const declines = (worker: WorkerRecord): Declined | undefined => {
      const work = this.#workIfSlow(worker, question)
      if (work === undefined) return undefined
      outlook ??= new CrowdOutlook(this.#crowdFor(question, known), { ...question, work }, this.#sources)
      const hereMs = this.#hereMs(worker, work, question)
      // There is enough to do: nobody need be looked at.
      if (hereMs <= outlook.leastDrainedMs) return undefined
      const answer = declined(worker, hereMs, outlook.elsewhere(worker), question.now)
      return answer && { ...answer, lookedAt: outlook.lookedAt }
    }
    const worthIt = function* (): Iterable<WorkerRecord> {
      for (const worker of outlook?.free() ?? []) if (declines(worker) === undefined) yield worker
    }
    return {
      declines,
      get worthIt() {
        return worthIt()
      }
    }
  }

  /** What the task will take at speed 1; `undefined`: the worker is as fast as any, or nobody can say. */
  #workIfSlow({ spec }: WorkerRecord, { task, speeds }: Question): Millis | undefined {
    if (!isSlow(spec.id, speeds)) return undefined
    return task.expectedDuration ?? this.#sources.times.workQuantile(task.type, caution)
  }

  /** Until the task is done there, at best. */
  #hereMs(worker: WorkerRecord, work: Millis, { speeds }: Question): Millis {
    return (work / speeds.atMost(worker.spec.id)) * crowdingOn(worker, worker.slots + 1, this.#sources)
  }

  /** Worked out anew once every worker may have ended a task since; where many types are kept, less often. */
  #knownOf(type: string, workers: ReadonlyArray<WorkerRecord>): Known {
    this.#meet(workers)
    const { times } = this.#sources
    const known = this.#known.get(type)
    const crowded = workers.length > wholeUpTo ? this.#known.size / looksPerRun : 1
    if (known !== undefined && times.runs - known.speeds.runs < workers.length * Math.max(1, crowded)) return known
    const anew = { speeds: poolSpeeds(times, type, workers), crowds: new Map<string, Crowd>() }
    if (this.#known.size >= kept) this.#known.clear()
    this.#known.set(type, anew)
    return anew
  }

  #crowdFor({ task, workers, speeds }: Question, { crowds }: Known): Crowd {
    const { shape } = task.requirements
    const known = crowds.get(shape)
    if (known !== undefined) return known
    const able = this.#ableFor(task, workers)
    const crowd = new Crowd(
      workers.filter((_, place) => able[place] === true),
      speeds
    )
    if (crowds.size >= kept) crowds.clear()
    crowds.set(shape, crowd)
    return crowd
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
    this.#known.clear()
    this.#able.clear()
  }
}

const declined = (
  { spec }: WorkerRecord,
  hereMs: Millis,
  elsewhere: Elsewhere | undefined,
  now: Millis
): Declined | undefined => {
  if (elsewhere === undefined || hereMs <= Math.max(elsewhere.doneMs, elsewhere.drainedMs)) return undefined
  const { bestId: betterId, doneMs: thereMs, freeMs } = elsewhere
  return { workerId: spec.id, hereMs, betterId, thereMs, reconsiderAt: now + Math.max(1, freeMs) }
}

/** A time in words, as exact as an estimate deserves. */
export const duration = (ms: Millis): string =>
  ms < 10 ? `${Math.round(ms * 10) / 10} ms` : ms < 10_000 ? `${Math.round(ms)} ms` : `${Math.round(ms / 1000)} s`

/** Why a worker was declined, in words. */
export const describeDeclined = ({ hereMs, betterId, thereMs, lookedAt }: Declined): string => {
  const best = lookedAt === undefined ? betterId : `${betterId}, the best of ${lookedAt} looked at`
  return `waits for a faster worker: about ${duration(hereMs)} here, done in about ${duration(thereMs)} on ${best}`
}
