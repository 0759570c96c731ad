import { RecentMap } from "../../collections/index.ts"
import type { Millis, WorkerId } from "../../model/index.ts"

export interface ServiceTimeSettings {
  /** Task types kept for each worker; beyond that the one longest unused goes. */
  readonly maxTypes: number
  /** Runs of a type after which its usual time on a worker counts as known. */
  readonly known: number
  /** The least weight of a run against what is usual: what stays slow becomes usual after some hundreds of runs. */
  readonly gain: number
  /** Time after which what was seen of late counts for half. */
  readonly halfLife: Millis
}

export const serviceTimeDefaults: ServiceTimeSettings = { maxTypes: 64, known: 8, gain: 0.02, halfLife: 20_000 }

/** A run of a task on a worker, ended or under way. */
export interface TimedService {
  /** Tells it apart from the worker's other runs. */
  readonly epoch: number
  readonly type: string
  /** What it took, or has taken so far, with what others on its thread took from it taken out. */
  readonly ms: Millis
  readonly expectedMs?: Millis | undefined
}

/** How a worker's latest runs compare with its own history. */
export interface Slowness {
  /** How many times as long as usual they took, in the geometric mean. */
  readonly factor: number
  /** By what factor it has become slow at least, by two standard errors; 1 where that it has is not certain. */
  readonly least: number
  /** How many times as long they took as such runs usually take on all workers. */
  readonly beside: number
  /** Runs that it rests on, the older the less; those under way count where they take far longer than usual already. */
  readonly runs: number
}

/** Of one type on one worker, or on all, in logarithms. */
interface Usual {
  mean: number
  variance: number
  runs: number
  /** The share of runs that take far longer than usual on their worker, though nothing is wrong with it. */
  far: number
}

/** Sums of logarithms over some runs. */
interface Sums {
  weight: number
  deviation: number
  /** The same against what is usual on all workers. */
  beside: number
  noise: number
}

interface Worker {
  readonly usual: RecentMap<string, Usual>
  /** Of the latest runs. */
  readonly lately: Sums
  /** Of the runs since it may have become slow. */
  readonly change: Sums
  /** How much more likely these are if it has, as a logarithm; 0: not at all (CUSUM, Page 1954). */
  evidence: number
  /** The types of runs that were far off since it was none: they are usual only if it turns out that it has not. */
  readonly inDoubt: Array<Usual>
  /** Runs under way that have been counted, and how far they were then. */
  readonly counted: Map<number, number>
  at: Millis
}

/** Under which a type's runs are known, by whether they say how long they take. */
interface Keys {
  readonly declared: string
  readonly undeclared: string
}

interface Deviation {
  readonly deviation: number
  readonly beside: number
  readonly spread: number
}

/** Runs of one thread always differ by so much, as a logarithm. */
const leastSpread = 0.15
/** Until a type is known, its runs are taken to spread by about 1, as if seen in so many. */
const assumed = { variance: 1, runs: 4 }
/** One run moves what is usual by so many spreads at most. */
const clip = 3
/** How much an earlier run of late counts after each new one. */
const earlier = 0.85
/** A run that takes so many times as long as usual is far off, as a logarithm. */
const farOff = Math.log(3)
/** The share of runs that are far off on a worker that has become slow. */
const farIfSlow = 0.7
/** However rarely runs are far off, one is no proof; and runs over which that share is learned. */
const rarest = 0.001
const farMemory = 2_000
/** Evidence from which on it is certain: by chance it is met once in millions of runs, whatever their distribution. */
const certain = Math.log(1e7)
/** No more is kept, so that some ordinary runs outweigh it. */
const mostKept = 2 * certain
/** What is held against one that was slow before: a single run that is far off is proof then, if less than a few are. */
const relapse = certain - Math.log(farIfSlow / 0.05)
const doubt = 2
/** A shorter time says nothing: the clock's steps drown it. */
const shortest: Millis = 0.05

const isTime = (ms: number | undefined): ms is number => ms !== undefined && ms >= shortest && ms < 1e12

/**
 * What runs take on each worker against what they took there before, for each type by itself: a thread that is throttled,
 * starved or broken shows itself, however fast it is by nature. Declared durations are taken out, so that large tasks are
 * not taken for slow ones. Not finite and negative times count for nothing.
 *
 * Whether it has become slow is judged by how many of its runs are far off, against the share of the type's runs that always
 * are: some large tasks among small ones are no evidence, however large. A run counts once, as soon as it is far off; were
 * the large ones looked at while they run, they would seem to be most.
 */
export class ServiceTimes {
  readonly #settings: ServiceTimeSettings
  readonly #workers = new Map<WorkerId, Worker>()
  /** What is usual on all workers together. */
  readonly #everywhere: RecentMap<string, Usual>
  /** Made once for each type: a name put together anew is looked up far more slowly. */
  readonly #keys: RecentMap<string, Keys>

  constructor(settings: Partial<ServiceTimeSettings> = {}) {
    this.#settings = { ...serviceTimeDefaults, ...settings }
    this.#everywhere = new RecentMap(this.#settings.maxTypes)
    this.#keys = new RecentMap(this.#settings.maxTypes)
  }

  /** A whole run has succeeded there. */
  record(workerId: WorkerId, run: TimedService, now: Millis): void {
    if (!isTime(run.ms)) return
    const worker = this.#use(workerId, now)
    const key = this.#keyOf(run)
    const usual = worker.usual.use(key, newUsual)
    const everywhere = this.#everywhere.use(key, newUsual)
    const log = logOf(run)
    const deviation = log - usual.mean
    const counted = worker.counted.get(run.epoch)
    if (usual.runs >= this.#settings.known) {
      this.#age(worker, now)
      const seen = { deviation, beside: log - everywhere.mean, spread: spreadOf(usual) }
      fade(worker.lately, earlier)
      add(worker.lately, seen)
      if (counted === undefined) this.#judge(worker, seen, everywhere)
      else if (worker.change.weight > 0) extend(worker.change, deviation - counted)
    }
    worker.counted.delete(run.epoch)
    const isSuspect = worker.evidence >= certain
    // What may be a fault is not taken for usual as soon.
    this.#learn(usual, deviation, log, isSuspect ? this.#settings.gain / 5 : this.#settings.gain)
    this.#learn(everywhere, log - everywhere.mean, log, this.#settings.gain)
  }

  /** `undefined` where too little is known. `runs`: all that are under way there and would be whole. */
  of(workerId: WorkerId, runs: ReadonlyArray<TimedService>, now: Millis): Slowness | undefined {
    const worker = this.#workers.get(workerId)
    if (worker === undefined) return undefined
    this.#age(worker, now)
    this.#countUnderWay(worker, runs)
    const { lately, change, evidence } = worker
    const isCertain = evidence >= certain && change.weight > 0
    const seen = isCertain || lately.weight < 0.5 ? change : lately
    if (seen.weight < 0.5) return undefined
    const changed = change.weight > 0 ? change.deviation / change.weight : 0
    const least = isCertain ? changed - (doubt * Math.sqrt(change.noise)) / change.weight : 0
    return {
      factor: Math.exp(Math.max(seen.deviation / seen.weight, changed)),
      least: Math.exp(Math.max(0, least)),
      beside: Math.exp(seen.beside / seen.weight),
      runs: seen.weight
    }
  }

  /**
   * What was seen of late says nothing any more: it comes back after a pause. What is usual stays.
   *
   * @param wasSlow it was out for being slow: one slow run more is proof enough, and a few ordinary ones are that it is not
   */
  renew(workerId: WorkerId, wasSlow = false): void {
    const worker = this.#workers.get(workerId)
    if (worker === undefined) return
    fade(worker.lately, 0)
    fade(worker.change, 0)
    worker.evidence = wasSlow ? relapse : 0
    worker.inDoubt.length = 0
  }

  forget(workerId: WorkerId): void {
    this.#workers.delete(workerId)
  }

  #keyOf({ type, expectedMs }: TimedService): string {
    const { declared, undeclared } = this.#keys.use(type, () => keysOf(type))
    return isTime(expectedMs) ? declared : undeclared
  }

  #use(workerId: WorkerId, now: Millis): Worker {
    const known = this.#workers.get(workerId)
    if (known !== undefined) return known
    const usual = new RecentMap<string, Usual>(this.#settings.maxTypes)
    const counted = new Map<number, number>()
    const worker: Worker = { usual, lately: none(), change: none(), evidence: 0, inDoubt: [], counted, at: now }
    this.#workers.set(workerId, worker)
    return worker
  }

  #countUnderWay(worker: Worker, runs: ReadonlyArray<TimedService>): void {
    // A run that was cut short never ends here.
    if (worker.counted.size > 0) {
      const underWay = new Set(runs.map(({ epoch }) => epoch))
      for (const epoch of worker.counted.keys()) if (!underWay.has(epoch)) worker.counted.delete(epoch)
    }
    for (const run of runs) {
      const key = this.#keyOf(run)
      const usual = worker.usual.get(key)
      const everywhere = this.#everywhere.get(key)
      if (usual === undefined || everywhere === undefined || usual.runs < this.#settings.known) continue
      if (!isTime(run.ms)) continue
      const deviation = logOf(run) - usual.mean
      const before = worker.counted.get(run.epoch)
      if (before === undefined && deviation <= farOff) continue
      worker.counted.set(run.epoch, deviation)
      if (before === undefined) {
        this.#judge(worker, { deviation, beside: logOf(run) - everywhere.mean, spread: spreadOf(usual) }, everywhere)
      } else if (worker.change.weight > 0) extend(worker.change, deviation - before)
    }
  }

  /** One run more: how much more, or less, likely is it now that the worker has become slow? */
  #judge(worker: Worker, seen: Deviation, everywhere: Usual): void {
    const isFar = seen.deviation > farOff
    const { far } = everywhere
    const evidence = isFar ? Math.log(farIfSlow / far) : Math.log((1 - farIfSlow) / (1 - far))
    worker.evidence = Math.min(mostKept, Math.max(0, worker.evidence + evidence))
    if (isFar) worker.inDoubt.push(everywhere)
    else learnFar(everywhere, false)
    if (worker.evidence > 0) add(worker.change, seen)
    else {
      fade(worker.change, 0)
      for (const usual of worker.inDoubt) learnFar(usual, true)
    }
    if (worker.evidence === 0 || worker.evidence >= certain) worker.inDoubt.length = 0
  }

  #age(worker: Worker, now: Millis): void {
    const age = now - worker.at
    // A step that hardly counts waits for the next: each costs a power.
    if (!(age > this.#settings.halfLife / 200)) return
    worker.at = now
    const left = 2 ** (-age / this.#settings.halfLife)
    fade(worker.lately, left)
    fade(worker.change, left)
    worker.evidence *= left
  }

  #learn(usual: Usual, deviation: number, log: number, least: number): void {
    usual.runs += 1
    if (usual.runs === 1) {
      usual.mean = log
      return
    }
    const most = clip * spreadOf(usual)
    const bounded = Math.max(-most, Math.min(most, deviation))
    usual.mean += bounded * Math.max(least, 1 / usual.runs)
    usual.variance += (bounded * bounded - usual.variance) * Math.max(least, 1 / (usual.runs + assumed.runs))
  }
}

const learnFar = (usual: Usual, isFar: boolean): void => {
  const gain = Math.max(1 / farMemory, 1 / (usual.runs + 1))
  usual.far = Math.min(farIfSlow / 2, Math.max(rarest, usual.far + ((isFar ? 1 : 0) - usual.far) * gain))
}

const none = (): Sums => ({ weight: 0, deviation: 0, beside: 0, noise: 0 })

const fade = (sums: Sums, left: number): void => {
  sums.weight *= left
  sums.deviation *= left
  sums.beside *= left
  sums.noise *= left * left
}

const add = (sums: Sums, { deviation, beside, spread }: Deviation): void => {
  sums.weight += 1
  sums.deviation += deviation
  sums.beside += beside
  sums.noise += spread * spread
}

/** A run that was counted has taken longer since. */
const extend = (sums: Sums, by: number): void => {
  sums.deviation += by
  sums.beside += by
}

/** At first as if one in twenty were far off. */
const newUsual = (): Usual => ({ mean: 0, variance: assumed.variance, runs: 0, far: 0.05 })
const keysOf = (type: string): Keys => ({ declared: `declared ${type}`, undeclared: `type ${type}` })
const logOf = ({ ms, expectedMs }: TimedService): number => Math.log(isTime(expectedMs) ? ms / expectedMs : ms)
const spreadOf = ({ variance }: Usual): number => Math.max(leastSpread, Math.sqrt(variance))
