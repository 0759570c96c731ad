import type { Millis } from "../../../src/model/index.ts"
import { type Outcome, outcomeOf, recordFor, write } from "./outcome.ts"

/** A job for a machine with several processors. */
export interface BatchJob {
  readonly at: Millis
  readonly work: Millis
  readonly procs: number
  /** How long its user said it takes at most. */
  readonly declared: Millis
}

/** By what jobs are ordered: the smallest first, of equals the first that was submitted. */
export type JobKey = (job: BatchJob) => number

/** How a batch scheduler decides who begins next. */
export interface BatchPolicy {
  readonly key: JobKey
  /** Whether the first in order keeps its turn until it begins, although others that go before it come meanwhile. */
  readonly keepsTurn?: boolean
  /** Who may begin while the first in order does not fit, by which key; left out: nobody. */
  readonly backfill?: {
    readonly key: JobKey
    /** Whether only what ends before the first can begin may, not what leaves room enough for it. */
    readonly endsBefore?: boolean
  }
}

interface Entry {
  readonly job: BatchJob
  readonly index: number
}

interface Running extends Entry {
  readonly end: Millis
  readonly declaredEnd: Millis
}

/** Puts it where it belongs, by a binary search. */
const insert = (queue: Array<Entry>, entry: Entry, key: JobKey): void => {
  let low = 0
  let high = queue.length
  const own = key(entry.job)
  while (low < high) {
    const middle = (low + high) >>> 1
    const other = queue[middle]
    if (other !== undefined && key(other.job) <= own) low = middle + 1
    else high = middle
  }
  queue.splice(low, 0, entry)
}

const remove = (queue: Array<Entry>, entry: Entry): void => {
  const place = queue.indexOf(entry)
  if (place >= 0) queue.splice(place, 1)
}

class Machine {
  readonly #policy: BatchPolicy
  readonly #record
  #free: number
  #running: Array<Running> = []
  /** In the order of the policy, and in that of those who may begin early. */
  readonly #queue: Array<Entry> = []
  readonly #early: Array<Entry> = []
  #first: Entry | undefined

  constructor(policy: BatchPolicy, procs: number, jobs: number) {
    this.#policy = policy
    this.#free = procs
    this.#record = recordFor(jobs, 1)
  }

  get outcome(): Outcome {
    return outcomeOf(this.#record)
  }

  get nextEnd(): Millis {
    return this.#running.reduce((next, { end }) => Math.min(next, end), Number.POSITIVE_INFINITY)
  }

  submit(entry: Entry): void {
    insert(this.#queue, entry, this.#policy.key)
    if (this.#policy.backfill !== undefined) insert(this.#early, entry, this.#policy.backfill.key)
  }

  end(now: Millis): void {
    const left = this.#running.filter(({ end }) => end > now)
    for (const { end, job } of this.#running) if (end <= now) this.#free += job.procs
    this.#running = left
  }

  schedule(now: Millis): void {
    for (;;) {
      const first = this.#first ?? this.#queue[0]
      if (first === undefined) return
      if (first.job.procs > this.#free) {
        if (this.#policy.keepsTurn === true) this.#first = first
        return this.#fillIn(first, now)
      }
      this.#begin(first, now)
    }
  }

  #begin(entry: Entry, now: Millis): void {
    const { job, index } = entry
    if (this.#first === entry) this.#first = undefined
    remove(this.#queue, entry)
    remove(this.#early, entry)
    this.#free -= job.procs
    const end = now + job.work
    this.#running.push({ ...entry, end, declaredEnd: now + Math.max(job.declared, job.work) })
    write(this.#record, index, 0, now, end)
  }

  #fillIn(first: Entry, now: Millis): void {
    const { backfill } = this.#policy
    if (backfill === undefined) return
    let room = this.#free
    let startsAt = now
    for (const { declaredEnd, job } of this.#running.toSorted((a, b) => a.declaredEnd - b.declaredEnd)) {
      if (room >= first.job.procs) break
      room += job.procs
      startsAt = declaredEnd
    }
    let spare = backfill.endsBefore === true ? 0 : room - first.job.procs
    for (const entry of [...this.#early]) {
      const { procs, declared } = entry.job
      if (entry === first || procs > this.#free) continue
      const isOver = backfill.endsBefore === true ? now + declared < startsAt : now + declared <= startsAt
      if (!isOver && procs > spare) continue
      if (!isOver) spare -= procs
      this.#begin(entry, now)
    }
  }
}

/** What a batch scheduler makes of the jobs on a machine that is empty at the beginning. They come in order. */
export const simulateBatch = (policy: BatchPolicy, procs: number, jobs: ReadonlyArray<BatchJob>): Outcome => {
  const machine = new Machine(policy, procs, jobs.length)
  let next = 0
  for (;;) {
    const now = Math.min(machine.nextEnd, jobs[next]?.at ?? Number.POSITIVE_INFINITY)
    if (now === Number.POSITIVE_INFINITY) return machine.outcome
    machine.end(now)
    for (let job = jobs[next]; job !== undefined && job.at <= now; job = jobs[next]) {
      machine.submit({ job, index: next })
      next += 1
    }
    machine.schedule(now)
  }
}

/** First come, first served. */
export const submitted: JobKey = ({ at }) => at

/** The shortest first. */
export const declaredTime: JobKey = ({ declared }) => declared

/** The smallest area first. */
export const declaredArea: JobKey = ({ declared, procs }) => declared * procs

const second: Millis = 1_000

/** F1 (Carastan-Santos and de Camargo, SC '17), with times in seconds: log₁₀(run time) × processors + 870 × log₁₀(submission). */
export const f1: JobKey = ({ at, declared, procs }) =>
  Math.log10(Math.max(declared / second, 1)) * procs + 870 * Math.log10(Math.max(at / second, 1))
